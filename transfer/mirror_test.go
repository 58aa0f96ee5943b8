package transfer_test

import (
	"errors"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// Mirror goes to the trash, and one failure does not stop the others.
func TestMirror(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/keep": "k", "b/gone": "g", "b/old/x": "x", "b/old/y": "y", "b/sub/gone": "g", "outside": "o"})
	from := t.TempDir()
	write(t, from, files{"KEEP": "k", "sub/new": "n"})
	refused, _ := drive.Lookup("b/gone")
	fault := drive.Inject(mocks.Fault{Op: "Nodes.Trash", NodeID: refused, Status: 403, Body: `{"code":"FORBIDDEN","message":"no"}`})
	opts := transfer.Options{Mirror: true, MaxTrashShare: 1}
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", opts)
	if !errors.Is(err, acd.ErrForbidden) || report.Trashed != 2 || report.Failed != 1 || report.Failures[0].Path != "gone" || fault.Fired() != 1 {
		t.Fatalf("error %v, report %+v", err, report)
	}
	equal(t, withFolders(files{"keep": "k", "gone": "g", "sub/new": "n"}), remote(t, drive, "b"))
	if n := len(drive.Snapshot().Trash); n < 2 {
		t.Errorf("%d nodes in the trash", n)
	}
	if _, err := drive.ReadFile("outside"); err != nil {
		t.Error(err)
	}
}

// Nothing is trashed when something failed: it may be what is missing.
func TestMirrorWaitsForSuccess(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/gone": "g"})
	from := t.TempDir()
	write(t, from, files{"a": "1", "A": "2"})
	if len(local(t, from)) != 2 {
		t.Skip("the local file system folds names itself")
	}
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true})
	if err == nil || report.Trashed != 0 {
		t.Errorf("error %v, report %+v", err, report)
	}
}

func TestMirrorSparesWhatPatternsLeaveOut(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/x.tmp": "1", "b/gone/x.tmp": "1", "b/gone/y": "2", "b/cache/z": "3", "b/big": "123456"})
	from := t.TempDir()
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true, AllowEmptySource: true, MaxTrashShare: 1, Exclude: []string{"*.tmp", "cache"}, MaxSize: 5})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, withFolders(files{"x.tmp": "1", "gone/x.tmp": "1", "cache/z": "3", "big": "123456"}), remote(t, drive, "b"))
}
