package acd

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserveFrom is the smallest size for which space is reserved. For smaller files, reserving costs
// more than a failed write.
const reserveFrom = 1 << 20

// reserve makes sure that the disk has space for a file before its content is downloaded. The size
// of the file does not change: after an interrupted download, it shows how many bytes were really
// written.
//
// In memory (tmpfs), reserve only checks the free space. Reserving would bring no advantage there,
// and it would clear the memory, which takes as long as writing it.
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
		if err == nil && fs.Blocks > 0 && size-info.Size() > free { // Blocks is 0 on a file system without a limit
			return fail(unix.ENOSPC)
		}
		return nil
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, size)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) {
		return fail(err)
	}
	return nil // if a file system cannot reserve space, the download goes on without it
}
