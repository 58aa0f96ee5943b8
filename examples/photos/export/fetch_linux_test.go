package export_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
)

// smallDisk is a directory with a file system of its own, of so many bytes.
func smallDisk(t *testing.T, bytes int64, readOnly bool) string {
	t.Helper()
	dir := t.TempDir()
	var flags uintptr
	if readOnly {
		flags = syscall.MS_RDONLY
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, fmt.Sprintf("size=%d", bytes)); err != nil {
		t.Skip("no file system can be mounted by this user")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Where nothing can be written the run ends at its beginning. Root is refused by a read-only file system only.
func TestReadOnlyFileSystem(t *testing.T) {
	drive, client := newLibrary(t)
	writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
	dir := smallDisk(t, 1<<20, true)
	if account, err := export.Run(t.Context(), client, dir, export.Options{}); !errors.Is(err, syscall.EROFS) || account != nil {
		t.Errorf("%v, %+v", err, account)
	}
	if account := run(t, client, dir, export.Options{DryRun: true}); account.Missing != 1 {
		t.Errorf("%+v", account)
	}
}

// A disk that is full ends the run. With more room the next one goes on.
func TestFullDisk(t *testing.T) {
	drive, client := newLibrary(t)
	const files = 40
	for i := range files {
		writePhoto(t, drive, fmt.Sprintf("%02d.jpg", i), strings.Repeat(string(rune('A'+i)), 50_000), mocks.Photo{})
	}
	dir := smallDisk(t, 1<<20, false)
	account, err := export.Run(t.Context(), client, dir, export.Options{Log: t.Logf})
	if !errors.Is(err, syscall.ENOSPC) || account == nil || account.Complete() || account.Missing == 0 || len(account.Failed) != 0 {
		t.Fatalf("%v, %+v", err, account)
	}
	// Now there may be no room for the journal either.
	if _, err := export.Run(t.Context(), client, dir, export.Options{Log: t.Logf}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	if account := run(t, client, dir, export.Options{}); !account.Complete() || account.Present != files || account.New == files || checkFiles(t, dir) != files {
		t.Errorf("%+v", account)
	}
}
