package mocks_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// TestFaultPoints breaks an upload at every point, with and without a socket.
func TestFaultPoints(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  mocks.Fault
		status int // 0: the request fails with an error; -1: the response begins with 201, but its body fails
		stored bool
	}{
		{"refused", mocks.Fault{Status: 503}, 503, false},
		{"reset before", mocks.Fault{Reset: true}, 0, false},
		{"reset within", mocks.Fault{At: mocks.InBody, Reset: true}, 0, false},
		{"refused within", mocks.Fault{At: mocks.InBody, Status: 400}, 400, false},
		{"reset behind", mocks.Fault{At: mocks.AfterBody, Reset: true}, 0, false},
		{"refused behind", mocks.Fault{At: mocks.AfterBody, Status: 500}, 500, false},
		{"stored, 504", mocks.Fault{Commit: true, Status: 504}, 504, true},
		{"stored, reset", mocks.Fault{Commit: true, Reset: true}, 0, true},
		{"answer reset", mocks.Fault{At: mocks.InAnswer, Reset: true}, -1, true},
		{"answer truncated", mocks.Fault{At: mocks.InAnswer, Truncate: true}, -1, true},
	} {
		for _, socket := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", socket"}[socket], func(t *testing.T) {
				r := newRig(t)
				if socket {
					r.overSocket()
				}
				c.fault.Op, c.fault.Nth = "Content.Upload", 1
				in := r.drive.Inject(c.fault)
				res, err := r.try(r.uploadRequest("", `{"name":"f","kind":"FILE"}`, []byte(strings.Repeat("x", 1<<20))))
				switch {
				case c.status == 0 && err == nil:
					t.Errorf("answered %d", res.status)
				case c.status == 0 && !socket && !errors.Is(err, syscall.ECONNRESET):
					t.Errorf("not a reset: %v", err)
				case c.status > 0 && (err != nil || res.status != c.status):
					t.Errorf("%d %v", res.status, err)
				case c.status < 0 && (err == nil || res.status != 201):
					t.Errorf("the answer came whole: %d %v", res.status, err)
				}
				if _, stored := r.drive.Lookup("f"); stored != c.stored {
					t.Errorf("stored: %t", stored)
				}
				if in.Fired() != 1 {
					t.Errorf("fired %d times", in.Fired())
				}
				list := r.drive.Journal()
				if len(list) != 1 || !list[0].Fault || list[0].Op != "Content.Upload" {
					t.Errorf("journal: %+v", list)
				}
				if _, err := r.try(r.uploadRequest("?suppress=deduplication", `{"name":"g","kind":"FILE"}`, []byte("x"))); err != nil {
					t.Errorf("the next call: %v", err)
				}
			})
		}
	}
}

func TestFaultDownload(t *testing.T) {
	for _, socket := range []bool{false, true} {
		r := newRig(t)
		if socket {
			r.overSocket()
		}
		content := strings.Repeat("0123456789", 100_000)
		id := r.mustUpload("f", r.drive.RootID(), content)
		get := func(f mocks.Fault) (result, error) {
			f.Op, f.NodeID, f.At = "Content.Download", id, mocks.InAnswer
			in := r.drive.Inject(f)
			defer in.Remove()
			return r.try(r.request("GET", "/cdproxy/nodes/"+id+"/content", nil))
		}
		if res, err := get(mocks.Fault{Reset: true, After: 500_000}); err == nil || len(res.body) > 500_000 {
			t.Errorf("reset: %d bytes, %v", len(res.body), err)
		}
		if res, err := get(mocks.Fault{Truncate: true, After: 500_000}); !errors.Is(err, io.ErrUnexpectedEOF) || len(res.body) != 500_000 {
			t.Errorf("truncated: %d bytes, %v", len(res.body), err)
		}
		if res, err := get(mocks.Fault{Corrupt: true, After: 5}); err != nil || res.body[5] != '5'^1 || res.body[6:] != content[6:] {
			t.Errorf("corrupt: %v", err)
		}
	}
}

func TestFaultScript(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	other := r.mkdir("other", root)
	status := func(id string) int { return r.meta("GET", "nodes/"+id, "").status }
	in := r.drive.Inject(mocks.Fault{Op: "Nodes.G*", NodeID: root, Nth: 2, Times: 2, Status: 500})
	var got []int
	for range 4 {
		got = append(got, status(root), status(other))
	}
	if want := []int{200, 200, 500, 200, 500, 200, 200, 200}; !cmp.Equal(got, want) || in.Fired() != 2 {
		t.Errorf("%v, fired %d", got, in.Fired())
	}
	in.Remove()
	for _, f := range []mocks.Fault{{Status: 429}, {Status: 429, Body: "{}"}, {Status: 502, Body: "<html>"}, {Status: 504}, {Status: 403}} {
		f.Nth = 1
		r.drive.Inject(f)
		res := r.meta("GET", "nodes/"+root, "")
		if res.status != f.Status || f.Body != "" && res.body != f.Body || f.Status == 403 && !strings.Contains(res.body, "Authorization header requires") {
			t.Errorf("%+v: %d %s", f, res.status, res.body)
		}
	}
	count := func(seed uint64) (n int) {
		in := r.drive.Inject(mocks.Fault{Op: "Nodes.Get", Rate: 0.2, Seed: seed, Status: 500})
		defer in.Remove()
		for i := range 100 {
			if status(root) == 500 {
				n += i
			}
		}
		return n
	}
	if a, b, c := count(1), count(1), count(2); a != b || a == c || a == 0 {
		t.Errorf("random faults: %d %d %d", a, b, c)
	}
}

func TestListingFaults(t *testing.T) {
	r := newRig(t)
	dir := r.mkdir("d", r.drive.RootID())
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.mustUpload(name, dir, name)
	}
	inject := func(f mocks.Fault) { f.Op, f.Nth = "Nodes.Children", 1; r.drive.Inject(f) }
	page := func(q string) map[string]any { t.Helper(); return r.want(200, "GET", "nodes/"+dir+"/children"+q, "") }
	inject(mocks.Fault{Bogus: 2, Nameless: 1, Assets: 1, CountBy: 7})
	p := page("")
	data := p["data"].([]any)
	if len(data) != 9 || p["count"] != 12.0 {
		t.Fatalf("%v", p)
	}
	for i, want := range []struct {
		kind        string
		name, child bool
	}{{"FILE", true, false}, {"FILE", true, false}, {"FILE", false, true}, {"ASSET", true, true}} {
		n := data[5+i].(map[string]any)
		_, named := n["name"]
		if n["kind"] != want.kind || named != want.name || (n["parents"].([]any)[0] == dir) != want.child {
			t.Errorf("stray %d: %v", i, n)
		}
	}
	inject(mocks.Fault{Stale: mocks.Duration(time.Hour)})
	if p := page(""); len(p["data"].([]any)) != 0 {
		t.Errorf("stale: %v", p)
	}
	// A page is lost with a 429. The next request with the same token then gets the page after it.
	for _, q := range []string{"?limit=2&filters=kind:FILE", "?limit=2"} {
		p = page(q)
		inject(mocks.Fault{Status: 429, LosePage: true})
		next := q + "&startToken=" + url.QueryEscape(p["nextToken"].(string))
		r.want(429, "GET", "nodes/"+dir+"/children"+next, "")
		p = page(next)
		if data := p["data"].([]any); len(data) != 1 || data[0].(map[string]any)["name"] != "e" || p["count"] != 5.0 {
			t.Errorf("%s: behind the lost page: %v", q, p)
		}
	}
}

func TestListTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 5 {
			r.mkdir(string(rune('a'+i)), r.drive.RootID())
		}
		children := "nodes/" + r.drive.RootID() + "/children?limit=2"
		token := r.want(200, "GET", children, "")["nextToken"].(string)
		next := children + "&startToken=" + url.QueryEscape(token)
		first, again := r.meta("GET", next, ""), r.meta("GET", next, "")
		if first.json(t)["data"] == nil || !cmp.Equal(first.json(t)["data"], again.json(t)["data"]) {
			t.Error("one token gave two pages")
		}
		for _, path := range []string{next + "&filters=kind:FOLDER", "nodes?limit=2&startToken=" + token, next[:len(next)-1]} {
			if res := r.meta("GET", path, ""); res.status != 400 || !strings.Contains(res.body, "Next token is expired") {
				t.Errorf("%s: %d %s", path, res.status, res.body)
			}
		}
		time.Sleep(10*time.Minute + time.Second)
		if res := r.meta("GET", next, ""); res.status != 400 || !strings.Contains(res.body, `"message":"Next token is expired"`) {
			t.Errorf("after ten minutes: %d %s", res.status, res.body)
		}
	})
}

func TestVisibleAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		root := r.drive.RootID()
		point := last(r.changes(""))
		r.drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, Commit: true, Status: 504, VisibleAfter: mocks.Duration(5 * time.Second)})
		if res := r.upload("f", root, "new"); res.status != 504 || res.body != "" {
			t.Errorf("%d %s", res.status, res.body)
		}
		id, ok := r.drive.Lookup("f")
		if !ok {
			t.Fatal("nothing was stored")
		}
		r.want(404, "GET", "nodes/"+id, "")
		if p := r.want(200, "GET", "nodes/"+root+"/children", ""); p["count"] != 0.0 {
			t.Errorf("listed at once: %v", p)
		}
		if got := nodeNames(r.changes(`{"checkpoint":"` + point + `"}`)); len(got) != 0 {
			t.Errorf("in the feed at once: %v", got)
		}
		time.Sleep(5 * time.Second)
		r.want(200, "GET", "nodes/"+id, "")
		if p := r.want(200, "GET", "nodes/"+root+"/children", ""); p["count"] != 1.0 {
			t.Errorf("not listed: %v", p)
		}
		if got := nodeNames(r.changes(`{"checkpoint":"` + point + `"}`)); !cmp.Equal(got, []string{"f"}) {
			t.Errorf("not in the feed: %v", got)
		}
		// After an overwrite, the old content stays visible for VisibleAfter.
		r.drive.Inject(mocks.Fault{Op: "Content.Overwrite", Nth: 1, Commit: true, Reset: true, VisibleAfter: mocks.Duration(5 * time.Second)})
		body, kind := uploadBody("", []byte("two"))
		req := r.request("PUT", "/cdproxy/nodes/"+id+"/content", body)
		req.Header.Set("Content-Type", kind)
		if _, err := r.try(req); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("overwrite: %v", err)
		}
		if n := r.want(200, "GET", "nodes/"+id, ""); n["version"] != 1.0 {
			t.Errorf("visible at once: %v", n)
		}
		time.Sleep(5 * time.Second)
		if n := r.want(200, "GET", "nodes/"+id, ""); n["version"] != 2.0 {
			t.Errorf("not visible: %v", n)
		}
	})
}

func TestSlowAndDelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.mustUpload("f", r.drive.RootID(), strings.Repeat("x", 1000))
		took := func(f mocks.Fault) time.Duration {
			in := r.drive.Inject(f)
			defer in.Remove()
			start := time.Now()
			if res := r.do("GET", "/cdproxy/nodes/"+id+"/content", ""); len(res.body) != 1000 {
				t.Errorf("%d bytes", len(res.body))
			}
			return time.Since(start)
		}
		if d := took(mocks.Fault{At: mocks.InAnswer, BytesPerSecond: 100}); d != 10*time.Second {
			t.Errorf("1000 bytes at 100 a second took %v", d)
		}
		if d := took(mocks.Fault{Delay: mocks.Duration(time.Minute)}); d != time.Minute {
			t.Errorf("delayed by %v", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r.drive.Inject(mocks.Fault{Delay: mocks.Duration(time.Hour)})
		start := time.Now()
		_, err := r.try(r.request("GET", "/drive/v1/nodes", nil).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("cancelled after %v: %v", time.Since(start), err)
		}
	})
}

func TestRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, mocks.WithRateLimit(10, 3, 1500*time.Millisecond))
		bodies := map[string]int{}
		for range 9 {
			res := r.meta("GET", "account/info", "")
			if res.status == 429 {
				bodies[res.body[:min(12, len(res.body))]]++
				if res.header.Get("Retry-After") != "2" {
					t.Errorf("Retry-After %q", res.header.Get("Retry-After"))
				}
			}
		}
		if n := r.drive.Counters().ByStatus; n[200] != 3 || n[429] != 6 || len(bodies) != 3 {
			t.Errorf("%v %v", n, bodies)
		}
		time.Sleep(time.Second)
		r.want(200, "GET", "account/info", "")
	})
}

func TestReadFaults(t *testing.T) {
	f, err := os.Open("../examples/mockdrive/faults.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := mocks.ReadFaults(f)
	if err != nil || len(list) < 20 {
		t.Errorf("%d faults, %v", len(list), err)
	}
	got, err := mocks.ReadFaults(strings.NewReader(`{"op":"Content.Upload","nth":3,"at":"inBody","reset":true,"visibleAfter":"1m30s","header":{"Retry-After":["1"]}}`))
	want := []mocks.Fault{{Op: "Content.Upload", Nth: 3, At: mocks.InBody, Reset: true, VisibleAfter: mocks.Duration(90 * time.Second), Header: http.Header{"Retry-After": {"1"}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, bad := range []string{`{"no":1}`, `{`, `{"at":"later"}`, `{"op":"["}`, `{"rate":2}`, `{"status":42}`, `{"delay":5}`} {
		if _, err := mocks.ReadFaults(strings.NewReader("# script\n\n" + bad)); err == nil || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
