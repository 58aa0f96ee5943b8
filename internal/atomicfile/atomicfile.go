// Package atomicfile replaces a file as a whole: whatever happens, the file holds the old content or the new one. It
// is the only place of the module that renames files into place.
//
// The new content is written to a file beside the old one, synced, and renamed; then the directory is synced, where the
// system can do that, so that the name is as durable as the content. A link in the place of the file is replaced, not
// followed. On Windows a file that another process has open cannot be replaced: that is an error, and the old
// content stays.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// abandonedAfter is the age from which on a file that an earlier process left behind is removed: nobody writes one file
// for so long.
const abandonedAfter = 24 * time.Hour

// Write replaces the file at path by what write writes. Its mode is 0600. The directory must exist.
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

// WriteIn is [Write] within root, for callers that hold a lock on what they write: the new content has the name temp, beside or
// below, until it is in its place, and takes the place of what a killed process left under that name.
func WriteIn(root *os.Root, name, temp string, write func(io.Writer) error) (err error) {
	if err := root.Remove(temp); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		_ = root.Remove(temp) // else the next call removes it
		return err
	}
	return RenameIn(root, temp, name)
}

// A File is the new content of a file that is not in its place yet.
type File struct {
	*os.File
	path string
	done bool
}

// Create begins the new content of the file at path, which is of mode 0600. It removes what processes that were
// killed have left of the same file a day ago or earlier.
func Create(path string) (*File, error) {
	removeAbandoned(path)
	f, err := os.CreateTemp(filepath.Dir(path), prefix(path)+"*"+suffix)
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// CreateAs is [Create] for callers that hold a lock on path: the new content has the given name until it is in
// its place, and takes the place of what a killed process left under that name.
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
		return // Create reports it
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix(path)) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandonedAfter {
			_ = os.Remove(filepath.Join(dir, e.Name())) // what cannot be removed is in no one's way
		}
	}
}

// Commit puts the new content into its place. After an error the old one is there, and Discard is still due.
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

// Rename renames a file whose content is synced, and syncs the directory that it is then in.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	syncDir(os.Open(filepath.Dir(to)))
	return nil
}

// RenameIn is [Rename] within root.
func RenameIn(root *os.Root, from, to string) error {
	if err := root.Rename(from, to); err != nil {
		return err
	}
	syncDir(root.Open(filepath.Dir(to)))
	return nil
}

// syncDir syncs a directory, where it can be opened and synced: that is the system's business, and the file is in
// its place.
func syncDir(dir *os.File, err error) {
	if err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
