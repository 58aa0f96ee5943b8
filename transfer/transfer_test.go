package transfer_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

func TestThereAndBack(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new", "target")
	write(t, from, tree())
	want := withFolders(tree())
	var nFiles, nFolders int
	var bytes int64
	for path, content := range want {
		if strings.HasSuffix(path, "/") {
			nFolders++
		} else {
			nFiles++
			bytes += int64(len(content))
		}
	}

	first := &transfer.Report{Copied: nFiles, Bytes: bytes, Folders: nFolders}
	again := &transfer.Report{Identical: nFiles}
	for _, wantReport := range []*transfer.Report{first, again} {
		report, err := transfer.Upload(t.Context(), client, from, "Backup/one", transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, wantReport, report)
	}
	for _, wantReport := range []*transfer.Report{first, again} {
		report, err := transfer.Download(t.Context(), client, "Backup/one", to, transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, wantReport, report)
	}
	equal(t, want, local(t, to))
	if n := drive.Counters().ByOp["Content.Upload"]; n != nFiles {
		t.Errorf("%d uploads of %d files", n, nFiles)
	}
	mocks.AssertNoLeaks(t, drive)
}

// Only files that differ are sent. They keep their nodes.
func TestUploadOverwritesWhatDiffers(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/same": "same", "b/size": "longer", "b/content": "12345", "b/README": "old"})
	id, _ := drive.Lookup("b/content")
	from := t.TempDir()
	write(t, from, files{"same": "same", "size": "long", "content": "54321", "readme": "new", "extra": "x"})
	var l events
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied content", "copied extra", "copied readme", "copied size", "identical same"}, l.sorted())
	equal(t, files{"same": "same", "size": "long", "content": "54321", "README": "new", "extra": "x"}, remote(t, drive, "b"))
	if now, _ := drive.Lookup("b/content"); now != id {
		t.Error("an overwrite made another node")
	}
}

// Local names that differ only in case are refused together.
func TestNamesThatTheDriveFolds(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"emPty": "1", "empty": "2", "dir/x": "3", "DIR/x": "4", "Ä": "5", "ä": "6", "bytes \xff": "7", "bytes \xfe": "8", "other": "9"})
	if len(local(t, from)) != 11 {
		t.Skip("the local file system folds names itself")
	}
	drive := mocks.NewDrive()
	var l events
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)})
	equal(t, files{"bytes \u201bFF": "7", "bytes \u201bFE": "8", "other": "9"}, remote(t, drive, "b"))
	equal(t, []string{"copied bytes \xfe", "copied bytes \xff", "copied other", "failed DIR", "failed dir", "failed emPty", "failed empty", "failed Ä", "failed ä"}, l.sorted())
	if !errors.Is(err, acd.ErrExists) || report.Failed != 6 {
		t.Errorf("error %v, report %+v", err, report)
	}
	collision, ok := errors.AsType[*transfer.CollisionError](err)
	if !ok || len(collision.Names) != 2 || !strings.Contains(err.Error(), "without case") {
		t.Errorf("%v does not say which names collide", err)
	}
	if n := drive.Counters().ByOp["Content.Upload"]; n != 3 {
		t.Errorf("%d uploads, although something of a collision must not be sent", n)
	}
}

func TestSymbolicLinks(t *testing.T) {
	outside, from := t.TempDir(), t.TempDir()
	write(t, outside, files{"secret": "s", "dir/secret": "s"})
	write(t, from, files{"file": "f"})
	for name, target := range map[string]string{"link": outside + "/secret", "dirlink": outside + "/dir", "inner": "file", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(from, name)); err != nil {
			t.Skip(err)
		}
	}
	drive := mocks.NewDrive()
	var l events
	if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)}); err != nil {
		t.Fatal(err)
	}
	equal(t, files{"file": "f"}, remote(t, drive, "b"))
	equal(t, []string{"copied file", "left out dangling: a symbolic link", "left out dirlink: a symbolic link", "left out inner: a symbolic link", "left out link: a symbolic link"}, l.sorted())
}

func TestDryRun(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/sub/same": "same", "b/sub/old": "old", "b/extra": "x", "b/gone/": ""})
	from, to := t.TempDir(), t.TempDir()
	write(t, from, files{"sub/same": "same", "sub/old": "new", "new/file": "n"})
	before := drive.Snapshot()
	client := drive.Client(t.Context())

	var up events
	_, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{DryRun: true, Mirror: true, OnEvent: up.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied new/file", "copied sub/old", "identical sub/same", "made folder new", "trashed extra", "trashed gone"}, up.sorted())
	if _, err := transfer.Upload(t.Context(), client, from, "not/there", transfer.Options{DryRun: true}); err != nil {
		t.Error(err)
	}
	equal(t, before, drive.Snapshot())

	write(t, to, files{"sub/same": "same", "sub/old": "mine"})
	wantLocal := local(t, to)
	var down events
	report, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{DryRun: true, OnEvent: down.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied extra", "copied sub/old", "identical sub/same", "made folder gone"}, down.sorted())
	equal(t, &transfer.Report{DryRun: true, Copied: 2, Bytes: 4, Identical: 1, Folders: 1}, report)
	equal(t, wantLocal, local(t, to))
	if _, err := transfer.Download(t.Context(), client, "b", filepath.Join(to, "not/there"), transfer.Options{DryRun: true}); err != nil {
		t.Error(err)
	}
	equal(t, wantLocal, local(t, to))
}

func TestOptionsThatCannotBe(t *testing.T) {
	client := mocks.NewDrive().Client(t.Context())
	for name, opts := range map[string]transfer.Options{
		"pattern": {Include: []string{"[a"}}, "empty pattern": {Exclude: []string{""}}, "hollow pattern": {Exclude: []string{"a//b"}},
		"workers": {Workers: -1}, "size": {MaxSize: -1}, "number to trash": {MaxTrash: -1},
		"share below 0": {MaxTrashShare: -0.1}, "share above 1": {MaxTrashShare: 50}, "share that is no number": {MaxTrashShare: math.NaN()},
	} {
		if _, err := transfer.Upload(t.Context(), client, t.TempDir(), "b", opts); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := transfer.Download(t.Context(), client, "", t.TempDir(), transfer.Options{Mirror: true}); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("Mirror of a download: %v", err)
	}
	if _, err := transfer.Upload(t.Context(), client, filepath.Join(t.TempDir(), "none"), "b", transfer.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no source: %v", err)
	}
	if _, err := transfer.Download(t.Context(), client, "none", t.TempDir(), transfer.Options{}); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("no folder: %v", err)
	}
}

func TestProgress(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": strings.Repeat("x", 1<<20)})
	seen := map[acd.Phase]int64{}
	drive := mocks.NewDrive()
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnProgress: func(path string, p acd.Progress) {
		if path != "a" {
			t.Errorf("progress of %q", path)
		}
		seen[p.Phase] = max(seen[p.Phase], p.Done)
	}})
	if err != nil || seen[acd.PhaseSending] != 1<<20 {
		t.Errorf("error %v, progress %v", err, seen)
	}
}
