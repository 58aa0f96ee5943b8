//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package partial

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks f until f is closed, and reports whether nobody else holds the lock. On a file
// system without locks it always returns true.
func tryLock(f *os.File) bool {
	return !errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}
