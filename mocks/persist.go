package mocks

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

// OpenDrive makes a drive that lives in a directory, or opens the one that is there. Nodes, trash,
// change feed, tempLinks and contents survive [Drive.Close] and also the death of the process;
// unfinished uploads, list tokens, faults and the journal do not. Contents stay on disk, unless
// [WithSyntheticContents] is given. One process at a time may have the directory open.
func OpenDrive(dir string, opts ...Option) (*Drive, error) {
	d := newDrive(opts)
	k := &disk{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	if err := k.prepare(); err != nil {
		return nil, fmt.Errorf("mocks: open drive: %w", err)
	}
	d.contents = &directory{dir: dir}
	if d.opt.synthetic {
		d.contents = &synthetic{seed: d.opt.syntheticSeed}
	}
	if err := d.load(k); err != nil {
		return nil, fmt.Errorf("mocks: open drive: %w", errors.Join(err, k.close()))
	}
	return d, nil
}

// Close ends the use of a drive's directory. It returns the first error of writing to it, after
// which the drive had answered every request with a 500. A drive without a directory needs no Close.
func (d *Drive) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.disk == nil {
		return nil
	}
	err := d.disk.close()
	d.disk = nil
	if err != nil {
		return fmt.Errorf("mocks: close drive: %w", err)
	}
	return nil
}
