package tree_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/tree"
)

func Example() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	drive.WriteFile("Pictures/2015/cat.jpg", []byte("a cat"))
	drive.WriteFile("Pictures/copy of cat.jpg", []byte("a cat"))

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "tree.ndjson.gz")

	t, err := tree.Load(file)
	if err != nil { // the first time, or the file was damaged
		t = tree.New()
	}
	if err := t.Sync(ctx, client); err != nil {
		fmt.Println(err)
		return
	}

	cat, ok := t.Lookup("pictures/2015/CAT.jpg")
	fmt.Println(cat.Name, cat.Size, ok)
	fmt.Println("equal files:", len(t.ByMD5(cat.MD5)))
	root, _ := t.Root()
	files, folders, bytes := t.Totals(root.ID)
	fmt.Println(files, "files,", folders, "folders,", bytes, "bytes")
	fmt.Println(t.Save(file))
	// Output:
	// cat.jpg 5 true
	// equal files: 2
	// 2 files, 2 folders, 10 bytes
	// <nil>
}

// treeStore is a checkpoint store that saves the whole tree: the file always holds a tree and the
// checkpoint that belongs to it.
type treeStore struct {
	tree *tree.Tree
	file string
}

func (s treeStore) Load(context.Context) (string, error) { return s.tree.Checkpoint(), nil }
func (s treeStore) Save(context.Context, string) error   { return s.tree.Save(s.file) }

// The tree follows the drive for as long as the program runs.
func ExampleTree_Apply() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	drive.WriteFile("a.txt", nil)
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	t := tree.New()
	store := treeStore{t, filepath.Join(dir, "tree.ndjson.gz")}
	errSeen := errors.New("seen b.txt")
	err = client.Changes.Watch(ctx, store, func(_ context.Context, set *acd.ChangeSet) error {
		if err := t.Apply(set); err != nil {
			return err
		}
		if _, ok := t.Lookup("b.txt"); ok {
			return errSeen // a real program would return nil and continue
		}
		drive.WriteFile("b.txt", nil) // somebody changes the drive
		return nil
	}, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}, Interval: time.Millisecond})
	fmt.Println(errors.Is(err, errSeen))

	again, err := tree.Load(store.file)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, ok := again.Lookup("a.txt")
	fmt.Println(ok)
	// Output:
	// true
	// true
}

// Files with equal content are found by the MD5s that the service knows. This needs no request and
// reads no file.
func ExampleTree_ByMD5() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("2015/cat.jpg", []byte("a cat"))
	drive.WriteFile("best of/cat.jpg", []byte("a cat"))
	drive.WriteFile("2015/dog.jpg", []byte("a dog"))
	t := tree.New()
	if err := t.Sync(ctx, drive.Client(ctx)); err != nil {
		fmt.Println(err)
		return
	}
	cat, _ := t.Lookup("2015/cat.jpg")
	var paths []string
	for _, n := range t.ByMD5(cat.MD5) {
		paths = append(paths, t.Paths(n.ID)...)
	}
	slices.Sort(paths)
	fmt.Println(paths)
	// Output: [2015/cat.jpg best of/cat.jpg]
}
