package acd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// docs/pains.md, row 9: the checkpoint of a set is saved only after the handler has returned nil. If the
// handler fails, the set comes again in the next run.
func TestWatchSavesAfterHandling(t *testing.T) {
	drive := mocks.NewDrive()
	for i := range 5 {
		if _, err := drive.WriteFile(fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	client := newClient(t, drive)
	opts := acd.WatchOptions{Changes: acd.ChangesOptions{ChunkSize: 2}}
	boom := errors.New("boom")
	var store acd.MemoryCheckpointStore
	times := map[string]int{}
	for failAt := 1; ; failAt++ { // in each run of the program, the handler fails one set later
		n := 0
		var saved, last string
		err := client.Changes.Watch(t.Context(), &store, func(ctx context.Context, set *acd.ChangeSet) error {
			if now, _ := store.Load(ctx); n > 0 && now != last {
				t.Errorf("checkpoint %q is saved while the set after %q is handled", now, last)
			}
			saved, last = last, set.Checkpoint
			if n++; n == failAt || set.End {
				return boom
			}
			for _, n := range set.Nodes {
				times[n.Name]++
			}
			return nil
		}, opts)
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if now, _ := store.Load(t.Context()); n > 1 && now != saved {
			t.Errorf("checkpoint %q after a failure behind %q", now, saved)
		}
		if n < failAt {
			break
		}
	}
	if diff := cmp.Diff(map[string]int{"": 1, "0": 1, "1": 1, "2": 1, "3": 1, "4": 1}, times); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
}

func TestWatchPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		var at []time.Duration
		start := time.Now()
		var names []string
		err := newClient(t, drive).Changes.Watch(ctx, new(acd.MemoryCheckpointStore), func(_ context.Context, set *acd.ChangeSet) error {
			for _, n := range set.Nodes {
				names = append(names, n.Name)
			}
			if !set.End {
				return nil
			}
			at = append(at, time.Since(start))
			if _, err := drive.WriteFile(fmt.Sprint(len(at)), nil); err != nil {
				t.Error(err)
			}
			if len(at) == 4 {
				cancel(enough)
			}
			return nil
		}, acd.WatchOptions{})
		if !errors.Is(err, enough) {
			t.Errorf("error %v", err)
		}
		for i := range at[1:] {
			if gap := at[i+1] - at[i]; gap < 5*time.Minute || gap > 375*time.Second {
				t.Errorf("poll %d came after %v", i+2, gap)
			}
		}
		if diff := cmp.Diff([]string{"", "1", "2", "3"}, names); diff != "" {
			t.Errorf("nodes (-want +got):\n%s", diff)
		}
	})
}

func TestWatchGoesOnAtOnceWhenEndedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		for i := range 6 {
			if _, err := drive.WriteFile(fmt.Sprint(i), nil); err != nil {
				t.Fatal(err)
			}
		}
		start, count := time.Now(), 0
		enough := errors.New("enough")
		err := newClient(t, drive).Changes.Watch(t.Context(), new(acd.MemoryCheckpointStore), func(_ context.Context, set *acd.ChangeSet) error {
			if count += len(set.Nodes); count == 7 {
				return enough
			}
			return nil
		}, acd.WatchOptions{Changes: acd.ChangesOptions{ChunkSize: 1, MaxNodes: 2}})
		if took := time.Since(start); !errors.Is(err, enough) || took != 0 {
			t.Errorf("error %v after %v", err, took)
		}
	})
}

// sometimes answers the first requests for changes with an error status.
type sometimes struct {
	http.RoundTripper
	status, times int
	sent          int
}

func (s *sometimes) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/changes") {
		if s.sent++; s.sent <= s.times {
			return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		}
	}
	return s.RoundTripper.RoundTrip(req)
}

func TestWatchSurvivesFailures(t *testing.T) {
	once := acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1})
	enough := errors.New("enough")
	stop := func(_ context.Context, set *acd.ChangeSet) error {
		if set.End {
			return enough
		}
		return nil
	}
	for name, tc := range map[string]struct {
		status, times int
		onError       func(error) error
		wantErr       error
		least, most   time.Duration
	}{
		"backs off":         {503, 3, nil, enough, 35 * time.Minute, 44 * time.Minute},
		"up to an hour":     {429, 12, nil, enough, 8 * time.Hour, 12 * time.Hour},
		"not what is final": {403, 1, nil, acd.ErrForbidden, 0, 0},
		"unless told so":    {403, 1, func(error) error { return nil }, enough, 5 * time.Minute, 7 * time.Minute},
		"or so":             {503, 1, func(error) error { return fmt.Errorf("mine: %w", enough) }, enough, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				rt := &sometimes{RoundTripper: drive, status: tc.status, times: tc.times}
				start := time.Now()
				err := newClientWith(t, rt, drive.TokenSource(), once).Changes.Watch(t.Context(), new(acd.MemoryCheckpointStore), stop, acd.WatchOptions{OnError: tc.onError})
				took := time.Since(start)
				if !errors.Is(err, tc.wantErr) || took < tc.least || took > tc.most {
					t.Errorf("error %v after %v", err, took)
				}
			})
		})
	}
}

func TestWatchStartsOverFromARefusedCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		var store acd.MemoryCheckpointStore
		if err := store.Save(t.Context(), "of another drive altogether"); err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		start := time.Now()
		var sets []*acd.ChangeSet
		err := newClient(t, drive).Changes.Watch(t.Context(), &store, func(_ context.Context, set *acd.ChangeSet) error {
			if sets = append(sets, set); set.End {
				return enough
			}
			return nil
		}, acd.WatchOptions{})
		if !errors.Is(err, enough) || time.Since(start) > time.Minute || len(sets) != 2 || !sets[0].Reset {
			t.Errorf("error %v after %v and %d sets", err, time.Since(start), len(sets))
		}
	})
}

func TestWatchRefusesWhatCannotWork(t *testing.T) {
	client := newClient(t, mocks.NewDrive())
	nothing := func(context.Context, *acd.ChangeSet) error { return nil }
	if err := client.Changes.Watch(t.Context(), new(acd.MemoryCheckpointStore), nothing, acd.WatchOptions{Interval: -1}); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("interval: %v", err)
	}
	boom := errors.New("boom")
	if err := client.Changes.Watch(t.Context(), brokenStore{load: boom}, nothing, acd.WatchOptions{}); !errors.Is(err, boom) {
		t.Errorf("load: %v", err)
	}
	if err := client.Changes.Watch(t.Context(), brokenStore{save: boom}, nothing, acd.WatchOptions{OnError: func(error) error { return nil }}); !errors.Is(err, boom) {
		t.Errorf("save: %v", err)
	}
}

type brokenStore struct{ load, save error }

func (s brokenStore) Load(context.Context) (string, error) { return "", s.load }
func (s brokenStore) Save(context.Context, string) error   { return s.save }

// Watch reports a node that cannot be read only once. It handles all other nodes, saves the checkpoint
// and continues.
func TestWatchGoesOnAfterAnUnreadableNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &feeds{texts: []string{
			`{"checkpoint":"1","nodes":[{"id":"a"},{"id":"bad","version":"x"}]}` + theEnd,
			frame("2", "", "b") + theEnd,
		}}
		var store acd.MemoryCheckpointStore
		enough := errors.New("enough")
		var seen, unreadable []string
		err := feedClient(t, f).Changes.Watch(t.Context(), &store, func(_ context.Context, set *acd.ChangeSet) error {
			for _, n := range set.Nodes {
				seen = append(seen, n.ID)
			}
			for _, bad := range set.Unreadable {
				unreadable = append(unreadable, bad.ID)
			}
			if set.Checkpoint == "2" {
				return enough
			}
			return nil
		}, acd.WatchOptions{})
		if !errors.Is(err, enough) || !slices.Equal(seen, []string{"a", "b"}) || !slices.Equal(unreadable, []string{"bad"}) {
			t.Errorf("saw %v, unreadable %v, error %v", seen, unreadable, err)
		}
		if diff := cmp.Diff([]string{`{}`, `{"checkpoint":"1"}`}, f.sent); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}
