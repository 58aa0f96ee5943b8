package acd_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
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

// A folder that was there before is not this call's, though its answer was lost.
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

func TestResolve(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("Photos/2016/Sun \\ (1) + \"x\" [y] ~ 'z' AND:*?.jpg", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := drive.Lookup("Photos")
	client := newClient(t, drive)
	for _, tc := range []struct {
		root, path string
		want       string
		err        error
	}{
		{"", "", drive.RootID(), nil},
		{"", "/", drive.RootID(), nil},
		{"", "photos/2016/sun \\ (1) + \"X\" [y] ~ 'Z' and:*?.JPG", id, nil},
		{folder, "2016/Sun \\ (1) + \"x\" [y] ~ 'z' AND:*?.jpg", id, nil},
		{"", "Photos/2017/x", "", acd.ErrNotFound},
		{"", "Photos//x", "", acd.ErrInvalid},
	} {
		n, err := client.Nodes.Resolve(t.Context(), tc.root, tc.path)
		if !errors.Is(err, tc.err) || err == nil && n.ID != tc.want {
			t.Errorf("%q: %+v, %v", tc.path, n, err)
		}
		if err != nil && tc.err == acd.ErrNotFound && (!errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "Photos/2017")) {
			t.Errorf("the error does not name the missing part: %v", err)
		}
	}
}

func TestListingsArePaged(t *testing.T) {
	drive := mocks.NewDrive()
	want := map[string]bool{}
	for i := range 450 {
		name := fmt.Sprintf("file %03d", i)
		want[name] = true
		if _, err := drive.WriteFile("many/"+name, nil); err != nil {
			t.Fatal(err)
		}
	}
	folder, _ := drive.Lookup("many")
	client := newClient(t, drive)
	children := client.Nodes.Children(t.Context(), folder, acd.ListOptions{})
	for range 2 { // a new range starts over
		got := map[string]bool{}
		for n, err := range children {
			if err != nil {
				t.Fatal(err)
			}
			got[n.Name] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	before := drive.Counters().ByOp["Nodes.Children"]
	for range children {
		break
	}
	if got := drive.Counters().ByOp["Nodes.Children"] - before; before != 6 || got != 1 {
		t.Errorf("%d requests for two ranges of three pages, %d after a break", before, got)
	}
	for _, err := range client.Nodes.Children(t.Context(), folder, acd.ListOptions{PageSize: 201}) {
		if !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("a page of 201: %v", err)
		}
	}
}

func TestChildrenLeavesOutWhatIsNotThere(t *testing.T) {
	drive := mocks.NewDrive()
	drive.WriteFile("folder/real", []byte("x"))
	folder, _ := drive.Lookup("folder")
	drive.Inject(mocks.Fault{Op: "Nodes.Children", Bogus: 3, Nameless: 2})
	var names []string
	for n, err := range newClient(t, drive).Nodes.Children(t.Context(), folder, acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, n.Name)
	}
	if diff := cmp.Diff([]string{"real"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTrashLostAnswer(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"trashed, 504":     {At: mocks.AfterBody, Status: 504, Commit: true},
		"not trashed, 504": {Status: 504},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				id, err := drive.WriteFile("f", []byte("x"))
				if err != nil {
					t.Fatal(err)
				}
				fault.Op, fault.Times = "Nodes.Trash", 1
				drive.Inject(fault)
				client := newClient(t, drive)
				n, err := client.Nodes.Trash(t.Context(), id)
				if err != nil || n.Status != acd.StatusTrash {
					t.Errorf("%+v, %v", n, err)
				}
				if _, err := client.Nodes.Child(t.Context(), drive.RootID(), "f"); !errors.Is(err, acd.ErrNotFound) {
					t.Errorf("still found: %v", err)
				}
				if _, err := client.Nodes.Trash(t.Context(), id); !errors.Is(err, acd.ErrExists) {
					t.Errorf("trashing again: %v, want the service's conflict", err)
				}
			})
		})
	}
}

func TestBadAnswersNameFieldAndNode(t *testing.T) {
	client, mock := scripted(t)
	for body, want := range map[string][]string{
		`{"id":"abc","createdDate":"yesterday"}`:          {`"createdDate"`, `"abc"`},
		`{"id":"abc","version":"three"}`:                  {`"version"`, `"abc"`},
		`{"id":"abc","contentProperties":{"size":"big"}}`: {`"contentProperties"`, `"abc"`},
	} {
		mock.Reset()
		mock.RegisterNoResponder(jsonResponder(body))
		_, err := client.Nodes.Get(t.Context(), someID)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %v does not name %s", body, err, w)
			}
		}
		if mock.GetTotalCallCount() != 1 {
			t.Errorf("%s: asked %d times", body, mock.GetTotalCallCount())
		}
	}
}

func jsonResponder(body string) httpmock.Responder { return httpmock.NewStringResponder(200, body) }
