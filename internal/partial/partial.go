// Package partial keeps what a download has written so far. The name of such a partial file shows
// to which content and which target it belongs.
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

// File is the file that a download fills before the file gets its final name. It is locked, so that
// two downloads of the same content never write to the same file.
type File struct {
	*os.File
	root *os.Root
	path string
	own  bool // only this call uses it: later calls do not look for it
}

// Content is the content to which a partial file belongs.
type Content struct {
	NodeID  string
	MD5     string
	Size    int64 // bytes
	Version int64 // of the content, not of the node
}

const (
	prefix = ".acd-"
	suffix = ".partial"
)

// IsName reports whether name is the name of a partial file.
func IsName(name string) bool {
	return strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
}

// Path returns the path of the partial file for a content and a target. It is in the target's
// directory. Its name does not contain the target's name, because that name may already have the
// greatest length.
func Path(c Content, target string) string {
	content := sum(fmt.Sprintf("%s %s %d %d", c.NodeID, c.MD5, c.Size, c.Version))
	return filepath.Join(filepath.Dir(target), stem(target)+content+suffix)
}

// stem returns the beginning that the names of all partial files of a target have.
func stem(target string) string { return prefix + sum(filepath.Base(target)) + "-" }

func sum(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return fmt.Sprintf("%016x", h.Sum64())
}

// Open opens the partial file that an interrupted call left, or creates a new one. If another call
// is using that file, Open creates another file that only this call uses.
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
		_ = f.Close() // the call that used it has just finished, or somebody has put a link there
	}
	return nil, errors.New("its partial file changes all the time")
}

// removeUnlessRegular removes whatever is in the place of a partial file but is no regular file,
// for example a link. The link is not followed.
func removeUnlessRegular(root *os.Root, path string) error {
	info, err := root.Lstat(path)
	if err != nil || info.Mode().IsRegular() {
		return nil
	}
	return root.Remove(path)
}

// isAt reports whether path now names the open file f.
func isAt(f *os.File, root *os.Root, path string) bool {
	there, err := root.Lstat(path)
	if err != nil || !there.Mode().IsRegular() {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(there, open)
}

// Rename gives the file its final name while it is still locked.
func (f *File) Rename(name string) error {
	if err := atomicfile.RenameIn(f.root, f.path, name); err != nil {
		f.Keep()
		return err
	}
	return nil
}

// Keep leaves the bytes so far for a later call. It releases the disk space that was reserved after
// them.
func (f *File) Keep() {
	info, err := f.Stat()
	if f.own || err != nil || info.Size() == 0 {
		f.Discard()
		return
	}
	_ = f.Truncate(info.Size()) // if this fails, the space is released later
}

// Discard removes a partial file that is of no use. If the file cannot be removed, a later call
// continues it or removes it.
func (f *File) Discard() { _ = f.root.Remove(f.path) }

// Stale returns the names of partial files that belong to one of the targets, but to another
// content than the target has now. names and targets are in the same directory.
func Stale(names []string, targets map[string]Content) []string {
	var stale []string
	var current map[string]string // the name of a target's partial file, by its stem
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

// Remove removes a partial file, unless a call is using it.
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
