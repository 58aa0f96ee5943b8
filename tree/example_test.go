package tree_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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
