package mocks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// changes reads a change feed to its end and returns its lines without the end marker.
func (r *rig) changes(body string) []map[string]any {
	r.t.Helper()
	res := r.meta("POST", "changes", body)
	if res.status != 200 {
		r.t.Fatalf("changes: %d %s", res.status, res.body)
	}
	lines := strings.Split(strings.TrimSuffix(res.body, "\n"), "\n")
	if lines[len(lines)-1] != `{"end":true}` {
		r.t.Fatalf("no end: %q", lines[len(lines)-1])
	}
	var sets []map[string]any
	for _, line := range lines[:len(lines)-1] {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			r.t.Fatal(err)
		}
		sets = append(sets, v)
	}
	return sets
}

func nodeNames(sets []map[string]any) []string {
	var out []string
	for _, s := range sets {
		for _, n := range s["nodes"].([]any) {
			name, _ := n.(map[string]any)["name"].(string)
			out = append(out, name)
		}
	}
	return out
}

func last(sets []map[string]any) string { return sets[len(sets)-1]["checkpoint"].(string) }

func TestChanges(t *testing.T) {
	r := newRig(t, mocks.WithFirstParty())
	root := r.drive.RootID()
	var ids []string
	for i := range 5 {
		ids = append(ids, r.mustUpload(fmt.Sprint(i), root, fmt.Sprint(i)))
	}
	sets := r.changes("")
	if got := nodeNames(sets); !cmp.Equal(got, []string{"", "0", "1", "2", "3", "4"}) || sets[0]["reset"] != true {
		t.Errorf("from scratch: %v", sets)
	}
	point := last(sets)
	sets = r.changes(`{"checkpoint":"` + point + `"}`)
	if len(sets) != 1 || sets[0]["reset"] != false || len(nodeNames(sets)) != 0 {
		t.Errorf("up to date: %v", sets)
	}
	// A client can resume from the checkpoint of every frame.
	sets = r.changes(`{"chunkSize":2}`)
	if len(sets) != 3 || sets[1]["reset"] != false {
		t.Errorf("chunks of two: %v", sets)
	}
	if got := nodeNames(r.changes(`{"checkpoint":"` + sets[0]["checkpoint"].(string) + `"}`)); !cmp.Equal(got, []string{"1", "2", "3", "4"}) {
		t.Errorf("from the first frame: %q", got)
	}
	sets = r.changes(`{"chunkSize":2,"maxNodes":3}`)
	if got := nodeNames(sets); len(got) != 4 {
		t.Errorf("soft stop after 3: %q", got)
	}
	if got := nodeNames(r.changes(`{"checkpoint":"` + last(sets) + `"}`)); !cmp.Equal(got, []string{"3", "4"}) {
		t.Errorf("behind the soft stop: %q", got)
	}
	// The feed shows only the last state of a node, at the place of its last change.
	r.want(200, "PATCH", "nodes/"+ids[1], `{"name":"one"}`)
	r.want(200, "PUT", "trash/"+ids[2], "")
	r.want(204, "DELETE", "nodes/"+ids[3], "")
	if got := nodeNames(r.changes(`{"checkpoint":"` + point + `"}`)); !cmp.Equal(got, []string{"one", "2"}) {
		t.Errorf("changed: %q", got)
	}
	sets = r.changes(`{"checkpoint":"` + point + `","includePurged":"true"}`)
	nodes := sets[0]["nodes"].([]any)
	want := map[string]any{"id": ids[3], "kind": "FILE", "version": 2.0, "status": "PURGED"}
	if len(nodes) != 3 || !cmp.Equal(nodes[2], any(want)) {
		t.Errorf("purged: %v", nodes)
	}
	// A checkpoint of another drive leads to a reset. A malformed checkpoint is refused.
	foreign := newRig(t)
	if sets := foreign.changes(`{"checkpoint":"` + point + `"}`); sets[0]["reset"] != true {
		t.Errorf("foreign checkpoint: %v", sets)
	}
	for _, body := range []string{
		`{"checkpoint":"nonsense"}`, `{"checkpoint":"` + point[1:] + `"}`, `{"includePurged":true}`, `{"chunkSize":-1}`, `{"maxNodes":-1}`, `[]`, `{`,
	} {
		r.want(400, "POST", "changes", body)
	}
}

func TestChangeHistory(t *testing.T) {
	r := newRig(t, mocks.WithFirstParty(), mocks.WithChangeHistory(1))
	point := last(r.changes(""))
	for i := range 3 {
		id := r.mustUpload(fmt.Sprint(i), r.drive.RootID(), fmt.Sprint(i))
		r.want(204, "DELETE", "nodes/"+id, "")
	}
	if sets := r.changes(`{"checkpoint":"` + point + `"}`); sets[0]["reset"] != true {
		t.Errorf("older than the history: %v", sets)
	}
}

func TestChangeFaults(t *testing.T) {
	r := newRig(t)
	for i := range 4 {
		r.mustUpload(fmt.Sprint(i), r.drive.RootID(), fmt.Sprint(i))
	}
	for _, c := range []struct {
		fault mocks.Fault
		lines int
		end   bool
	}{
		{mocks.Fault{CutFrames: -1}, 0, false},
		{mocks.Fault{CutFrames: 2}, 2, false},
		{mocks.Fault{RepeatFrames: true}, 10, true},
		{mocks.Fault{ResetFrame: 2}, 5, true},
		{mocks.Fault{FrameStatus: 503}, 5, true},
	} {
		c.fault.Op = "Changes.Since"
		in := r.drive.Inject(c.fault)
		res := r.meta("POST", "changes", `{"chunkSize":1}`)
		in.Remove()
		lines := strings.Count(res.body, "\n")
		if end := strings.HasSuffix(res.body, `{"end":true}`+"\n"); end != c.end || lines != c.lines+map[bool]int{true: 1}[c.end] {
			t.Errorf("%+v: %d lines, end %t: %s", c.fault, lines, end, res.body)
		}
		if c.fault.ResetFrame > 0 && strings.Count(res.body, `"reset":true`) != 2 {
			t.Errorf("resets: %s", res.body)
		}
		if c.fault.FrameStatus > 0 && strings.Count(res.body, `"statusCode":503`) != 1 {
			t.Errorf("status: %s", res.body)
		}
	}
}
