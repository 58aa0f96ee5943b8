package transfer_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/acd-sdk/acd/internal/foreign"
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

// Modification times survive an upload and a download, and need no extra request.
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
	// One file gets new content and a new time, another one only a new time.
	write(t, from, files{"a": "changed"})
	touch(t, filepath.Join(from, "a"), newer)
	touch(t, filepath.Join(from, "c"), newer)
	upload(map[mocks.Op]int{"Content.Overwrite": 1, "Nodes.SetProperty": 2})

	write(t, to, files{"c": "3"}) // exists already, with another time
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

// The times of directories survive too, although each file that is written into a directory changes
// its time.
func TestModificationTimesOfDirectoriesSurvive(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	from, to := t.TempDir(), t.TempDir()
	write(t, from, files{"a/1": "1", "a/b/2": "2", "a/b/c/3": "3", "z/4": "4"})
	if err := os.Mkdir(filepath.Join(from, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	times := map[string]time.Time{}
	for i, name := range []string{"empty", "a/b/c", "a/b", "a", "z"} {
		times[name] = time.Date(2001+i, 2, 3, 4, 5, 6, 123456700, time.UTC)
	}
	// An earlier run has made "z" without its time.
	if _, err := drive.Mkdir("b/z"); err != nil {
		t.Fatal(err)
	}
	touchAll := func() {
		t.Helper()
		for _, name := range []string{"a/b/c", "a/b", "a", "z", "empty"} {
			touch(t, filepath.Join(from, name), times[name])
		}
	}
	touchAll()
	opts := transfer.Options{ModTimeOwner: drive.Owner()}
	upload := func(opts transfer.Options, folders, properties int) {
		t.Helper()
		drive.ClearJournal()
		if _, err := transfer.Upload(t.Context(), client, from, "b", opts); err != nil {
			t.Fatal(err)
		}
		if by := drive.Counters().ByOp; by[mocks.OpNodesCreateFolder] != folders || by[mocks.OpNodesSetProperty] != properties {
			t.Errorf("%d folders made and %d properties set, want %d and %d", by[mocks.OpNodesCreateFolder], by[mocks.OpNodesSetProperty], folders, properties)
		}
	}
	dry := opts
	dry.DryRun = true
	upload(dry, 0, 0)
	upload(opts, 4, 1) // the time of a folder is sent in the request that makes the folder
	upload(opts, 0, 0)
	if got, want := drive.Snapshot().Tree["b/a/b"].Properties[drive.Owner()]["mtime"], "2003-02-03T04:05:06.1234567Z"; got != want {
		t.Errorf("the property is %q, want %q", got, want)
	}
	times["a/b"] = times["a/b"].Add(time.Hour)
	touchAll()
	upload(opts, 0, 1)
	if p := drive.Snapshot().Tree["b"].Properties; len(p) > 0 {
		t.Errorf("the folder that was copied into has properties: %v", p)
	}

	download := func() {
		t.Helper()
		if _, err := transfer.Download(t.Context(), client, "b", to, opts); err != nil {
			t.Fatal(err)
		}
		for name, want := range times {
			if got := modTime(t, filepath.Join(to, name)); !got.Equal(want) {
				t.Errorf("%s is of %v, want %v", name, got, want)
			}
		}
	}
	download()
	download()
	write(t, to, files{"a/b/extra": "x"}) // this changes the time of a/b
	download()
}

// A dry run sets no times, and neither does a folder that is not made. If the time of a folder is
// not valid, only this folder fails.
func TestModificationTimesOfDirectoriesThatAreNotMade(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	for path, text := range map[string]string{"b/good/f.txt": "2001-02-03T04:05:06Z", "b/bad/f.txt": "yesterday", "b/left out/f.jpg": "2001-02-03T04:05:06Z"} {
		if _, err := drive.WriteFile(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
		id, _ := drive.Lookup(filepath.ToSlash(filepath.Dir(path)))
		if err := client.Nodes.SetProperty(t.Context(), id, drive.Owner(), "mtime", text); err != nil {
			t.Fatal(err)
		}
	}
	to := t.TempDir()
	opts := transfer.Options{ModTimeOwner: drive.Owner(), Include: []string{"*.txt"}, DryRun: true}
	if _, err := transfer.Download(t.Context(), client, "b", to, opts); err != nil {
		t.Error(err)
	}
	opts.DryRun = false
	report, err := transfer.Download(t.Context(), client, "b", to, opts)
	if err == nil || report.Failed != 1 || report.Copied != 2 {
		t.Errorf("report %+v, error %v", report, err)
	}
	if got := modTime(t, filepath.Join(to, "good")); !got.Equal(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)) {
		t.Errorf("good is of %v", got)
	}
	if _, err := os.Stat(filepath.Join(to, "left out")); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
}

// If another program makes the folder meanwhile, the folder gets its time in a separate request.
// The service was written independently of the client.
func TestModificationTimesOfForeignFolders(t *testing.T) {
	s := foreign.Start(t)
	client := foreignClient(t, s)
	from, to := t.TempDir(), t.TempDir()
	write(t, from, files{"dir/f": "x"})
	when := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	touch(t, filepath.Join(from, "dir"), when)
	top := s.AddFolder(s.Root(), "b")
	s.Hook(foreign.Times(1, "POST nodes", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.AddFolder(top, "dir") // just before the request
			next.ServeHTTP(w, r)
		})
	}))
	opts := transfer.Options{ModTimeOwner: "us"}
	if _, err := transfer.Upload(t.Context(), client, from, "b", opts); err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Download(t.Context(), client, "b", to, opts); err != nil {
		t.Fatal(err)
	}
	if got := modTime(t, filepath.Join(to, "dir")); !got.Equal(when) {
		t.Errorf("the folder is of %v, want %v", got, when)
	}
}
