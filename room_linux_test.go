package acd_test

import (
	"io/fs"
	"syscall"
)

// roomOf returns how many bytes of the disk a file uses.
func roomOf(info fs.FileInfo) (int64, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Blocks * 512, true
}
