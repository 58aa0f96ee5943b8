package transfer_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// files is a tree: contents by path. A path that ends in a slash is a folder.
type files map[string]string

func write(t testing.TB, dir string, tree files) {
	t.Helper()
	for path, content := range tree {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if strings.HasSuffix(path, "/") {
			if err := os.MkdirAll(full, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// local returns the tree of a directory.
func local(t testing.TB, dir string) files {
	t.Helper()
	tree := files{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir():
			tree[rel+"/"] = ""
		case d.Type()&fs.ModeSymlink != 0:
			tree[rel], err = os.Readlink(path)
			tree[rel] = "-> " + tree[rel]
		default:
			var b []byte
			b, err = os.ReadFile(path)
			tree[rel] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// remote returns the tree of a folder on the drive.
func remote(t testing.TB, d *mocks.Drive, folder string) files {
	t.Helper()
	tree := files{}
	for path, e := range d.Snapshot().Tree {
		rel, ok := strings.CutPrefix(path, folder+"/")
		if !ok {
			continue
		}
		if e.Kind == "FOLDER" {
			tree[rel+"/"] = ""
			continue
		}
		b, err := d.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree[rel] = string(b)
	}
	return tree
}

func seed(t testing.TB, d *mocks.Drive, tree files) {
	t.Helper()
	for path, content := range tree {
		var err error
		if folder, ok := strings.CutSuffix(path, "/"); ok {
			_, err = d.Mkdir(folder)
		} else {
			_, err = d.WriteFile(path, []byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func equal(t testing.TB, want, got any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// events records the calls of OnEvent, one line each, in no order. It also checks that only one
// call runs at a time.
type events struct {
	lines []string
	busy  atomic.Bool
}

func (l *events) add(t testing.TB) func(transfer.Event) {
	return func(e transfer.Event) {
		if l.busy.Swap(true) {
			t.Error("two calls of OnEvent at once")
		}
		line := e.Action.String() + " " + e.Path
		if e.Why != "" {
			line += ": " + e.Why
		}
		l.lines = append(l.lines, line)
		l.busy.Store(false)
	}
}

func (l *events) sorted() []string {
	slices.Sort(l.lines)
	return l.lines
}

// tree returns a tree with the usual difficulties: deep folders, empty files and folders, equal
// contents, odd names.
func tree() files {
	f := files{
		"a.txt": "alpha", "empty": "", "sub/b.txt": "beta", "sub/twin.txt": "alpha", "sub/deeper/c.bin": strings.Repeat("c", 100_000),
		"bare/": "", "names/你好.mkv": "1", "names/quo\"te'.txt": "2", "names/new\r\nline": "3", "names/not utf-8 \xff": "4",
		"names/...": "5", "names/fullwidth \uff0f slash": "6", "names/\uff0e": "7", "names/\u201b\uff0f": "8", "names/%2F": "9", "names/ lead and trail ": "10",
	}
	for i := range 40 {
		f[fmt.Sprintf("many/%02d/file", i)] = fmt.Sprint("content ", i)
	}
	return f
}

// withFolders returns the files and all folders above them.
func withFolders(f files) files {
	all := maps.Clone(f)
	for path := range f {
		for dir := strings.TrimSuffix(path, "/"); strings.Contains(dir, "/"); {
			dir = dir[:strings.LastIndex(dir, "/")]
			all[dir+"/"] = ""
		}
	}
	return all
}
