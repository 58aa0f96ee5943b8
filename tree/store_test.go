package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/tree"
)

// The tree and the checkpoint are in one file. Watch continues at the checkpoint of the tree.
func TestStoreKeepsTreeAndCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := drive.Client(t.Context())
		drive.WriteFile("dir/a", []byte("1"))
		path := filepath.Join(t.TempDir(), "tree")

		store := tree.NewStore(tree.New(), path)
		watch := func(store *tree.Store, polls int) {
			t.Helper()
			ctx, cancel := context.WithCancelCause(t.Context())
			enough := errors.New("enough")
			handle := func(ctx context.Context, set *acd.ChangeSet) error {
				err := store.Handle(ctx, set)
				if set.End {
					if polls--; polls == 0 {
						cancel(enough)
					}
				}
				return err
			}
			if err := client.Changes.Watch(ctx, store, handle, acd.WatchOptions{Interval: time.Minute}); !errors.Is(err, enough) {
				t.Fatal(err)
			}
		}
		watch(store, 1)
		loaded, err := tree.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := loaded.Lookup("dir/a"); !ok || loaded.Checkpoint() == "" {
			t.Errorf("the file holds %d nodes and the checkpoint %q", loaded.Len(), loaded.Checkpoint())
		}

		// In another run of the program nothing has changed, so nothing is written.
		before := stamp(t, path)
		store = tree.NewStore(loaded, path)
		watch(store, 3)
		if after := stamp(t, path); after != before {
			t.Error("the file was written although nothing had changed")
		}
		drive.WriteFile("dir/b", []byte("2"))
		watch(store, 2)
		if loaded, err = tree.Load(path); err != nil {
			t.Fatal(err)
		}
		if _, ok := loaded.Lookup("dir/b"); !ok || stamp(t, path) == before {
			t.Error("what is new is not in the file")
		}
	})
}

// stamp returns a text that differs between two versions of a file.
func stamp(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%v %x", info.ModTime().UnixNano(), text)
}

// While the tree fills for the first time, the file is not written after every set.
func TestStoreWritesLittleWhileTheTreeFills(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tree")
	store := tree.NewStore(tree.New(), path)
	writes, last := 0, ""
	const sets = 200
	for i := range sets {
		set := &acd.ChangeSet{Checkpoint: fmt.Sprint("c", i), Reset: i == 0, Nodes: []*acd.Node{node(fmt.Sprint("n", i), "N", 1, "root")}}
		if err := store.Handle(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		if err := store.Save(t.Context(), set.Checkpoint); err != nil {
			t.Fatal(err)
		}
		if now := stamp(t, path); now != last {
			writes, last = writes+1, now
		}
	}
	if writes > 20 {
		t.Errorf("%d writes for %d sets", writes, sets)
	}
	if err := store.Handle(t.Context(), &acd.ChangeSet{Checkpoint: fmt.Sprint("c", sets-1), End: true}); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(path)
	if err != nil || loaded.Len() != sets || loaded.Checkpoint() != fmt.Sprint("c", sets-1) {
		t.Errorf("at the end the file holds %d nodes: %v", loaded.Len(), err)
	}
}

// If the changes of a checkpoint are not in the tree, saving the checkpoint would lose these
// changes. It is an error.
func TestStoreRefusesACheckpointThatTheTreeIsNotAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tree")
	tr := tree.New()
	store := tree.NewStore(tr, path)
	if err := store.Save(t.Context(), "elsewhere"); err == nil {
		t.Error("no error")
	}
	applied(t, tr, rootNode())
	if got, err := store.Load(t.Context()); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	// If a write fails, the next write saves the same changes.
	gone := filepath.Join(t.TempDir(), "no directory", "tree")
	store = tree.NewStore(tr, gone)
	if err := store.Save(t.Context(), ""); err == nil {
		t.Error("no error")
	}
	if err := os.Mkdir(filepath.Dir(gone), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.Save(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if loaded, err := tree.Load(gone); err != nil || loaded.Len() != 1 {
		t.Error(err)
	}
}

// A node of the tree can be downloaded without a request to find it.
func TestNodesOfTheTreeGoIntoCalls(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	drive.WriteFile("dir/a", []byte("old content"))
	tr := tree.New()
	if err := tr.Sync(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	n, _ := tr.Lookup("dir/a")
	drive.ClearJournal()
	var b bytes.Buffer
	r, err := client.Content.Open(t.Context(), n.AsNode())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(&b, r); err != nil || b.String() != "old content" || drive.Counters().ByOp[mocks.OpNodesGet] != 0 {
		t.Errorf("%q, %v, requests %v", b.String(), err, drive.Counters().ByOp)
	}
	want, err := client.Nodes.Get(t.Context(), n.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := n.AsNode()
	if got.Name != want.Name || got.RawName != want.RawName || got.Kind != want.Kind || got.Status != want.Status || got.Version != want.Version ||
		!got.ModifiedDate.Equal(want.ModifiedDate) || got.Size() != want.Size() || got.MD5() != want.MD5() || got.IsRoot || !got.HasParent(want.Parents[0]) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if root, _ := tr.Root(); !root.IsRoot || !root.AsNode().IsRoot {
		t.Error("the root is none")
	}

	drive.WriteFile("dir/a", []byte("new content"))
	if err := client.Content.DownloadFile(t.Context(), n.AsNode(), filepath.Join(t.TempDir(), "a")); !errors.Is(err, acd.ErrChecksum) && !errors.Is(err, acd.ErrChanged) {
		t.Errorf("of content that was replaced: %v", err)
	}
}
