package acd

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserveFrom is from which size on room is reserved: below it the call costs
// more than a failed write.
const reserveFrom = 1 << 20

// reserveSteps is in how many steps room is reserved: while one goes on, nothing can be written to the
// file, and where the file system has to clear the room (in memory, 57 ms for 256 MiB) the steps are
// what lets the content in.
const reserveSteps = 32

// reserve makes sure that there is room for a file early on, while its content begins to arrive. It
// ends early with ctx. The file's size stays that of what was written, so that what an
// interrupted download left can be told from what it reserved.
func reserve(ctx context.Context, f *os.File, size int64) error {
	if size < reserveFrom {
		return nil
	}
	step := max(reserveFrom, (size+reserveSteps-1)/reserveSteps)
	for off := int64(0); off < size && ctx.Err() == nil; off += step {
		err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, off, min(step, size-off))
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) {
			return &os.PathError{Op: "reserve", Path: f.Name(), Err: err}
		}
		if err != nil {
			return nil // a file system that cannot reserve is none the worse
		}
	}
	return nil
}
