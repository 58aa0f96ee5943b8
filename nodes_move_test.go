package acd_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/google/go-cmp/cmp"
)

func TestMoveRefusals(t *testing.T) {
	drive, client, id := plant(t, "a/sub/", "b/SUB")
	before := drive.Counters().Requests
	if _, err := client.Nodes.Move(t.Context(), id("a"), drive.RootID(), id("a")); !errors.Is(err, acd.ErrInvalid) || drive.Counters().Requests != before {
		t.Errorf("into itself: %v after %d requests", err, drive.Counters().Requests-before)
	}
	if _, err := client.Nodes.Move(t.Context(), id("a"), drive.RootID(), id("a/sub")); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("below itself: %v", err)
	}
	_, err := client.Nodes.Move(t.Context(), id("a/sub"), id("a"), id("b"))
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id("b/SUB") {
		t.Errorf("onto a name that is taken: %v", err)
	}
}

func TestMoveAs(t *testing.T) {
	for name, tc := range map[string]struct {
		files []string
		want  []string
		err   error
	}{
		"nothing in the way":            {[]string{"a/old", "b/"}, []string{"a", "b", "b/new"}, nil},
		"the old name is taken there":   {[]string{"a/old", "b/OLD"}, []string{"a", "b", "b/OLD", "b/new"}, nil},
		"the new name is taken here":    {[]string{"a/old", "a/new", "b/"}, []string{"a", "a/new", "b", "b/new"}, nil},
		"both half-way names are taken": {[]string{"a/old", "a/NEW", "b/old"}, []string{"a", "a/NEW", "b", "b/new", "b/old"}, nil},
		"the new name is taken there":   {[]string{"a/old", "b/New"}, []string{"a", "a/old", "b", "b/New"}, acd.ErrExists},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client, id := plant(t, tc.files...)
			moved := id("a/old")
			n, err := client.Nodes.Move(t.Context(), moved, id("a"), id("b"), acd.MoveAs("new"))
			if !errors.Is(err, tc.err) || err == nil && (n.ID != moved || n.Name != "new") {
				t.Errorf("node %+v, error %v", n, err)
			}
			if diff := cmp.Diff(tc.want, drive.Snapshot().Paths()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A failure in between stranded the file. Whatever step fails, the node is at last where it was, under its old name.
func TestMoveAsIsUndone(t *testing.T) {
	for name, files := range map[string][]string{
		"move first": {"a/old", "b/"}, "rename first": {"a/old", "b/old"}, "by way of an unused name": {"a/old", "a/new", "b/old"},
	} {
		for nth := 1; nth <= 2; nth++ {
			for _, op := range []mocks.Op{mocks.OpNodesMove, mocks.OpNodesUpdate} {
				t.Run(fmt.Sprintf("%s/%s %d", name, op, nth), func(t *testing.T) {
					drive, client, id := plant(t, files...)
					want := drive.Snapshot()
					injected := drive.Inject(mocks.Fault{Op: op, Nth: nth, Times: 1, Status: 400, Body: `{"message":"no"}`})
					if _, err := client.Nodes.Move(t.Context(), id("a/old"), id("a"), id("b"), acd.MoveAs("new")); injected.Fired() == 0 {
						return // that many calls were not needed
					} else if !errors.Is(err, acd.ErrInvalid) {
						t.Errorf("error %v", err)
					}
					if diff := cmp.Diff(want, drive.Snapshot()); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}
