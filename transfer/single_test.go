package transfer_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

func TestSingleFileGoesUp(t *testing.T) {
	for name, tc := range map[string]struct {
		to   string
		want files // on the whole drive
	}{
		"to a path":                     {"b/sub/other.txt", files{"b/keep": "k", "b/sub/other.txt": "content"}},
		"into a folder that is there":   {"b", files{"b/keep": "k", "b/one.txt": "content"}},
		"into a folder by its slash":    {"new/", files{"b/keep": "k", "new/one.txt": "content"}},
		"into the root":                 {"", files{"b/keep": "k", "one.txt": "content"}},
		"over a file":                   {"b/keep", files{"b/keep": "content"}},
		"to a path that is not clean":   {"/x/../b//./two.txt", files{"b/keep": "k", "b/two.txt": "content"}},
		"under a name with a slash":     {"b/a／b", files{"b/keep": "k", "b/a／b": "content"}},
		"to where it is, in other case": {"b/KEEP", files{"b/keep": "content"}},
	} {
		t.Run(name, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, files{"one.txt": "content", "two": "not copied"})
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/keep": "k"})
			for _, want := range []transfer.Report{{Copied: 1, Bytes: 7}, {Identical: 1}} {
				report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), filepath.Join(from, "one.txt"), tc.to, transfer.Options{})
				if err != nil {
					t.Fatal(err)
				}
				equal(t, &want, report)
			}
			got := files{}
			for path, e := range drive.Snapshot().Tree {
				if e.Kind != "FOLDER" {
					b, err := drive.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					got[path] = string(b)
				}
			}
			equal(t, tc.want, got)
		})
	}
}

func TestSingleFileComesDown(t *testing.T) {
	for name, tc := range map[string]struct {
		to   string
		want files
	}{
		"to a path":                   {"new/sub/other.txt", files{"there/": "", "there/old": "o", "new/": "", "new/sub/": "", "new/sub/other.txt": "content"}},
		"into a directory":            {"there", files{"there/": "", "there/old": "o", "there/one.txt": "content"}},
		"into a directory by a slash": {"new/", files{"there/": "", "there/old": "o", "new/": "", "new/one.txt": "content"}},
		"over a file":                 {"there/old", files{"there/": "", "there/old": "content"}},
	} {
		t.Run(name, func(t *testing.T) {
			to := t.TempDir()
			write(t, to, files{"there/old": "o"})
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/one.txt": "content", "b/two": "not copied"})
			for _, want := range []transfer.Report{{Copied: 1, Bytes: 7}, {Identical: 1}} {
				report, err := transfer.Download(t.Context(), drive.Client(t.Context()), "/x/../b/one.txt", to+"/"+tc.to, transfer.Options{})
				if err != nil {
					t.Fatal(err)
				}
				equal(t, &want, report)
			}
			equal(t, tc.want, local(t, to))
		})
	}
}

// If the given path is a symbolic link, the link is followed. The file on the drive gets the name
// of the link.
func TestSingleFileByALink(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"real": "content"})
	if err := os.Symlink("real", filepath.Join(from, "link")); err != nil {
		t.Skip(err)
	}
	drive := mocks.NewDrive()
	if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), filepath.Join(from, "link"), "b/", transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	equal(t, files{"link": "content"}, remote(t, drive, "b"))
}

func TestSingleFileThatPatternsLeaveOut(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"one.txt": "content"})
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/one.txt": "other"})
	opts := transfer.Options{Exclude: []string{"*.txt"}}
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), filepath.Join(from, "one.txt"), "b", opts)
	if err != nil || report.LeftOut != 1 || report.Seen() != 1 {
		t.Errorf("error %v, report %+v", err, report)
	}
	report, err = transfer.Download(t.Context(), drive.Client(t.Context()), "b/one.txt", from, opts)
	if err != nil || report.LeftOut != 1 || report.Seen() != 1 {
		t.Errorf("error %v, report %+v", err, report)
	}
}

// A path on the drive is cleaned. It must not lead out of the folder where it begins.
func TestPathsOnTheDriveAreCleaned(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"f": "content"})
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	for _, to := range []string{"x/../b", "/b/", "./b/.", "b//"} {
		if _, err := transfer.Upload(t.Context(), client, from, to, transfer.Options{}); err != nil {
			t.Errorf("%q: %v", to, err)
		}
		if _, err := transfer.Download(t.Context(), client, to, t.TempDir(), transfer.Options{}); err != nil {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := len(drive.Snapshot().Tree); n != 2 {
		t.Errorf("%d nodes on the drive, want one folder and one file", n)
	}
	before := drive.Counters().Requests
	for _, to := range []string{"..", "../b", "b/../../x", "/../x"} {
		if _, err := transfer.Upload(t.Context(), client, from, to, transfer.Options{}); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%q: %v", to, err)
		}
		if _, err := transfer.Download(t.Context(), client, to, t.TempDir(), transfer.Options{}); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%q: %v", to, err)
		}
	}
	if n := drive.Counters().Requests - before; n > 0 {
		t.Errorf("%d requests for paths that cannot be", n)
	}
}
