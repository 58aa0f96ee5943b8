// Package partial keeps what a download has written so far, under a name that says of what it is a
// part.
package partial

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// File is the file that a download fills before it gets its name. It is
// locked, so that two downloads of the same never write the same file.
type File struct {
	*os.File
	root *os.Root
	path string
	own  bool // no later call looks for it
}

// Content is what a partial is a part of.
type Content struct {
	NodeID  string
	MD5     string
	Size    int64 // bytes
	Version int64 // of the content
}

const (
	prefix = ".acd-"
	suffix = ".partial"
)

// IsName recognises the name of a partial.
func IsName(name string) bool {
	return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
}

// Path binds a partial to its content and its target, beside which it lies. It does not hold
// the target's name, which may be as long as names can be.
func Path(c Content, target string) string {
	content := sum(fmt.Sprintf("%s %s %d %d", c.NodeID, c.MD5, c.Size, c.Version))
	return filepath.Join(filepath.Dir(target), stem(target)+content+suffix)
}

// stem is the beginning that the names of all partials of a target have.
func stem(target string) string { return prefix + sum(filepath.Base(target)) + "-" }

func sum(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return fmt.Sprintf("%016x", h.Sum64())
}

// Open opens what an interrupted call left, or a new file. While another
// call is at it, this one gets a file of its own.
func Open(root *os.Root, c Content, target string) (*File, error) {
	path := Path(c, target)
	for range 10 {
		if err := removeUnlessRegular(root, path); err != nil {
			return nil, err
		}
		f, err := root.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if !tryLock(f) {
			_ = f.Close() // nothing was written
			path = filepath.Join(filepath.Dir(target), prefix+rand.Text()+suffix)
			f, err := root.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
			return &File{f, root, path, true}, err
		}
		if isAt(f, root, path) {
			return &File{f, root, path, false}, nil
		}
		_ = f.Close() // the call that was at it has just finished, or somebody has put a link there
	}
	return nil, errors.New("its partial file changes all the time")
}

// removeUnlessRegular removes a link, say, that somebody has put in the place of a partial. It is
// not followed.
func removeUnlessRegular(root *os.Root, path string) error {
	info, err := root.Lstat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil
	}
	return root.Remove(path)
}

// isAt says whether an open file is the one that has the path now.
func isAt(f *os.File, root *os.Root, path string) bool {
	there, err := root.Lstat(path)
	if err != nil || !there.Mode().IsRegular() {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(there, open)
}

// Rename gives the file its name, while it is still locked.
func (f *File) Rename(name string) error {
	if err := atomicfile.RenameIn(f.root, f.path, name); err != nil {
		f.Keep()
		return err
	}
	return nil
}

// Keep leaves what is there for a later call, and gives back the room that was reserved behind it.
func (f *File) Keep() {
	info, err := f.Stat()
	if f.own || err != nil || info.Size() == 0 {
		f.Discard()
		return
	}
	_ = f.Truncate(info.Size()) // else the room is only given back later
}

// Discard removes what is of no use. A file that cannot be removed is gone on with, or swept, by a
// later call.
func (f *File) Discard() { _ = f.root.Remove(f.path) }

// Stale returns those names in a directory that are partials of one of the targets, but of another
// content than the target's now. The targets are names in the same directory.
func Stale(names []string, targets map[string]Content) []string {
	var stale []string
	var current map[string]string // the name of a target's partial, by its stem
	for _, name := range names {
		if !IsName(name) {
			continue
		}
		if current == nil {
			current = make(map[string]string, len(targets))
			for target, c := range targets {
				current[stem(target)] = Path(c, target)
			}
		}
		length := len(prefix) + 16 + len("-")
		if len(name) < length {
			continue
		}
		if now, ok := current[name[:length]]; ok && now != name {
			stale = append(stale, name)
		}
	}
	return stale
}

// Remove removes a partial that no call is at.
func Remove(root *os.Root, path string) error {
	info, err := root.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	f, err := root.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if !tryLock(f) || !isAt(f, root, path) {
		return nil
	}
	return root.Remove(path)
}
