package acd_test

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// If there is no space for a file, the download must fail before the content is requested.
func TestFileWithoutRoomIsRefusedBeforeTheFirstByte(t *testing.T) {
	drive, client, n := onDrive(t, "small")
	n.ContentProperties.Size = 1 << 50
	dir, kind := inMemoryDir(t)
	err := client.Content.DownloadFile(t.Context(), n, filepath.Join(dir, "f"))
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EFBIG) {
		t.Errorf("on %s: error %v, want ENOSPC", kind, err)
	}
	if got := drive.Counters().ByOp["Content.Download"]; got != 0 {
		t.Errorf("%d requests", got)
	}
}
