package acd

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
)

// DownloadFile writes a file's content to a local file: into a ".partial"
// beside it, which is synced, verified by size and MD5, and only then renamed.
// What an interrupted call left is gone on with, if it is of the same content, and proved by
// the MD5 of the whole. An existing file is replaced.
func (s *ContentService) DownloadFile(ctx context.Context, n *Node, path string, opts ...DownloadOption) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return &Error{Op: opDownload.Name, Target: n.ID, Err: err}
	}
	defer root.Close()
	return s.DownloadFileIn(ctx, n, root, filepath.Base(path), opts...)
}

// DownloadFileIn is [ContentService.DownloadFile] for a name that cannot be
// trusted: nothing is written outside root, whatever the name and the links on its way.
func (s *ContentService) DownloadFileIn(ctx context.Context, n *Node, root *os.Root, name string, opts ...DownloadOption) error {
	d, err := s.newDownload(ctx, n, opts)
	if err != nil {
		return err
	}
	defer d.meter.finish()
	partial := partialName(d.f.node, name)
	resumed, err := d.intoFile(ctx, root, partial)
	if resumed && errors.Is(err, ErrChecksum) {
		// What was there was not what its name says.
		d.hash.Reset()
		_, err = d.intoFile(ctx, root, partial)
	}
	if err == nil {
		err = root.Rename(partial, name)
	}
	if errors.Is(err, ErrChecksum) || errors.Is(err, ErrChanged) {
		root.Remove(partial)
	}
	if _, ours := errors.AsType[*Error](err); err != nil && !ours {
		err = &Error{Op: opDownload.Name, Target: n.ID, Err: fmt.Errorf("writing %q: %w", name, err)}
	}
	return err
}

// partialName binds a partial to its content and its target. It does not hold
// the target's name, which may be as long as names can be.
func partialName(n *Node, name string) string {
	h := fnv.New64a()
	io.WriteString(h, n.ID+" "+n.MD5()+" "+filepath.Base(name))
	return filepath.Join(filepath.Dir(name), fmt.Sprintf(".acd-%016x.partial", h.Sum64()))
}

// intoFile downloads into the partial file, after what is there already.
func (d *download) intoFile(ctx context.Context, root *os.Root, partial string) (resumed bool, err error) {
	f, err := root.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	done, err := d.proveHalf(ctx, f)
	if err != nil {
		return false, err
	}
	if err := reserve(f, d.f.node.Size()); err != nil {
		return false, err
	}
	d.meter.restart(PhaseReceiving)
	d.meter.add(int(done))
	if err := d.from(ctx, f, done); err != nil {
		return done > 0, err
	}
	if err := d.verify(); err != nil {
		return done > 0, errors.Join(err, f.Truncate(0))
	}
	return done > 0, f.Sync()
}

// proveHalf hashes what an earlier call wrote, and returns how much that is.
func (d *download) proveHalf(ctx context.Context, f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() == 0 {
		return 0, nil
	}
	if !info.Mode().IsRegular() || info.Size() > d.f.node.Size() {
		return 0, f.Truncate(0)
	}
	d.meter.restart(PhaseVerifying)
	return io.Copy(&counting{d}, withContext(ctx, f))
}

type counting struct{ d *download }

func (c *counting) Write(p []byte) (int, error) {
	c.d.hash.Write(p)
	c.d.meter.add(len(p))
	return len(p), nil
}
