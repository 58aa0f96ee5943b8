package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/internal/atomicfile"
)

// removed keeps the files that a command removes from a local directory. They go to a folder named
// by the date of the run. This folder is beside the directory, so that a copy of the directory does
// not include it. Nothing is deleted.
type removed struct {
	from string // the directory
	to   string // the folder with the date
}

// newRemoved returns the place for files removed from dir. keep is the flag -backup-dir, "" for the
// default.
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

// take moves a file or a folder to that folder. It keeps its path relative to the directory.
func (r *removed) take(local string) error {
	to := filepath.Join(r.to, local)
	for i := 1; ; i++ { // a file of this path may have been moved there before
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
