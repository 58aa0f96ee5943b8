package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// feeds answers each POST changes with the next text. After the last text, it sends that one again and
// again. It keeps the bodies of the requests.
type feeds struct {
	answers []io.Reader
	texts   []string
	sent    []string
}

func (f *feeds) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if req.Method != "POST" || req.URL.Path != "/drive/v1/changes" {
		return nil, fmt.Errorf("%s %s is no change feed", req.Method, req.URL.Path)
	}
	i := len(f.sent)
	f.sent = append(f.sent, string(body))
	var r io.Reader
	if f.answers != nil {
		r = f.answers[min(i, len(f.answers)-1)]
	} else {
		r = strings.NewReader(f.texts[min(i, len(f.texts)-1)])
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(r), ContentLength: -1, Request: req}, nil
}

// atOnce makes at most 3 attempts, without a wait between them.
var atOnce = acd.RetryPolicy{MaxAttempts: 3, Backoff: func(int) time.Duration { return 0 }}

func feedClient(t testing.TB, rt http.RoundTripper) *acd.Client {
	t.Helper()
	return newClientWith(t, rt, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		acd.WithEndpoints(testEndpoints), acd.WithRetryPolicy(atOnce))
}

// show returns a short text for a set.
func show(s *acd.ChangeSet) string {
	var b strings.Builder
	if s.Reset {
		b.WriteString("reset ")
	}
	for _, n := range s.Nodes {
		b.WriteString(n.ID + " ")
	}
	if s.Failed() {
		fmt.Fprintf(&b, "failed:%d ", s.StatusCode)
	}
	if s.End {
		b.WriteString("end ")
	}
	return b.String() + "@" + s.Checkpoint
}

func follow(t *testing.T, client *acd.Client, checkpoint string, opts acd.ChangesOptions) (sets []string, err error) {
	t.Helper()
	for set, e := range client.Changes.Since(t.Context(), checkpoint, opts) {
		if err != nil {
			t.Fatal("a set after the error")
		}
		if err = e; e == nil {
			sets = append(sets, show(set))
		}
	}
	return sets, err
}

func frame(checkpoint, more string, ids ...string) string {
	nodes := make([]string, len(ids))
	for i, id := range ids {
		nodes[i] = fmt.Sprintf(`{"id":%q,"name":"n%s","kind":"FILE","status":"AVAILABLE","version":1}`, id, id)
	}
	return fmt.Sprintf(`{"checkpoint":%q,%s"nodes":[%s],"statusCode":200}`+"\n", checkpoint, more, strings.Join(nodes, ","))
}

const theEnd = `{"end":true}` + "\n"

// docs/pains.md, row 9 (a feed that was cut off was taken for complete), B5 (no end marker) and B9
// (resets were ignored).
func TestChangesSince(t *testing.T) {
	reset := `"reset":true,`
	for name, tc := range map[string]struct {
		from    string
		rounds  []string
		want    []string
		asked   []string // the checkpoints in the requests
		wantErr error
	}{
		"all": {
			rounds: []string{frame("1", reset, "a", "b") + frame("2", "", "c") + theEnd},
			want:   []string{"reset a b @1", "c @2", "end @2"}, asked: []string{""},
		},
		"up to date": {
			from: "7", rounds: []string{frame("8", "") + theEnd},
			want: []string{"@8", "end @8"}, asked: []string{"7"},
		},
		"cut between sets": {
			from: "0", rounds: []string{frame("1", "", "a") + frame("2", "", "b"), frame("3", "", "c") + theEnd},
			want: []string{"a @1", "b @2", "c @3", "end @3"}, asked: []string{"0", "2"},
		},
		"cut in a set": {
			from: "0", rounds: []string{frame("1", "", "a") + frame("2", "", "b")[:60], frame("2", "", "b") + theEnd},
			want: []string{"a @1", "b @2", "end @2"}, asked: []string{"0", "1"},
		},
		"not a line": {
			from: "0", rounds: []string{"", "\n", ""}, asked: []string{"0", "0", "0"}, wantErr: acd.ErrIncomplete,
		},
		"never an end": {
			from: "0", rounds: []string{frame("1", "", "a"), frame("2", ""), frame("3", "")},
			want: []string{"a @1", "@2", "@3"}, asked: []string{"0", "1", "2"}, wantErr: acd.ErrIncomplete,
		},
		"the same for ever under new checkpoints": {
			from: "0", rounds: []string{frame("1", "", "a"), frame("2", "", "a"), frame("3", "", "a")},
			want: []string{"a @1", "a @2", "a @3"}, asked: []string{"0", "1", "2"}, wantErr: acd.ErrIncomplete,
		},
		"cut often, and on every time": {
			from: "0", rounds: []string{frame("1", "", "a"), frame("2", "", "b"), "", frame("3", "", "c"), frame("4", "", "d"), frame("5", "", "e"), theEnd},
			want: []string{"a @1", "b @2", "c @3", "d @4", "e @5", "end @5"}, asked: []string{"0", "1", "2", "2", "3", "4", "5"},
		},
		"a second reset": {
			rounds: []string{frame("1", reset, "a") + frame("2", reset, "b") + theEnd},
			want:   []string{"reset a @1", "b @2", "end @2"}, asked: []string{""},
		},
		"a second reset in the next round": {
			rounds: []string{frame("1", reset, "a"), frame("2", reset, "b") + theEnd},
			want:   []string{"reset a @1", "b @2", "end @2"}, asked: []string{"", "1"},
		},
		"a checkpoint that is no longer known": {
			from: "old", rounds: []string{frame("1", reset, "a") + theEnd},
			want: []string{"reset a @1", "end @1"}, asked: []string{"old"},
		},
		"a first reset after nodes": {
			from: "0", rounds: []string{frame("1", "", "z") + frame("2", reset, "b") + theEnd, frame("2", reset, "a", "b") + theEnd},
			want: []string{"z @1", "reset @", "a b @2", "end @2"}, asked: []string{"0", ""},
		},
		"a failed set": {
			from:   "0",
			rounds: []string{frame("1", "", "a") + `{"checkpoint":"2","nodes":[],"statusCode":503}` + "\n" + theEnd, frame("2", "", "b") + theEnd},
			want:   []string{"a @1", "failed:503 @1", "b @2", "end @2"}, asked: []string{"0", "1"},
		},
		"failed sets only": {
			from: "0", rounds: []string{`{"nodes":[],"statusCode":500,"reset":true}` + theEnd},
			want: []string{"failed:500 @0", "failed:500 @0", "failed:500 @0"}, asked: []string{"0", "0", "0"}, wantErr: acd.ErrIncomplete,
		},
		"strange but legible": {
			from:   "0",
			rounds: []string{"\n {\"more\":{\"x\":[1]},\"nodes\":null}\n\n{\"nodes\":[null,{\"kind\":\"FILE\"},{\"id\":\"a\",\"status\":\"PURGED\"}],\"checkpoint\":\"1\"}{\"end\":true}"},
			want:   []string{"@0", "a @1", "end @1"}, asked: []string{"0"}, wantErr: acd.ErrIncomplete, // null and the node without an id
		},
		"a page": {
			from: "0", rounds: []string{"<html>maintenance</html>"}, asked: []string{"0"}, wantErr: acd.ErrUnauthorized,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feeds{texts: tc.rounds}
			got, err := follow(t, feedClient(t, f), tc.from, acd.ChangesOptions{})
			if !errors.Is(err, tc.wantErr) {
				t.Errorf("error %v, want %v", err, tc.wantErr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("sets (-want +got):\n%s", diff)
			}
			var asked []string
			for _, c := range tc.asked {
				if c == "" {
					asked = append(asked, "{}")
				} else {
					asked = append(asked, fmt.Sprintf(`{"checkpoint":%q}`, c))
				}
			}
			if diff := cmp.Diff(asked, f.sent); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangesRequest(t *testing.T) {
	f := &feeds{texts: []string{frame("1", "", "a", "b"), theEnd}}
	if _, err := follow(t, feedClient(t, f), "0", acd.ChangesOptions{IncludePurged: true, ChunkSize: 2, MaxNodes: 9}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"checkpoint":"0","chunkSize":2,"maxNodes":9,"includePurged":"true"}`,
		`{"checkpoint":"1","chunkSize":2,"maxNodes":7,"includePurged":"true"}`,
	}
	if diff := cmp.Diff(want, f.sent); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	f = &feeds{}
	if _, err := follow(t, feedClient(t, f), "", acd.ChangesOptions{ChunkSize: -1}); !errors.Is(err, acd.ErrInvalid) || len(f.sent) > 0 {
		t.Errorf("error %v after %d requests", err, len(f.sent))
	}
}

func TestChangesBreakAndCancel(t *testing.T) {
	f := &feeds{texts: []string{frame("1", "", "a") + frame("2", "", "b") + theEnd}}
	seq := feedClient(t, f).Changes.Since(t.Context(), "0", acd.ChangesOptions{})
	for range 2 { // a second range over the same sequence starts again
		for set, err := range seq {
			if err != nil || show(set) != "a @1" {
				t.Fatal(set, err)
			}
			break
		}
	}
	if len(f.sent) != 2 || f.sent[1] != `{"checkpoint":"0"}` {
		t.Errorf("requests %q", f.sent)
	}

	synctest.Test(t, func(t *testing.T) {
		client := newClientWith(t, &feeds{texts: []string{""}}, nil, acd.WithEndpoints(testEndpoints),
			acd.WithRetryPolicy(acd.RetryPolicy{Backoff: func(int) time.Duration { return time.Hour }}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		for set, err := range client.Changes.Since(ctx, "", acd.ChangesOptions{}) {
			if set != nil || !errors.Is(err, ctx.Err()) || !strings.Contains(err.Error(), "no end marker") {
				t.Errorf("%v, error %v", set, err)
			}
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("the cancel took %v", took)
		}
	})
}

// The feed is complete despite the faults of the mock drive: streams that end early, and sets that are
// repeated or reset again.
func TestChangesOfDrive(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"cut":      {CutFrames: 1, Times: 2},
		"empty":    {CutFrames: -1, Times: 2},
		"repeats":  {RepeatFrames: true},
		"reset":    {ResetFrame: 3},
		"failed":   {FrameStatus: 503, Times: 1},
		"token":    {ExpireTokens: true, Times: 1},
		"limited":  {Status: 429, Times: 2},
		"broken":   {Reset: true, At: mocks.InAnswer, Times: 1},
		"unlucky":  {Truncate: true, At: mocks.InAnswer, Times: 1},
		"no fault": {Op: "Nodes.Get"},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			for i := range 5 {
				if _, err := drive.WriteFile(fmt.Sprint(i), nil); err != nil {
					t.Fatal(err)
				}
			}
			if fault.Op == "" {
				fault.Op = "Changes.Since"
			}
			client := newClient(t, drive, acd.WithRetryPolicy(atOnce))
			if _, err := client.Nodes.Root(t.Context()); err != nil {
				t.Fatal(err)
			}
			drive.Inject(fault)
			got := replica{}
			ended := false
			for set, err := range client.Changes.Since(t.Context(), "", acd.ChangesOptions{ChunkSize: 2}) {
				if err != nil {
					t.Fatal(err)
				}
				got.apply(set)
				ended = set.End
			}
			if len(got) != 6 || !ended {
				t.Errorf("%d nodes, ended %v", len(got), ended)
			}
		})
	}
}

// Over a real connection the feed is compressed. The client decodes it while it arrives.
func TestChangesCompressed(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithGzip())
	for i := range 50 {
		if _, err := drive.WriteFile(fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(drive)
	defer server.Close()
	rt := &encodings{}
	client := newClientWith(t, rt, drive.TokenSource(), acd.WithDiscoveryURL(server.URL+"/drive/v1/account/endpoint"))
	got := replica{}
	for set, err := range client.Changes.Since(t.Context(), "", acd.ChangesOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got.apply(set)
	}
	if len(got) != 51 || !rt.compressed {
		t.Errorf("%d nodes, compressed: %v", len(got), rt.compressed)
	}
}

type encodings struct{ compressed bool }

func (e *encodings) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && strings.HasSuffix(req.URL.Path, "/changes") {
		e.compressed = resp.Uncompressed
	}
	return resp, err
}
