package drivetest

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// A frame is one line of the change feed.
type frame struct {
	Checkpoint string `json:"checkpoint"`
	Reset      *bool  `json:"reset"`
	Nodes      []node `json:"nodes"`
	StatusCode int    `json:"statusCode"`
	End        bool   `json:"end"`
}

// A feed is one response of changes, without its end marker.
type feed struct {
	frames []frame
	ended  bool
}

// nodes returns the nodes of the feed, each in the last state that the feed shows.
func (f feed) nodes() map[string]node {
	nodes := map[string]node{}
	for _, frame := range f.frames {
		for _, n := range frame.Nodes {
			nodes[n.ID] = n
		}
	}
	return nodes
}

func (f feed) last() string {
	if len(f.frames) == 0 {
		return ""
	}
	return f.frames[len(f.frames)-1].Checkpoint
}

// changes sends one request for changes and checks the form of every line of the response.
func (d *drive) changes(t *testing.T, ask obj) feed {
	t.Helper()
	return d.meta(t, "POST", "changes", sendJSON(ask)).feed(t)
}

func (r *reply) feed(t *testing.T) feed {
	t.Helper()
	r.want(t, 200)
	var f feed
	for line := range bytes.Lines(r.body) {
		if f.ended {
			t.Fatalf("changes: %q after the end", r.d.redact(string(line)))
		}
		var fr frame
		if err := json.Unmarshal(line, &fr); err != nil {
			t.Fatalf("changes: line is not one JSON object: %v: %q", err, r.d.redact(string(line)))
		}
		if fr.End {
			f.ended = true
			continue
		}
		if fr.Checkpoint == "" || fr.Reset == nil || fr.Nodes == nil || fr.StatusCode != 200 {
			t.Errorf("changes: frame with checkpoint %q, reset %v, %d nodes (nil: %t), statusCode %d", fr.Checkpoint, fr.Reset, len(fr.Nodes), fr.Nodes == nil, fr.StatusCode)
		}
		f.frames = append(f.frames, fr)
	}
	return f
}

// checkpoint reads the feed from its start to its end and returns the last checkpoint.
func (d *drive) checkpoint(t *testing.T) string {
	t.Helper()
	from := ""
	for range 100 {
		ask := obj{}
		if from != "" {
			ask["checkpoint"] = from
		}
		f := d.changes(t, ask)
		if f.last() != "" {
			from = f.last()
		}
		if f.ended && len(f.nodes()) == 0 {
			return from
		}
	}
	t.Fatal("the change feed does not come to rest")
	return ""
}

// since returns what changed after a checkpoint. The service may also repeat earlier changes.
func (d *drive) since(t *testing.T, checkpoint string, more ...string) feed {
	t.Helper()
	ask := obj{"checkpoint": checkpoint}
	for i := 0; i+1 < len(more); i += 2 {
		ask[more[i]] = more[i+1]
	}
	f := d.changes(t, ask)
	if !f.ended {
		t.Errorf("changes: no end marker")
	}
	for i, fr := range f.frames {
		if fr.Reset != nil && *fr.Reset {
			t.Errorf("changes: frame %d resets although the checkpoint is good", i)
		}
	}
	return f
}

func changesShape(t *testing.T, d *drive) {
	t.Run("from scratch the feed resets once and has everything", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		for name, opts := range map[string][]option{"{}": {text("{}")}, "no body": {text("")}, "null members": {text(`{"checkpoint":null}`)}} {
			if name == "null members" && !d.Fake {
				continue
			}
			f := d.meta(t, "POST", "changes", opts...).feed(t)
			if len(f.frames) == 0 || !f.ended {
				t.Fatalf("%s: %d frames, ended %t, want some and the end marker", name, len(f.frames), f.ended)
			}
			for i, fr := range f.frames {
				if fr.Reset == nil || *fr.Reset != (i == 0) {
					t.Errorf("%s: frame %d: reset %v, want it on the first only", name, i, fr.Reset)
				}
			}
			nodes := f.nodes()
			got := nodes[n.ID]
			if got.Name != "a" || got.Kind != "FILE" || got.Status != "AVAILABLE" || got.Version != n.Version || got.ContentProperties == nil || len(got.Parents) != 1 {
				t.Errorf("%s: got %+v, want the whole file", name, got)
			}
			if !nodes[d.root].IsRoot {
				t.Errorf("%s: the root is missing", name)
			}
		}
	})
	t.Run("the last line says so", func(t *testing.T) {
		r := d.meta(t, "POST", "changes", text("{}")).want(t, 200)
		lines := bytes.Split(bytes.TrimSpace(r.body), []byte("\n"))
		if got := string(bytes.TrimSpace(lines[len(lines)-1])); got != `{"end":true}` {
			t.Errorf("last line %q, want %q", d.redact(got), `{"end":true}`)
		}
	})
}

func changesResume(t *testing.T, d *drive) {
	t.Run("up to date there is an empty frame with a checkpoint", func(t *testing.T) {
		f := d.since(t, d.checkpoint(t))
		if len(f.frames) != 1 || len(f.frames[0].Nodes) != 0 || f.last() == "" {
			t.Errorf("%d frames with %d nodes, want one without any", len(f.frames), len(f.nodes()))
		}
	})
	t.Run("after a checkpoint comes what changed, in its last state", func(t *testing.T) {
		parent := d.dir(t)
		old, renamed, trashed := d.some(t, parent, "old"), d.some(t, parent, "b"), d.folder(t, parent, "c")
		below := d.some(t, trashed.ID, "below")
		start := d.checkpoint(t)
		created := d.some(t, parent, "new")
		for _, name := range []string{"b1", "b2"} {
			d.patch(t, renamed.ID, obj{"name": name}).want(t, 200)
		}
		d.trash(t, trashed.ID)
		for range 2 { // a checkpoint can be used more than once
			f := d.since(t, start)
			nodes := f.nodes()
			if got := nodes[created.ID]; got.Name != "new" || got.Status != "AVAILABLE" {
				t.Errorf("the new file is %+v", got)
			}
			if got := nodes[renamed.ID]; got.Name != "b2" || got.Version != renamed.Version+2 {
				t.Errorf("the renamed file is %+v", got)
			}
			if got := nodes[trashed.ID].Status; got != "TRASH" {
				t.Errorf("the trashed folder is %q", got)
			}
			if got := nodes[below.ID].Status; d.Fake && got != "TRASH" {
				t.Errorf("the file in the trashed folder is %q", got)
			}
			if _, ok := nodes[old.ID]; ok && d.Fake {
				t.Errorf("a file that did not change is in the feed")
			}
			if got := d.since(t, f.last()); d.Fake && len(got.nodes()) != 0 {
				t.Errorf("%d nodes after the last checkpoint, want none", len(got.nodes()))
			}
		}
	})
	t.Run("every kind of change is there", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.some(t, one, "a")
		at := d.checkpoint(t)
		version := n.Version
		for name, change := range map[string]func(){
			"overwrite":       func() { d.overwrite(t, n.ID, unique(30)).want(t, 200) },
			"property":        func() { d.property(t, n.ID, d.owner, "k", "v").want(t, 201) },
			"second parent":   func() { d.meta(t, "PUT", "nodes/"+two+"/children/"+n.ID).want(t, 200) },
			"trash, restore":  func() { d.trash(t, n.ID); d.restore(t, n.ID).want(t, 200) },
			"new description": func() { d.patch(t, n.ID, obj{"description": "new"}).want(t, 200) },
		} {
			change()
			f := d.since(t, at)
			got := f.nodes()[n.ID]
			if got.Version <= version {
				t.Errorf("%s: version %d in the feed, want more than %d", name, got.Version, version)
			}
			at, version = f.last(), got.Version
		}
	})
}

func changesSizes(t *testing.T, d *drive) {
	t.Run("frames hold chunkSize nodes, and each can be resumed from", func(t *testing.T) {
		start := d.checkpoint(t)
		parent := d.dir(t)
		ids := append(d.row(t, parent, 7), parent)
		f := d.changes(t, obj{"checkpoint": start, "chunkSize": 3})
		if d.Fake && len(f.frames) != 3 {
			t.Errorf("%d frames for 8 nodes, want 3", len(f.frames))
		}
		seen := map[string]bool{}
		for i, fr := range f.frames {
			if len(fr.Nodes) > 3 {
				t.Errorf("frame %d has %d nodes, want 3 at most", i, len(fr.Nodes))
			}
			for _, n := range fr.Nodes {
				seen[n.ID] = true
			}
			rest := d.since(t, fr.Checkpoint).nodes()
			for _, id := range ids {
				if _, ok := rest[id]; !ok && !seen[id] {
					t.Errorf("a node that is not in the first %d frames is lost after their checkpoint", i+1)
				}
			}
			if d.Fake && len(rest) != len(ids)-len(seen) {
				t.Errorf("%d nodes after frame %d, want the other %d", len(rest), i, len(ids)-len(seen))
			}
		}
	})
	t.Run("maxNodes stops early, and the rest follows", func(t *testing.T) {
		at := d.checkpoint(t)
		parent := d.dir(t)
		ids := append(d.row(t, parent, 9), parent)
		seen := map[string]bool{}
		calls := 0
		for {
			f := d.changes(t, obj{"checkpoint": at, "chunkSize": 2, "maxNodes": 4})
			nodes := f.nodes()
			if calls++; len(nodes) == 0 || calls > 20 {
				break
			}
			if d.Fake && len(nodes) > 5 {
				t.Errorf("%d nodes in one call, want about 4", len(nodes))
			}
			for id := range nodes {
				seen[id] = true
			}
			at = f.last()
		}
		for _, id := range ids {
			if !seen[id] {
				t.Errorf("a node was lost between calls")
			}
		}
		if d.Fake && calls < 3 {
			t.Errorf("10 nodes came in %d calls, want several", calls-1)
		}
	})
}

func changesPurged(t *testing.T, d *drive) {
	t.Run("purged nodes come when asked for with a string", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		n := d.some(t, d.home, "a")
		start := d.checkpoint(t)
		d.trash(t, n.ID)
		d.meta(t, "DELETE", "nodes/"+n.ID).want(t, 200, 204)
		if got := d.since(t, start, "includePurged", "true").nodes()[n.ID].Status; got != "PURGED" {
			t.Errorf("status %q, want PURGED", got)
		}
		for _, more := range [][]string{nil, {"includePurged", "false"}} {
			if _, ok := d.since(t, start, more...).nodes()[n.ID]; ok {
				t.Errorf("a purged node is sent with %v", more)
			}
		}
	})
	t.Run("the trash that empties itself is in the feed", func(t *testing.T) {
		d := d.later(t, Variant{})
		n := d.some(t, d.home, "a")
		d.trash(t, n.ID)
		start := d.checkpoint(t)
		d.Advance(31 * 24 * time.Hour)
		if got := d.since(t, start, "includePurged", "true").nodes()[n.ID].Status; got != "PURGED" {
			t.Errorf("status %q, want PURGED", got)
		}
	})
}

func changesRefusals(t *testing.T, d *drive) {
	for name, ask := range map[string]string{
		"includePurged as a boolean": `{"includePurged":true}`,
		"includePurged as a number":  `{"includePurged":1}`,
		"a negative chunkSize":       `{"chunkSize":-1}`,
		"a negative maxNodes":        `{"maxNodes":-1}`,
		"a chunkSize of text":        `{"chunkSize":"10"}`,
		"a checkpoint of a number":   `{"checkpoint":7}`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			d.meta(t, "POST", "changes", text(ask)).refused(t, 400, anyCode, "")
		})
	}
	t.Run("an unparsable checkpoint is refused", func(t *testing.T) {
		d.settled(t)
		for _, checkpoint := range []string{"nonsense", "%%%", "{}"} {
			d.meta(t, "POST", "changes", sendJSON(obj{"checkpoint": checkpoint})).refused(t, 400, anyCode, "")
		}
	})
}

func changesReset(t *testing.T, d *drive) {
	reset := func(t *testing.T, f feed, want ...string) {
		t.Helper()
		if len(f.frames) == 0 || !f.ended || f.frames[0].Reset == nil || !*f.frames[0].Reset {
			t.Fatalf("%d frames, ended %t, want a reset and the full set", len(f.frames), f.ended)
		}
		nodes := f.nodes()
		for _, id := range want {
			if _, ok := nodes[id]; !ok {
				t.Errorf("a node is missing in the full set")
			}
		}
		if slices.ContainsFunc(f.frames[1:], func(fr frame) bool { return fr.Reset != nil && *fr.Reset }) {
			t.Errorf("a later frame resets again")
		}
	}
	t.Run("a foreign checkpoint resets", func(t *testing.T) {
		other := d.fresh(t, Variant{})
		other.some(t, other.home, "a")
		reset(t, d.changes(t, obj{"checkpoint": other.checkpoint(t)}), d.home, d.root)
	})
	t.Run("a checkpoint older than the history resets", func(t *testing.T) {
		d := d.fresh(t, Variant{History: 3, FirstParty: true})
		start := d.checkpoint(t)
		keep := d.folder(t, d.home, "keep")
		for _, id := range d.row(t, d.home, 10) {
			d.trash(t, id)
			d.meta(t, "DELETE", "nodes/"+id).want(t, 200, 204)
		}
		reset(t, d.changes(t, obj{"checkpoint": start}), keep.ID, d.root)
	})
}
