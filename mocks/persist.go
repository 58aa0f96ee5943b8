package mocks

import (
	"fmt"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// OpenDrive opens the drive in a directory, or makes a new drive there. Nodes, trash, change feed,
// tempLinks and contents survive [Drive.Close], and also the sudden end of the process. Unfinished
// uploads, list tokens, faults and the journal do not. The contents stay on disk, unless
// [WithSyntheticContents] is given. Only one process at a time may have the directory open.
func OpenDrive(dir string, opts ...Option) (*Drive, error) {
	d := newDrive(opts)
	s, err := store.Open(dir, d.storeConfig(&blob.Directory{Dir: dir}), d.now())
	if err != nil {
		return nil, fmt.Errorf("mocks: open drive: %w", err)
	}
	d.store = s
	return d, nil
}

// Close ends the use of the drive's directory. It returns the first error of writing to the
// directory; after such an error the drive answers every request with a 500. A drive without a
// directory needs no Close.
func (d *Drive) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.store.Close(); err != nil {
		return fmt.Errorf("mocks: close drive: %w", err)
	}
	return nil
}
