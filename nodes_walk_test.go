package acd_test

import (
	"errors"
	"testing"

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
