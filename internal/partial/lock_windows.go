package partial

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks f until f is closed, and reports whether nobody else holds the lock. The locked
// byte is far behind any content, so that it does not block reads and writes.
func tryLock(f *os.File) bool {
	far := &windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	return !errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}
