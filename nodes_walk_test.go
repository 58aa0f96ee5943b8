package acd_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/google/go-cmp/cmp"
)

func TestWalk(t *testing.T) {
	files := []string{"b/2/x", "b/1/y", "b/z", "a/", "C/c／d/deep", "e"}
	for _, workers := range []int{1, 3, 16} {
		_, client, _ := plant(t, files...)
		root, err := client.Nodes.Root(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for e, err := range client.Nodes.Walk(t.Context(), root.ID, acd.WalkOptions{Workers: workers}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Path)
		}
		want := []string{"a", "b", "C", "e", "b/1", "b/2", "b/z", "b/1/y", "b/2/x", "C/c／d", "C/c／d/deep"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d workers (-want +got):\n%s", workers, diff)
		}
	}
}

func TestWalkEndsInACycleAndOnBreakAndOnError(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithCycles())
	drive.WriteFile("a/b/c/f", []byte("x"))
	client := newClient(t, drive)
	a, _ := drive.Lookup("a")
	c, _ := drive.Lookup("a/b/c")
	if _, err := client.Nodes.AddParent(t.Context(), a, c); err != nil {
		t.Fatal(err)
	}
	var got []string
	for e, err := range client.Nodes.Walk(t.Context(), a, acd.WalkOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Path)
	}
	if diff := cmp.Diff([]string{"b", "b/c", "b/c/a", "b/c/f"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range client.Nodes.Walk(t.Context(), a, acd.WalkOptions{Workers: 8}) {
		break
	}
	drive.Inject(mocks.Fault{Op: "Nodes.Children", Nth: 2, Times: 1, Status: 404})
	errs := 0
	for _, err := range client.Nodes.Walk(t.Context(), a, acd.WalkOptions{}) {
		if err != nil {
			errs++
			if !errors.Is(err, acd.ErrNotFound) {
				t.Error(err)
			}
		}
	}
	if errs != 1 {
		t.Errorf("%d errors", errs)
	}
}

// The workers must also be busy when the walk goes from one large folder to the next.
func TestWalkKeepsItsWorkersBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pause, workers, folders, inEach = 50 * time.Millisecond, 8, 20, 25
		drive := mocks.NewDrive()
		for i := range folders {
			for j := range inEach {
				if _, err := drive.Mkdir(fmt.Sprintf("top/%d/%d", i, j)); err != nil {
					t.Fatal(err)
				}
			}
		}
		top, _ := drive.Lookup("top")
		drive.Inject(mocks.Fault{Op: "Nodes.Children", Delay: mocks.Duration(pause)})
		client := newClient(t, drive)
		start, nodes := time.Now(), 0
		for _, err := range client.Nodes.Walk(t.Context(), top, acd.WalkOptions{Workers: workers}) {
			if err != nil {
				t.Fatal(err)
			}
			nodes++
		}
		requests := 1 + folders*(1+inEach)
		if n := drive.Counters().ByOp["Nodes.Children"]; n != requests || nodes != requests-1 {
			t.Errorf("%d nodes by %d requests, instead of %d by %d", nodes, n, requests-1, requests)
		}
		ideal := time.Duration(requests) * pause / workers
		if took := time.Since(start); took > ideal*115/100 {
			t.Errorf("%v, where busy workers need %v", took, ideal)
		}
	})
}

// A folder with several parents must be entered at the place that the walk reaches first, whichever
// folders were listed in advance.
func TestWalkEntersAFolderOfTwoParentsOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 16} {
		drive, client, id := plant(t, "top/a/1/2/x", "top/b/shared/y", "top/c/z")
		if _, err := client.Nodes.AddParent(t.Context(), id("top/b/shared"), id("top/a/1/2")); err != nil {
			t.Fatal(err)
		}
		var got []string
		for e, err := range client.Nodes.Walk(t.Context(), "", acd.WalkOptions{Workers: workers}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Path)
		}
		want := []string{"top", "top/a", "top/b", "top/c", "top/a/1", "top/a/1/2", "top/a/1/2/shared", "top/a/1/2/x", "top/a/1/2/shared/y", "top/b/shared", "top/c/z"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d workers (-want +got):\n%s", workers, diff)
		}
		if n := drive.Counters().ByOp["Nodes.Children"]; workers == 1 && n != 8 {
			t.Errorf("%d requests for 8 folders", n)
		}
	}
}
