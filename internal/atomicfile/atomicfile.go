// Package atomicfile replaces a file as a whole: after a crash or an error, the file holds either
// the old content or the new content. No other package of the module renames files into place.
//
// The new content is written to a temporary file in the same directory, synced, and renamed. Then
// the directory is synced, if the system can do that, so that the new name is also safe on disk. If
// the path is a symbolic link, the link itself is replaced, not its target. On Windows, a file that
// another process has open cannot be replaced: this is an error, and the old content stays.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// abandonedAfter is the age at which a temporary file of an earlier process is removed. No process
// writes one file for so long.
const abandonedAfter = 24 * time.Hour

// Write replaces the file at path by what write writes. The mode of the file is 0600. The directory
// must exist.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// WriteIn is like [Write], but within root. Its caller must hold a lock on the file. Until the
// rename, the new content is in the file temp, which may be in another directory below root. If a
// killed process left a file under that name, WriteIn removes it.
func WriteIn(root *os.Root, name, temp string, write func(io.Writer) error) (err error) {
	if err := root.Remove(temp); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		_ = root.Remove(temp) // if this fails, the next call removes it
		return err
	}
	return RenameIn(root, temp, name)
}

// A File is the new content of a file until it is renamed into place.
type File struct {
	*os.File
	path string
	done bool
}

// Create creates a temporary file for the new content of the file at path. Its mode is 0600. Create
// also removes temporary files for the same path that killed processes left a day ago or earlier.
func Create(path string) (*File, error) {
	removeAbandoned(path)
	f, err := os.CreateTemp(filepath.Dir(path), prefix(path)+"*"+suffix)
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// CreateAs is like [Create], but its caller must hold a lock on path. Until the rename, the new
// content is in the file with the given name. If a killed process left a file under that name,
// CreateAs removes it.
func CreateAs(path, name string) (*File, error) {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

const suffix = ".tmp"

func prefix(path string) string { return "." + filepath.Base(path) + "." }

func removeAbandoned(path string) {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // Create reports the error
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix(path)) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandonedAfter {
			_ = os.Remove(filepath.Join(dir, e.Name())) // a file that cannot be removed does no harm
		}
	}
}

// Commit renames the new content into place. If Commit fails before the rename, the old content
// stays. Call Discard after an error.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	return nil
}

// Discard removes the new content, unless it is in its place.
func (f *File) Discard() {
	if f.done {
		return
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// Rename renames a file and syncs its new directory. The content of the file must already be
// synced.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	syncDir(os.Open(filepath.Dir(to)))
	return nil
}

// RenameIn is like [Rename], but within root.
func RenameIn(root *os.Root, from, to string) error {
	if err := root.Rename(from, to); err != nil {
		return err
	}
	syncDir(root.Open(filepath.Dir(to)))
	return nil
}

// syncDir syncs a directory if it can be opened and synced. Errors are ignored: not every system
// can do it, and the file is already in its place.
func syncDir(dir *os.File, err error) {
	if err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
