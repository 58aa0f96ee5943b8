package acd_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/google/go-cmp/cmp"
)

// replica is a simple copy of a drive.
type replica map[string]*acd.Node

func (r replica) apply(set *acd.ChangeSet) {
	if set.Reset {
		clear(r)
	}
	for _, n := range set.Nodes {
		switch old := r[n.ID]; {
		case n.Status == acd.StatusPurged:
			delete(r, n.ID)
		case old == nil || old.Version <= n.Version:
			r[n.ID] = n
		}
	}
}

// docs/pains.md, row 9: a feed is cut at each byte, once or every time. Either the whole drive arrives,
// or the feed ends with ErrIncomplete.
func TestChangesCutAtEveryByte(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithFirstParty())
	for i := range 3 {
		if _, err := drive.WriteFile(fmt.Sprintf("d/f%d", i), []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	client := newClient(t, drive)
	gone, _ := drive.Lookup("d/f0")
	if _, err := client.Nodes.Trash(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if err := client.Nodes.Purge(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	opts := acd.ChangesOptions{ChunkSize: 2, IncludePurged: true}
	want := replica{}
	var text strings.Builder
	for set, err := range newClientWith(t, copyBody{drive, &text}, drive.TokenSource()).Changes.Since(t.Context(), "", opts) {
		if err != nil {
			t.Fatal(err)
		}
		want.apply(set)
	}
	if len(want) != 4 || !strings.HasSuffix(text.String(), theEnd) {
		t.Fatalf("%d nodes in %s", len(want), text.String())
	}
	for _, always := range []bool{false, true} {
		whole := 0
		for at := range text.Len() + 1 {
			rt := &cutter{next: drive, at: int64(at), always: always}
			client := newClientWith(t, rt, drive.TokenSource(), acd.WithRetryPolicy(atOnce))
			got := replica{}
			var failed error
			for set, err := range client.Changes.Since(t.Context(), "", opts) {
				if failed = err; err == nil {
					got.apply(set)
				}
			}
			switch {
			case failed == nil:
				whole++
				if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
					t.Fatalf("cut at %d, always %v (-want +got):\n%s", at, always, diff)
				}
			case !always || !errors.Is(failed, acd.ErrIncomplete):
				t.Fatalf("cut at %d, always %v: %v", at, always, failed)
			}
		}
		if whole == 0 || always && whole > text.Len() {
			t.Errorf("always %v: %d of %d came through", always, whole, text.Len()+1)
		}
	}
}

// copyBody keeps the text of the change feed in text.
type copyBody struct {
	*mocks.Drive
	text *strings.Builder
}

func (c copyBody) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.Drive.RoundTrip(req)
	if err == nil && strings.HasSuffix(req.URL.Path, "/changes") {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(resp.Body, c.text), resp.Body}
	}
	return resp, err
}

// cutter cuts off change feeds after at bytes, the first one or (always) every one.
type cutter struct {
	next   http.RoundTripper
	at     int64
	always bool
	cut    bool
}

func (c *cutter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err == nil && strings.HasSuffix(req.URL.Path, "/changes") && (c.always || !c.cut) {
		c.cut = true
		end := iotest.ErrReader(io.ErrUnexpectedEOF)
		if c.at%2 == 0 {
			end = strings.NewReader("") // a normal end, like that of a proxy that hides the broken connection
		}
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(resp.Body, c.at), end), resp.Body}
	}
	return resp, err
}

// If a large set has its reset only after its nodes, the feed starts again from the beginning.
func TestChangesLateReset(t *testing.T) {
	const nodes = 10_000
	late := func() io.Reader {
		return io.MultiReader(manyNodes(nodes, `],"checkpoint":"c1","reset":true}`), strings.NewReader(theEnd))
	}
	f := &feeds{answers: []io.Reader{late(), late()}}
	got := replica{"stale": {}}
	for set, err := range feedClient(t, f).Changes.Since(t.Context(), "expired", acd.ChangesOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got.apply(set)
	}
	if len(got) != nodes || got["stale"] != nil || !cmp.Equal(f.sent, []string{`{"checkpoint":"expired"}`, "{}"}) {
		t.Errorf("%d nodes after %q", len(got), f.sent)
	}
}
