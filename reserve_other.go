//go:build !linux

package acd

import "os"

// reserve does nothing on systems that cannot reserve space without changing the size of a file.
func reserve(*os.File, int64) error { return nil }
