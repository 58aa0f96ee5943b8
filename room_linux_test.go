package acd_test

import (
	"io/fs"
	"syscall"
)

// roomOf is how many bytes of the disk a file holds.
func roomOf(info fs.FileInfo) (int64, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Blocks * 512, true
}
