package acd_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestCreateFolderLostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		fault mocks.Fault
		posts int
		want  error
	}{
		"made, 504":              {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true}, 1, nil},
		"made, connection reset": {mocks.Fault{At: mocks.AfterBody, Reset: true, Commit: true}, 1, nil},
		"made, answer cut":       {mocks.Fault{At: mocks.InAnswer, Truncate: true}, 1, nil},
		"made, listed 3 s later": {mocks.Fault{At: mocks.AfterBody, Status: 500, Commit: true, VisibleAfter: mocks.Duration(3 * time.Second)}, 2, nil},
		"not made, 503":          {mocks.Fault{Status: 503}, 2, nil},
		"not made, reset":        {mocks.Fault{Reset: true}, 2, nil},
		"not made, 429":          {mocks.Fault{Status: 429}, 2, nil},
		"refused":                {mocks.Fault{Status: 400, Body: `{"message":"no"}`}, 1, acd.ErrInvalid},
		"a service that is down": {mocks.Fault{Status: 503, Times: 100}, 10, acd.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				tc.fault.Op = "Nodes.CreateFolder"
				if tc.fault.Times == 0 {
					tc.fault.Times = 1
				}
				drive.Inject(tc.fault)
				n, err := newClient(t, drive).Nodes.CreateFolder(t.Context(), drive.RootID(), "Folder")
				if !errors.Is(err, tc.want) || err == nil && (n.Name != "Folder" || !n.IsFolder()) {
					t.Errorf("node %+v, error %v, want %v", n, err, tc.want)
				}
				if got := drive.Counters().ByOp["Nodes.CreateFolder"]; got != tc.posts {
					t.Errorf("%d requests, want %d", got, tc.posts)
				}
				if got := len(drive.Snapshot().Tree); err == nil && got != 1 {
					t.Errorf("%d nodes", got)
				}
			})
		})
	}
}

// If the response to CreateFolder is lost, a folder that existed before the call must not be its
// result.
func TestStrangersFolderIsNotOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		id, err := drive.Mkdir("Folder")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		drive.Inject(mocks.Fault{Op: "Nodes.CreateFolder", Status: 504, Times: 1})
		_, err = newClient(t, drive).Nodes.CreateFolder(t.Context(), drive.RootID(), "folder")
		var e *acd.Error
		if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
			t.Errorf("error %v, want ErrExists with %s", err, id)
		}
	})
}

func TestMkdirAllByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithIndexLag(2 * time.Second))
		client := newClient(t, drive)
		var mu sync.Mutex
		ids := map[string]bool{}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				n, err := client.Nodes.MkdirAll(t.Context(), "", "/a/B/c／d/")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[n.ID] = true
				if n.Name != "c/d" {
					t.Errorf("name %q", n.Name)
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || len(drive.Snapshot().Tree) != 3 {
			t.Errorf("%d folders for one path, drive %v", len(ids), drive.Snapshot().Paths())
		}
	})
}

func TestMkdirAllMeetsAFile(t *testing.T) {
	drive := mocks.NewDrive()
	drive.WriteFile("a/file", []byte("x"))
	_, err := newClient(t, drive).Nodes.MkdirAll(t.Context(), "", "a/FILE/b")
	if !errors.Is(err, acd.ErrExists) || !strings.Contains(err.Error(), "a/FILE") {
		t.Errorf("error %v", err)
	}
}

func jsonResponder(body string) httpmock.Responder { return httpmock.NewStringResponder(200, body) }
