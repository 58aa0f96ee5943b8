package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/internal/atomicfile"
)

// removed keeps what a command takes out of a local directory: in a folder with the date of the run, beside
// the directory, so that no copy of the directory takes it along. Nothing is deleted.
type removed struct {
	from string // the directory
	to   string // the folder with the date
}

// newRemoved is for one directory. keep is the flag -backup-dir, "" for the default.
func newRemoved(dir, keep string) (*removed, error) {
	from, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if keep == "" {
		keep = from + ".acd-removed"
	}
	if filepath.Dir(from) == from {
		return nil, program.Usagef("beside %s there is nothing: -backup-dir must name a directory for what is taken away", dir)
	}
	if keep, err = filepath.Abs(keep); err != nil {
		return nil, err
	}
	if below, err := filepath.Rel(from, keep); err == nil && filepath.IsLocal(below) {
		return nil, program.Usagef("-backup-dir must not be inside of %s, or it would be copied along", dir)
	}
	return &removed{from, filepath.Join(keep, time.Now().Format("2006-01-02T15-04-05"))}, nil
}

// take moves a file or a folder there, under the path that it had below the directory.
func (r *removed) take(local string) error {
	to := filepath.Join(r.to, local)
	for i := 1; ; i++ { // it may have been taken before, and come again
		if _, err := os.Lstat(to); os.IsNotExist(err) {
			break
		} else if err != nil {
			return err
		}
		to = fmt.Sprintf("%s.%d", filepath.Join(r.to, local), i)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return atomicfile.Rename(filepath.Join(r.from, local), to)
}
