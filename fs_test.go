package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"testing"
	"testing/fstest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
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

// etag returns the entity tag of a FileInfo, in the way in which golang.org/x/net/webdav asks for
// it.
func etag(t *testing.T, info fs.FileInfo) string {
	t.Helper()
	tagged, ok := info.(interface {
		ETag(context.Context) (string, error)
	})
	if !ok {
		t.Fatalf("%T has no ETag", info)
	}
	tag, err := tagged.ETag(t.Context())
	if err != nil || len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		t.Errorf("%s: %q, %v is no strong entity tag", info.Name(), tag, err)
	}
	return tag
}

// The tag of a file depends only on its content, and is the same from Stat, Open and ReadDir. The
// tag of a folder changes when the folder changes.
func TestFSHasETagsAndNodes(t *testing.T) {
	drive := mocks.NewDrive()
	write := func(path, content string) {
		t.Helper()
		if _, err := drive.WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	write("dir/a", "same")
	write("dir/b", "same")
	write("dir/c", "other")
	client := newClient(t, drive)
	fsys := client.FS(t.Context(), "")
	stat := func(path string) fs.FileInfo {
		t.Helper()
		info, err := fs.Stat(fsys, path)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	a := etag(t, stat("dir/a"))
	if a != `"`+sum("same")+`"` || etag(t, stat("dir/b")) != a || etag(t, stat("dir/c")) == a {
		t.Errorf("tag %s", a)
	}
	f, err := fsys.Open("dir/a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || etag(t, info) != a {
		t.Errorf("of the open file: %v", err)
	}
	entries, err := fs.ReadDir(fsys, "dir")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := entries[0].Info(); err != nil || etag(t, info) != a {
		t.Errorf("of the entry: %v", err)
	}
	n, ok := stat("dir/a").Sys().(*acd.Node)
	if id, _ := drive.Lookup("dir/a"); !ok || n.ID != id {
		t.Errorf("Sys is %v", n)
	}

	folder := etag(t, stat("dir"))
	if _, err := client.Nodes.Rename(t.Context(), stat("dir").Sys().(*acd.Node).ID, "renamed"); err != nil {
		t.Fatal(err)
	}
	if renamed := etag(t, stat("renamed")); renamed == folder {
		t.Errorf("the folder's tag is still %s", renamed)
	}

	// If the service does not send the MD5 of a file, the file has a tag too. That tag changes with
	// the version.
	server := foreign.Start(t)
	id := server.AddFile(server.Root(), "f", "x")
	server.Set(id, "contentProperties.md5", foreign.Absent)
	info, err := fs.Stat(foreignClient(t, server).FS(t.Context(), ""), "f")
	if err != nil {
		t.Fatal(err)
	}
	first := etag(t, info)
	server.Set(id, "version", 9)
	if info, err = fs.Stat(foreignClient(t, server).FS(t.Context(), ""), "f"); err != nil || etag(t, info) == first {
		t.Errorf("the tag is still %s: %v", first, err)
	}
}
