package export_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
)

// Where the service knows no MD5 the size is compared, and the account says so.
func TestPhotosWithoutMD5(t *testing.T) {
	drive, client := newLibrary(t)
	writePhoto(t, drive, "scan.jpg", "a scan", mocks.Photo{NoMD5: true})
	writePhoto(t, drive, "scan2.jpg", "a scan", mocks.Photo{NoMD5: true}) // nobody can say that it is the same
	dir := t.TempDir()
	account := run(t, client, dir, export.Options{})
	var text strings.Builder
	account.Write(&text)
	if !account.Complete() || account.Present != 2 || account.Unverified != 2 || !strings.Contains(text.String(), "       2  present, compared by size only") {
		t.Errorf("%+v\n%s", account, text.String())
	}
	for _, l := range readManifest(t, dir) {
		if !l.Unverified {
			t.Errorf("%+v", l)
		}
	}
	// A run that is killed between the last rename and the last line of the journal has the file, and does not know it.
	forget(t, dir, `,"present":true`)
	if again := run(t, client, dir, export.Options{Verify: true}); again.Unverified != 2 || checkFiles(t, dir) != 2 {
		t.Errorf("%+v", again)
	}
}

// forget takes a text out of the journal.
func forget(t *testing.T, dir, text string) {
	t.Helper()
	journal := filepath.Join(dir, ".acd-photos", "journal.jsonl")
	lines, err := os.ReadFile(journal)
	if err != nil || !strings.Contains(string(lines), text) {
		t.Fatalf("%s, %v", lines, err)
	}
	if err := os.WriteFile(journal, []byte(strings.ReplaceAll(string(lines), text, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEmptyPhotos(t *testing.T) {
	drive, client := newLibrary(t)
	writePhoto(t, drive, "empty.jpg", "", mocks.Photo{})
	writePhoto(t, drive, "empty2.jpg", "", mocks.Photo{NoMD5: true})
	dir := t.TempDir()
	if account := run(t, client, dir, export.Options{}); !account.Complete() || account.Present != 2 || checkFiles(t, dir) != 2 {
		t.Errorf("%+v", account)
	}
	if account := run(t, client, dir, export.Options{Verify: true}); account.New != 0 || account.Verified != 2 {
		t.Errorf("%+v", account)
	}
}

// A directory where a file should be stays, beside the file.
func TestDirectoryWhereAFileShouldBe(t *testing.T) {
	drive, client := newLibrary(t)
	id := writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
	dir := t.TempDir()
	inTheWay := filepath.Join(dir, "2019", "07", "a.jpg")
	put := func() {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(inTheWay, "mine"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	put()
	run(t, client, dir, export.Options{})
	if got := paths(t, dir)["a.jpg"]; len(got) != 1 || got[0] != "2019/07/a~"+id[:8]+".jpg" {
		t.Errorf("%v", got)
	}
	checkFiles(t, dir)

	// It came later: the file keeps its path.
	dir = t.TempDir()
	inTheWay = filepath.Join(dir, "2019", "07", "a.jpg")
	run(t, client, dir, export.Options{})
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	put()
	account := run(t, client, dir, export.Options{})
	if _, err := os.Stat(filepath.Join(dir, "2019", "07", "a.kept1.jpg", "mine")); err != nil || !account.Complete() {
		t.Errorf("%v, %+v", err, account)
	}
	checkFiles(t, dir)
}

// A file where a month's folder should be fails all of that month, counted once, and nothing else.
func TestFileWhereAFolderShouldBe(t *testing.T) {
	drive, client := newLibrary(t)
	writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
	writePhoto(t, drive, "b.jpg", "b", mocks.Photo{})
	writePhoto(t, drive, "c.jpg", "c", mocks.Photo{Taken: "2020:01:01 00:00:00"})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "2019"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	account := run(t, client, dir, export.Options{})
	if account.Complete() || account.Present != 1 || len(account.Failed) != 1 || account.Missing != 0 {
		t.Errorf("%+v", account)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "2019")); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

// Links that somebody has put into the directory lead nowhere else.
func TestLinksThatLeadOutside(t *testing.T) {
	for name, plant := range map[string]func(t *testing.T, dir, outside string){
		"a folder": func(t *testing.T, dir, outside string) { link(t, outside, filepath.Join(dir, "2019")) },
		"a file": func(t *testing.T, dir, outside string) {
			if err := os.MkdirAll(filepath.Join(dir, "2019", "07"), 0o777); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(outside, "x"), filepath.Join(dir, "2019", "07", "a.jpg"))
		},
		"the state": func(t *testing.T, dir, outside string) { link(t, outside, filepath.Join(dir, ".acd-photos")) },
		"the journal": func(t *testing.T, dir, outside string) {
			if err := os.Mkdir(filepath.Join(dir, ".acd-photos"), 0o777); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(outside, "x"), filepath.Join(dir, ".acd-photos", "journal.jsonl"))
		},
		"the lock": func(t *testing.T, dir, outside string) {
			if err := os.Mkdir(filepath.Join(dir, ".acd-photos"), 0o777); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(outside, "x"), filepath.Join(dir, ".acd-photos", "lock"))
		},
		"the manifest": func(t *testing.T, dir, outside string) {
			link(t, filepath.Join(outside, "x"), filepath.Join(dir, "manifest.jsonl"))
		},
		"the new journal": func(t *testing.T, dir, outside string) {
			if err := os.Mkdir(filepath.Join(dir, ".acd-photos"), 0o777); err != nil {
				t.Fatal(err)
			}
			link(t, filepath.Join(outside, "x"), filepath.Join(dir, ".acd-photos", "journal.jsonl.new"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client := newLibrary(t)
			writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
			dir, outside := t.TempDir(), t.TempDir()
			plant(t, dir, outside)
			account, err := export.Run(t.Context(), client, dir, export.Options{})
			isEmpty(t, outside)
			switch name {
			case "a folder":
				if err != nil || account.Complete() || len(account.Failed) != 1 {
					t.Errorf("%v, %+v", err, account)
				}
			case "the state", "the journal", "the lock":
				if err == nil || !strings.Contains(err.Error(), "is in the way") {
					t.Errorf("%v, %+v", err, account)
				}
			default:
				if err != nil || !account.Complete() {
					t.Errorf("%v, %+v", err, account)
				}
			}
		})
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("every file can be read by this user")
	}
	drive, client := newLibrary(t)
	writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if account, err := export.Run(t.Context(), client, dir, export.Options{}); !errors.Is(err, os.ErrPermission) || account != nil {
		t.Errorf("%v, %+v", err, account)
	}
}
