package acd_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
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

// Whatever step of a Move with MoveAs fails, the node must be in its old folder, under its old
// name, afterwards.
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
						return // this case needs fewer calls
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

// A rename takes effect in every folder of a node. With IfOnlyParent, Move refuses that before
// anything is changed.
func TestMoveIfOnlyParent(t *testing.T) {
	type account struct {
		client         *acd.Client
		a, b, c, moved string
		paths          func() []string
	}
	accounts := map[string]func(t *testing.T) account{
		"mock": func(t *testing.T) account {
			drive, client, id := plant(t, "a/old", "b/", "c/")
			return account{client, id("a"), id("b"), id("c"), id("a/old"), func() []string { return drive.Snapshot().Paths() }}
		},
		"foreign": func(t *testing.T) account {
			s := foreign.Start(t)
			a, b, c := s.AddFolder(s.Root(), "a"), s.AddFolder(s.Root(), "b"), s.AddFolder(s.Root(), "c")
			return account{foreignClient(t, s), a, b, c, s.AddFile(a, "old", "x"), func() (paths []string) {
				for name, folder := range map[string]string{"a": a, "b": b, "c": c} {
					paths = append(paths, name)
					for _, file := range []string{"old", "new"} {
						if len(s.Find(folder, file)) > 0 {
							paths = append(paths, name+"/"+file)
						}
					}
				}
				slices.Sort(paths)
				return paths
			}}
		},
	}
	for name, open := range accounts {
		t.Run(name, func(t *testing.T) {
			at := open(t)
			ctx, nodes := t.Context(), at.client.Nodes
			if _, err := nodes.AddParent(ctx, at.moved, at.c); err != nil {
				t.Fatal(err)
			}
			for _, opts := range [][]acd.MoveOption{{acd.MoveAs("new"), acd.IfOnlyParent()}, {acd.IfOnlyParent()}} {
				if _, err := nodes.Move(ctx, at.moved, at.a, at.b, opts...); !errors.Is(err, acd.ErrOtherParents) {
					t.Errorf("a node of two folders: %v", err)
				}
			}
			if diff := cmp.Diff([]string{"a", "a/old", "b", "c", "c/old"}, at.paths()); diff != "" {
				t.Errorf("something was changed (-want +got):\n%s", diff)
			}
			if _, err := nodes.RemoveParent(ctx, at.moved, at.c); err != nil {
				t.Fatal(err)
			}
			if n, err := nodes.Move(ctx, at.moved, at.a, at.b, acd.MoveAs("new"), acd.IfOnlyParent()); err != nil || n.Name != "new" {
				t.Errorf("a node of one folder: %v", err)
			}
			if diff := cmp.Diff([]string{"a", "b", "b/new", "c"}, at.paths()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := nodes.Move(ctx, at.moved, at.a, at.c, acd.IfOnlyParent()); !errors.Is(err, acd.ErrOtherParents) {
				t.Errorf("out of a folder that it is not in: %v", err)
			}
		})
	}
}
