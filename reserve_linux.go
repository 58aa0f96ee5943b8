package acd

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserveFrom is from which size on room is reserved: below it the call costs
// more than a failed write.
const reserveFrom = 1 << 20

// reserve makes sure that there is room for a file before its content is
// fetched. The file's size stays that of what was written, so that what an
// interrupted download left can be told from what it reserved.
func reserve(f *os.File, size int64) error {
	if size < reserveFrom {
		return nil
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) {
		return &os.PathError{Op: "reserve", Path: f.Name(), Err: err}
	}
	return nil // a file system that cannot reserve is none the worse
}
