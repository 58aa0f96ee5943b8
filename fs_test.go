package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"testing"
	"testing/fstest"

	"github.com/acd-sdk/acd/mocks"
)

func TestFSBehavesAsAFileSystem(t *testing.T) {
	_, client, id := plant(t, "a/b/f.txt", "a/empty/", "C/AC／DC", "C/．．", "C/not ‛FF utf-8", "top")
	if err := fstest.TestFS(client.FS(t.Context(), ""), "a/b/f.txt", "a/empty", "C/AC／DC", "C/．．", "C/not ‛FF utf-8", "top"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(client.FS(t.Context(), id("a")), "b/f.txt", "empty"); err != nil {
		t.Error(err)
	}
	fsys := client.FS(t.Context(), "")
	for _, name := range []string{"a/B/f.txt", "nope", "a/b/f.txt/x"} {
		if _, err := fs.Stat(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if data, err := fs.ReadFile(fsys, "C/AC／DC"); err != nil || string(data) != "C/AC／DC" {
		t.Errorf("%q, %v", data, err)
	}
}

func ExampleClient_FS() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("site/index.html", []byte("<h1>hello</h1>"))
	drive.WriteFile("site/css/main.css", nil)

	err := fs.WalkDir(drive.Client(ctx).FS(ctx, ""), "site", func(path string, d fs.DirEntry, err error) error {
		fmt.Println(path)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// site
	// site/css
	// site/css/main.css
	// site/index.html
}
