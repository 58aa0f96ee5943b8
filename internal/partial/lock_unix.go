//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package partial

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock locks f until it is closed, and says whether nobody else has it. A
// file system that knows no locks gives one to everybody.
func tryLock(f *os.File) bool {
	return !errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}
