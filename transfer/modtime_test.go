package transfer_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

func touch(t *testing.T, path string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func modTime(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// Modification times survive, and cost no request.
func TestModificationTimesSurvive(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	from, to := t.TempDir(), t.TempDir()
	write(t, from, files{"a": "1", "sub/b": "2", "c": "3"})
	old := time.Date(1999, 12, 31, 23, 59, 59, 123456700, time.FixedZone("", 3600))
	newer := time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, name := range []string{"a", "sub/b", "c"} {
		touch(t, filepath.Join(from, name), old)
	}
	opts := transfer.Options{ModTimeOwner: drive.Owner()}
	upload := func(requests map[mocks.Op]int) {
		t.Helper()
		drive.ClearJournal()
		if _, err := transfer.Upload(t.Context(), client, from, "b", opts); err != nil {
			t.Fatal(err)
		}
		got := drive.Counters().ByOp
		for _, op := range []mocks.Op{mocks.OpContentUpload, mocks.OpContentOverwrite, mocks.OpNodesSetProperty} {
			if got[op] != requests[op] {
				t.Errorf("%d calls of %s, want %d", got[op], op, requests[op])
			}
		}
	}
	upload(map[mocks.Op]int{"Content.Upload": 3})
	if got, want := drive.Snapshot().Tree["b/a"].Properties[drive.Owner()]["mtime"], "1999-12-31T22:59:59.1234567Z"; got != want {
		t.Errorf("the property is %q, want %q", got, want)
	}
	upload(nil)
	// New content and new time; the same content and a new time.
	write(t, from, files{"a": "changed"})
	touch(t, filepath.Join(from, "a"), newer)
	touch(t, filepath.Join(from, "c"), newer)
	upload(map[mocks.Op]int{"Content.Overwrite": 1, "Nodes.SetProperty": 2})

	write(t, to, files{"c": "3"}) // there already, with another time
	for range 2 {
		if _, err := transfer.Download(t.Context(), client, "b", to, opts); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]time.Time{"a": newer, "sub/b": old, "c": newer} {
			if got := modTime(t, filepath.Join(to, name)); !got.Equal(want) {
				t.Errorf("%s is of %v, want %v", name, got, want)
			}
		}
	}
}

func TestWithoutModificationTimes(t *testing.T) {
	drive := mocks.NewDrive()
	from := t.TempDir()
	write(t, from, files{"a": "1"})
	if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	if p := drive.Snapshot().Tree["b/a"].Properties; len(p) > 0 {
		t.Errorf("the node has properties: %v", p)
	}
}
