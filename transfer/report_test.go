package transfer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// ended holds the action for each path. There must be exactly one for each.
type ended map[string]transfer.Action

func (m ended) add(t testing.TB) func(transfer.Event) {
	return func(e transfer.Event) {
		if e.Action == transfer.MadeFolder {
			return
		}
		if was, twice := m[e.Path]; twice {
			t.Errorf("%q: %v and %v", e.Path, was, e.Action)
		}
		if (e.Action == transfer.LeftOut) != (e.Why != "") || (e.Action == transfer.Failed || e.Action == transfer.NotReached) != (e.Err != nil) {
			t.Errorf("no reason, or a wrong one: %+v", e)
		}
		m[e.Path] = e.Action
	}
}

// check compares the events with the report and with the existing files. For each file there must
// be one event for the file itself, or for a folder above it that was not entered.
func (m ended) check(t testing.TB, report *transfer.Report, all files) {
	t.Helper()
	counts := map[transfer.Action]int{}
	for _, a := range m {
		counts[a]++
	}
	got := [...]int{report.Copied, report.Identical, report.LeftOut, report.Failed, report.NotReached}
	for i, a := range [...]transfer.Action{transfer.Copied, transfer.Identical, transfer.LeftOut, transfer.Failed, transfer.NotReached} {
		if counts[a] != got[i] {
			t.Errorf("%d events of %v, %d in the report", counts[a], a, got[i])
		}
	}
	if report.Seen() != len(m) {
		t.Errorf("%d seen, %d events", report.Seen(), len(m))
	}
	for path := range all {
		if strings.HasSuffix(path, "/") {
			continue
		}
		covered := 0
		for above := path; above != "."; above = filepath.ToSlash(filepath.Dir(above)) {
			if _, ok := m[above]; ok {
				covered++
			}
		}
		if _, ok := m["."]; ok {
			covered++
		}
		if covered != 1 {
			t.Errorf("%q was accounted for %d times", path, covered)
		}
	}
}

// A run may be interrupted at any request. Every file that it has seen is counted.
func TestNumbersAddUpAfterAnInterruption(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"left.tmp": "x", "skip/a": "1", "empty/": ""})
	for i := range 30 {
		write(t, from, files{fmt.Sprintf("%d/%d/%d", i%3, i%5, i): fmt.Sprint("content ", i)})
	}
	all := local(t, from)
	options := transfer.Options{Workers: 4, Exclude: []string{"*.tmp", "skip"}}
	full := mocks.NewDrive()
	if _, err := transfer.Upload(t.Context(), full.Client(t.Context()), from, "b", transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	requests := full.Counters().Requests
	for at := range requests {
		for direction, run := range map[string]func(context.Context, *acd.Client, transfer.Options) (*transfer.Report, error){
			"up": func(ctx context.Context, c *acd.Client, o transfer.Options) (*transfer.Report, error) {
				return transfer.Upload(ctx, c, from, "new", o)
			},
			"down": func(ctx context.Context, c *acd.Client, o transfer.Options) (*transfer.Report, error) {
				return transfer.Download(ctx, c, "b", filepath.Join(t.TempDir(), "new"), o)
			},
		} {
			drive := mocks.NewDrive()
			if direction == "down" {
				drive = full
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			stop := errors.New("Ctrl-C")
			rt := &interrupting{next: drive, at: at, do: func() { cancel(stop) }}
			m, opts := ended{}, options
			opts.OnEvent = m.add(t)
			report, err := run(ctx, drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt})), opts)
			if err != nil && !errors.Is(err, stop) {
				t.Errorf("%s, request %d: error %v", direction, at, err)
			}
			if report.Seen() > 0 { // otherwise the interruption came before the run began
				m.check(t, report, all)
			}
			if t.Failed() {
				t.Fatalf("%s, request %d: error %v, report %+v", direction, at, err, report)
			}
			cancel(nil)
		}
	}
}

// interrupting calls do before one of the requests.
type interrupting struct {
	next http.RoundTripper
	at   int
	do   func()
	n    atomic.Int64
}

func (i *interrupting) RoundTrip(req *http.Request) (*http.Response, error) {
	if i.n.Add(1) == int64(i.at) {
		i.do()
	}
	return i.next.RoundTrip(req)
}

// editing changes the text of responses to calls that read.
type editing struct {
	next http.RoundTripper
	edit func(string) string
}

func (e editing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := e.next.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	text := e.edit(string(b))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp, err
}

// editListing changes fields of the nodes in a listing, by the name of the node.
func editListing(t testing.TB, body string, edits map[string]map[string]any) string {
	var page map[string]any
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Error(err)
	}
	nodes, _ := page["data"].([]any)
	for _, n := range nodes {
		n := n.(map[string]any)
		maps.Copy(n, edits[fmt.Sprint(n["name"])])
	}
	b, err := json.Marshal(page)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// Nodes that the drive lists and a copy leaves out are reported with a reason.
func TestOddNodesAreLeftOutWithAReason(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/good": "1", "b/nokind": "2", "b/asset": "3", "b/state": "4", "b/trashed": "5"})
	id, _ := drive.Lookup("b/trashed")
	if _, err := drive.Client(t.Context()).Nodes.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	edits := map[string]map[string]any{"nokind": {"kind": ""}, "asset": {"kind": "GROUP"}, "state": {"status": "QUARANTINED"}}
	rt := editing{drive, func(body string) string { return editListing(t, body, edits) }}
	to, m := t.TempDir(), ended{}
	report, err := transfer.Download(t.Context(), drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt})), "b", to, transfer.Options{OnEvent: m.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, ended{"good": transfer.Copied, "nokind": transfer.LeftOut, "asset": transfer.LeftOut, "state": transfer.LeftOut}, m)
	m.check(t, report, files{"good": "", "nokind": "", "asset": "", "state": ""})
	equal(t, files{"good": "1"}, local(t, to))
}

func TestActionNames(t *testing.T) {
	for a, want := range map[transfer.Action]string{transfer.Copied: "copied", transfer.NotReached: "not reached", 0: "Action(0)", 99: "Action(99)"} {
		if a.String() != want {
			t.Errorf("%v, want %s", a, want)
		}
	}
}
