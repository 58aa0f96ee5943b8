package acd

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
)

// partial is the file that a download fills before it gets its name. It is
// locked, so that two downloads of the same never write the same file.
type partial struct {
	*os.File
	root *os.Root
	path string
	own  bool // no later call looks for it
}

// partialName binds a partial to its content and its target. It does not hold
// the target's name, which may be as long as names can be.
func partialName(n *Node, target string) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %d %d %s", n.ID, n.MD5(), n.Size(), n.ContentProperties.Version, filepath.Base(target))
	return filepath.Join(filepath.Dir(target), fmt.Sprintf(".acd-%016x.partial", h.Sum64()))
}

// openPartial opens what an interrupted call left, or a new file. While another
// call is at it, this one gets a file of its own.
func openPartial(root *os.Root, n *Node, target string) (*partial, error) {
	path := partialName(n, target)
	for range 10 {
		f, err := root.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		if !tryLock(f) {
			f.Close()
			path = filepath.Join(filepath.Dir(target), ".acd-"+rand.Text()+".partial")
			f, err := root.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
			return &partial{f, root, path, true}, err
		}
		there, err := root.Lstat(path)
		if err == nil && !there.Mode().IsRegular() {
			err = root.Remove(path) // a link, say, that somebody has put there
			f.Close()
			if err != nil {
				return nil, err
			}
			continue
		}
		if open, statErr := f.Stat(); err == nil && statErr == nil && os.SameFile(there, open) {
			return &partial{f, root, path, false}, nil
		}
		f.Close() // the call that was at it has just finished
	}
	return nil, errors.New("its partial file changes all the time")
}

// become gives the file its name, while it is still locked.
func (p *partial) become(name string) error {
	if err := p.root.Rename(p.path, name); err != nil {
		p.leave(false)
		return err
	}
	// Where a directory can be synced, the name is as durable as the content.
	if dir, err := p.root.Open(filepath.Dir(name)); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

// leave keeps what is there for a later call, unless it is of no use, and gives
// back the room that was reserved behind it.
func (p *partial) leave(useless bool) {
	info, err := p.Stat()
	if useless || p.own || err != nil || info.Size() == 0 {
		p.root.Remove(p.path)
		return
	}
	p.Truncate(info.Size())
}
