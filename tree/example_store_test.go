package tree_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/tree"
)

// A program follows the drive and gets the moved nodes by their paths.
func ExampleOnUpdate() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	drive.WriteFile("Inbox/letter.txt", []byte("Dear all"))
	t := tree.New()
	if err := t.Sync(ctx, client); err != nil {
		fmt.Println(err)
		return
	}

	id, _ := drive.Lookup("Inbox")
	if _, err := client.Nodes.Rename(ctx, id, "Archive"); err != nil {
		fmt.Println(err)
		return
	}
	err := t.Sync(ctx, client, tree.OnUpdate(func(u tree.Update) {
		for _, c := range u.Changes { // the letter moves with its folder, so it has no change of its own
			fmt.Println(c.From, "->", c.To)
		}
	}))
	fmt.Println(err)
	// Output:
	// [Inbox] -> [Archive]
	// <nil>
}

// The tree is kept in a file, together with its checkpoint in the feed.
func ExampleStore() {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	drive.WriteFile("Inbox/letter.txt", []byte("Dear all"))
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "tree")

	t, err := tree.Load(file)
	if err != nil { // the first time, or the file was damaged
		t = tree.New()
	}
	store := tree.NewStore(t, file)
	enough := errors.New("the example has seen enough")
	handle := func(ctx context.Context, set *acd.ChangeSet) error {
		if set.End {
			stop(enough)
		}
		return store.Handle(ctx, set)
	}
	err = client.Changes.Watch(ctx, store, handle, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}})
	fmt.Println(errors.Is(err, enough))

	t, err = tree.Load(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	n, ok := t.Lookup("Inbox/letter.txt")
	fmt.Println(n.Name, ok)
	// Output:
	// true
	// letter.txt true
}

// A file is found in the tree and downloaded. No request is needed to find it.
func ExampleNode_AsNode() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	drive.WriteFile("Inbox/letter.txt", []byte("Dear all"))
	t := tree.New()
	if err := t.Sync(ctx, client); err != nil {
		fmt.Println(err)
		return
	}
	n, _ := t.Lookup("Inbox/letter.txt")
	r, err := client.Content.Open(ctx, n.AsNode())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Println(string(text), err)
	// Output:
	// Dear all <nil>
}
