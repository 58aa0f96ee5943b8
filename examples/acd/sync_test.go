package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// For an upload, files that are only on the drive go to its trash, within limits.
func TestSyncUp(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	p := newPerson(t).with(drive)
	p.run("copy", from, "mock:src").ok()
	if _, err := drive.WriteFile("src/extra", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if o := p.run("sync", "-n", from, "mock:src").ok(); !strings.Contains(o.out, `would be trashed: "extra"`) || len(drive.Snapshot().Trash) > 0 {
		t.Errorf("%s", o.out)
	}
	if o := p.run("sync", "-check", from, "mock:src").ok(); o.row("trashed") != "1" || !strings.Contains(o.out, checkedClean) {
		t.Errorf("%s", o.out)
	}
	for _, name := range []string{"sub", "deep"} {
		if err := os.RemoveAll(filepath.Join(from, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{from, "mock:src"}, 1, "-max-trash"},
		{[]string{"-max-trash", "2", "-max-trash-share", "1", from, "mock:src"}, 1, "-max-trash"},
		{[]string{t.TempDir(), "mock:src"}, 1, "-allow-empty"},
		{[]string{from, "mock:"}, 2, "mock:backup"},
		{[]string{from, from}, 2, "REMOTE:PATH"},
		{[]string{"mock:a", "mock:b"}, 2, "acd copy"},
		{[]string{"-max-trash-share", "0", from, "mock:src"}, 2, "-max-trash-share"},
	} {
		o := p.run(append([]string{"sync"}, tc.args...)...)
		if o.status != tc.status || !strings.Contains(o.err, tc.want) || strings.Count(o.err, "\n") != 1 || len(drive.Snapshot().Trash) != 1 {
			t.Errorf("%v: status %d\n%s", tc.args, o.status, o.err)
		}
	}
	if o := p.run("sync", "-max-trash-share", "1", from, "mock:src").ok(); o.row("trashed") != "2" {
		t.Errorf("%s", o.out)
	}
}

// For a download, files that are only local are moved to a dated folder, within limits. This folder
// must not be inside of the directory, because a later upload would copy it.
func TestSyncDown(t *testing.T) {
	drive, to := mocks.NewDrive(), filepath.Join(t.TempDir(), "to")
	p := newPerson(t).with(drive)
	p.run("copy", source(t), "mock:src").ok()
	p.run("sync", "-n", "mock:src", to).ok()
	p.run("sync", "mock:src", to).ok()
	write(t, filepath.Join(to, "mine.txt"), "mine")
	write(t, filepath.Join(to, "sub", "old", "deep.txt"), "deep")
	write(t, filepath.Join(to, "keep.bak"), "left out")
	if o := p.run("sync", "-n", "mock:src", to).ok(); !strings.Contains(o.out, `would be moved away: "mine.txt"`) || o.row("trashed") != "3" {
		t.Errorf("%s", o.out)
	}
	if o := p.run("sync", "-max-trash", "1", "mock:src", to); o.status != 1 || !strings.Contains(o.err, "-max-trash") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	o := p.run("sync", "-exclude", "*.bak", "mock:src", to).ok()
	if o.row("trashed") != "2" || !strings.Contains(o.out, "2 files and folders that are not on the drive were moved to "+to+".acd-removed") {
		t.Errorf("%s", o.out)
	}
	dated, err := filepath.Glob(filepath.Join(to+".acd-removed", "*"))
	if err != nil || len(dated) != 1 {
		t.Fatalf("%q, %v", dated, err)
	}
	for path, want := range map[string]string{"mine.txt": "mine", "sub/old/deep.txt": "deep"} {
		if got, err := os.ReadFile(filepath.Join(dated[0], filepath.FromSlash(path))); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
		if _, err := os.Stat(filepath.Join(to, filepath.FromSlash(path))); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "keep.bak")); err != nil {
		t.Errorf("what the patterns leave out is gone: %v", err)
	}
	if o := p.run("sync", "-backup-dir", filepath.Join(to, "removed"), "mock:src", to); o.status != 2 || !strings.Contains(o.err, "-backup-dir") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	if _, err := drive.Mkdir("empty"); err != nil {
		t.Fatal(err)
	}
	if o := p.run("sync", "-max-trash-share", "1", "mock:empty", to); o.status != 1 || !strings.Contains(o.err, "-allow-empty") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// If a folder holds a file that the patterns leave out, the folder stays, and only its other files
// are moved away.
func TestSyncDownTakesFilesWherePatternsLeaveSomethingOut(t *testing.T) {
	drive, to := mocks.NewDrive(), t.TempDir()
	p := newPerson(t).with(drive)
	if _, err := drive.WriteFile("src/a", []byte("a")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(to, "old", "b"), "b")
	write(t, filepath.Join(to, "old", "c.bak"), "c")
	p.run("sync", "-exclude", "*.bak", "-max-trash-share", "1", "mock:src", to).ok()
	if _, err := os.Stat(filepath.Join(to, "old", "c.bak")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(to, "old", "b")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
