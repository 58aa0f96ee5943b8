package acd_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// plant puts files on a new drive and returns the ids of all its paths.
func plant(t testing.TB, files ...string) (*mocks.Drive, *acd.Client, func(path string) string) {
	t.Helper()
	drive := mocks.NewDrive()
	for _, f := range files {
		if path, folder := strings.CutSuffix(f, "/"); folder {
			if _, err := drive.Mkdir(path); err != nil {
				t.Fatal(err)
			}
		} else if _, err := drive.WriteFile(f, []byte(f)); err != nil {
			t.Fatal(err)
		}
	}
	id := func(path string) string {
		id, ok := drive.Lookup(path)
		if !ok {
			t.Fatalf("there is no %q", path)
		}
		return id
	}
	return drive, newClient(t, drive), id
}

func TestUpdate(t *testing.T) {
	drive, client, id := plant(t, "f", "taken")
	n, err := client.Nodes.Update(t.Context(), id("f"), acd.SetName("a/b"), acd.SetLabels("x", "y"), acd.SetDescription("evening light"))
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "a/b" || n.RawName != "a\uff0fb" || n.Description != "evening light" || !slices.Equal(n.Labels, []string{"x", "y"}) || n.Version < 2 {
		t.Errorf("node %+v", n)
	}
	if n, err = client.Nodes.Update(t.Context(), n.ID, acd.SetLabels()); err != nil || len(n.Labels) != 0 || n.Name != "a/b" {
		t.Errorf("labels taken off: %+v, %v", n, err)
	}
	if _, err := client.Nodes.Update(t.Context(), n.ID); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("nothing to change: %v", err)
	}
	_, err = client.Nodes.Rename(t.Context(), n.ID, "TAKEN")
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id("taken") {
		t.Errorf("error %v, want ErrExists with %s", err, id("taken"))
	}
	_ = drive
}

// Every change whose answer is lost, done or not, ends as wanted and is a success.
func TestChangesSurviveLostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		op   string
		call func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error)
		ok   func(n *acd.Node, id func(string) string) bool
	}{
		"rename": {"Nodes.Update", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Rename(ctx, id("a/f"), "g")
		}, func(n *acd.Node, id func(string) string) bool { return n.Name == "g" }},
		"move": {"Nodes.Move", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Move(ctx, id("a/f"), id("a"), id("b"))
		}, func(n *acd.Node, id func(string) string) bool { return slices.Equal(n.Parents, []string{id("b")}) }},
		"add parent": {"Nodes.AddParent", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.AddParent(ctx, id("a/f"), id("b"))
		}, func(n *acd.Node, id func(string) string) bool { return n.HasParent(id("a")) && n.HasParent(id("b")) }},
		"remove parent": {"Nodes.RemoveParent", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.RemoveParent(ctx, id("a/f"), id("a"))
		}, func(n *acd.Node, id func(string) string) bool { return len(n.Parents) == 0 }},
		"trash": {"Nodes.Trash", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Trash(ctx, id("a/f"))
		}, func(n *acd.Node, id func(string) string) bool { return n.Status == acd.StatusTrash }},
	} {
		for _, fault := range []mocks.Fault{
			{At: mocks.AfterBody, Status: 504, Commit: true}, {At: mocks.AfterBody, Reset: true, Commit: true},
			{At: mocks.InAnswer, Truncate: true}, {Status: 503}, {Status: 429}, {Reset: true},
		} {
			t.Run(fmt.Sprintf("%s/%d commit %v reset %v", name, fault.Status, fault.Commit, fault.Reset), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					drive, client, id := plant(t, "a/f", "b/")
					ids := map[string]string{"a/f": id("a/f"), "a": id("a"), "b": id("b")}
					lookup := func(path string) string { return ids[path] }
					fault.Op, fault.Times = tc.op, 1
					injected := drive.Inject(fault)
					n, err := tc.call(t.Context(), client, lookup)
					if err != nil || !tc.ok(n, lookup) || injected.Fired() != 1 {
						t.Errorf("node %+v, error %v, fired %d", n, err, injected.Fired())
					}
				})
			})
		}
	}
}

// Peers' bug 4: removing a parent that a node does not have removed its first.
func TestRemoveParentRemovesNoOther(t *testing.T) {
	_, client, id := plant(t, "a/f", "b/")
	if _, err := client.Nodes.RemoveParent(t.Context(), id("a/f"), id("b")); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if n, err := client.Nodes.Get(t.Context(), id("a/f")); err != nil || !slices.Equal(n.Parents, []string{id("a")}) {
		t.Errorf("parents %v, %v", n.Parents, err)
	}
}

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

// Peers' bug 8: a failure in between stranded the file. Whatever step fails, the node is at last where it was, under its old name.
func TestMoveAsIsUndone(t *testing.T) {
	for name, files := range map[string][]string{
		"move first": {"a/old", "b/"}, "rename first": {"a/old", "b/old"}, "by way of an unused name": {"a/old", "a/new", "b/old"},
	} {
		for nth := 1; nth <= 2; nth++ {
			for _, op := range []string{"Nodes.Move", "Nodes.Update"} {
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

func TestPains11WaitVisible(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error){
		"move": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Move(ctx, id("a/f"), id("a"), id("b"), acd.WaitVisible())
		},
		"rename": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Rename(ctx, id("a/f"), "g", acd.WaitVisible())
		},
		"upload": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Content.Upload(ctx, id("b"), "new", strings.NewReader("x"), acd.WaitVisible())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(mocks.WithIndexLag(7 * time.Second))
				drive.WriteFile("a/f", []byte("x"))
				drive.Mkdir("b")
				ids := map[string]string{}
				for _, p := range []string{"a", "b", "a/f"} {
					ids[p], _ = drive.Lookup(p)
				}
				time.Sleep(time.Minute)
				client := newClient(t, drive)
				start := time.Now()
				n, err := write(t.Context(), client, func(p string) string { return ids[p] })
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < 7*time.Second || took > 20*time.Second {
					t.Errorf("waited %v for a lag of 7 s", took)
				}
				if found, err := client.Nodes.Child(t.Context(), n.Parents[0], n.Name); err != nil || found.ID != n.ID {
					t.Errorf("not visible: %v", err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start = time.Now()
				if _, err := client.Nodes.Rename(ctx, n.ID, "again", acd.WaitVisible()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
			})
		})
	}
}

func TestTrashAndRestore(t *testing.T) {
	drive, client, id := plant(t, "a/f", "a/g", "h")
	folder, file := id("a"), id("h")
	for _, x := range []string{folder, file} {
		if _, err := client.Nodes.Trash(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	var trashed []string
	for n, err := range client.Nodes.Trashed(t.Context(), acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		trashed = append(trashed, n.Name)
	}
	slices.Sort(trashed)
	if diff := cmp.Diff([]string{"a", "h"}, trashed); diff != "" {
		t.Errorf("trash (-want +got):\n%s", diff)
	}
	if n, err := client.Nodes.Restore(t.Context(), folder); err != nil || n.Status != acd.StatusAvailable {
		t.Errorf("%+v, %v", n, err)
	}
	drive.WriteFile("h", []byte("another"))
	if _, err := client.Nodes.Restore(t.Context(), file); !errors.Is(err, acd.ErrExists) {
		t.Errorf("restored onto a name that is taken: %v", err)
	}
	if err := client.Nodes.Purge(t.Context(), file); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("purge: %v", err)
	}
	if _, err := client.Nodes.Trash(t.Context(), drive.RootID()); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("trash of the root: %v", err)
	}
}

func TestPains25BulkCallsReportEachNode(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithFirstParty(), mocks.WithPhotos())
	client := newClient(t, drive)
	var ids []string
	for i := range 120 {
		id, err := drive.WriteFile(fmt.Sprint(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := client.Nodes.TrashAll(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if n := len(drive.Snapshot().Tree); n != 0 {
		t.Errorf("%d nodes are left", n)
	}
	if err := client.Nodes.RestoreAll(t.Context(), ids[:60]); err != nil {
		t.Fatal(err)
	}
	if n := len(drive.Snapshot().Tree); n != 60 {
		t.Errorf("%d nodes came back, want 60", n)
	}
	unknown := "AAAAAAAAAAAAAAAAAAAAAA"
	err := client.Nodes.PurgeAll(t.Context(), append(ids[60:], unknown))
	var bulk *acd.BulkError
	if !errors.As(err, &bulk) || len(bulk.Failed) != 1 || bulk.Failed[unknown] == nil || !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if got := drive.Counters().ByOp["Nodes.PurgeAll"]; got != 2 {
		t.Errorf("%d requests for 61 ids, want 2", got)
	}
}

func TestProperties(t *testing.T) {
	drive, client, id := plant(t, "f")
	ctx, owner := t.Context(), drive.Owner()
	if err := client.Nodes.SetProperty(ctx, id("f"), owner, "mtime", "1462096800"); err != nil {
		t.Fatal(err)
	}
	if got, err := client.Nodes.Properties(ctx, id("f"), owner); err != nil || got["mtime"] != "1462096800" {
		t.Errorf("%v, %v", got, err)
	}
	if n, err := client.Nodes.Get(ctx, id("f")); err != nil || n.Properties[owner]["mtime"] != "1462096800" {
		t.Errorf("%v, %v", n.Properties, err)
	}
	if got, err := client.Nodes.Properties(ctx, id("f"), "another"); err != nil || len(got) != 0 {
		t.Errorf("another's: %v, %v", got, err)
	}
	if err := client.Nodes.SetProperty(ctx, id("f"), "another", "k", "v"); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("another's: %v", err)
	}
	for key, value := range map[string]string{"": "v", "a b": "v", strings.Repeat("k", 51): "v", "k": strings.Repeat("v", 501)} {
		if err := client.Nodes.SetProperty(ctx, id("f"), owner, key, value); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%.10q: %v", key, err)
		}
	}
	if err := client.Nodes.DeleteProperty(ctx, id("f"), owner, "mtime"); err != nil {
		t.Error(err)
	}
	if err := client.Nodes.DeleteProperty(ctx, id("f"), owner, "mtime"); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}

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

func TestPaths(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithCycles())
	drive.WriteFile("a/b/f", []byte("x"))
	drive.Mkdir("c／d")
	client := newClient(t, drive)
	f, _ := drive.Lookup("a/b/f")
	b, _ := drive.Lookup("a/b")
	c, _ := drive.Lookup("c／d")
	for _, add := range [][2]string{{f, drive.RootID()}, {b, c}} {
		if _, err := client.Nodes.AddParent(t.Context(), add[0], add[1]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := client.Nodes.Paths(t.Context(), f)
	if diff := cmp.Diff([]string{"a/b/f", "c／d/b/f", "f"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, p := range got {
		if n, err := client.Nodes.Resolve(t.Context(), "", p); err != nil || n.ID != f {
			t.Errorf("%q does not lead back: %v", p, err)
		}
	}
	if got, err := client.Nodes.Paths(t.Context(), drive.RootID()); err != nil || !slices.Equal(got, []string{""}) {
		t.Errorf("of the root: %q, %v", got, err)
	}
}

func TestAbout(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithQuota(1000))
	drive.WriteFile("a.jpg", make([]byte, 100))
	id, _ := drive.WriteFile("b.txt", make([]byte, 50))
	client := newClient(t, drive)
	if _, err := client.Nodes.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	about, err := client.Account.About(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if about.Total != 1000 || about.Free+about.Used > 1000 || about.Used < 100 || about.Files < 1 || about.Trashed != 50 {
		t.Errorf("%+v", about)
	}
	if about, err = client.Account.About(t.Context(), false); err != nil || about.Trashed != -1 {
		t.Errorf("%+v, %v", about, err)
	}
	if info, err := client.Account.Info(t.Context()); err != nil || info.Status != "ACTIVE" {
		t.Errorf("%+v, %v", info, err)
	}
	empty, mock := scripted(t)
	mock.RegisterNoResponder(httpmock.NewStringResponder(200, `{}`))
	if about, err := empty.Account.About(t.Context(), false); err != nil || *about != (acd.About{Trashed: -1}) {
		t.Errorf("of an account that says nothing: %+v, %v", about, err)
	}
}
