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
//
// In memory (tmpfs) room is only looked at: there is nothing to keep together, and to reserve it is to
// clear it, which takes as long as to write it.
func reserve(f *os.File, size int64) error {
	if size < reserveFrom {
		return nil
	}
	fail := func(err error) error { return &os.PathError{Op: "reserve", Path: f.Name(), Err: err} }
	var fs unix.Statfs_t
	//nolint:unconvert // the fields have other types on other processors
	if err := unix.Fstatfs(int(f.Fd()), &fs); err == nil && int64(fs.Type) == unix.TMPFS_MAGIC {
		info, err := f.Stat()
		free := int64(fs.Bavail) * int64(fs.Bsize)                  //nolint:unconvert // as above
		if err == nil && fs.Blocks > 0 && size-info.Size() > free { // of a file system without a limit Blocks is 0
			return fail(unix.ENOSPC)
		}
		return nil
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) {
		return fail(err)
	}
	return nil // a file system that cannot reserve is none the worse
}
