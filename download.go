package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/internal/partial"
)

// DownloadFile writes a file's content to a local file: into a ".partial"
// beside it, which is synced, verified by size and MD5, and only then renamed.
// What an interrupted call left is gone on with, if it is of the same content, and proved by
// the MD5 of the whole; [WithoutVerification] starts anew. An existing file is replaced, a
// link is not followed, and a directory is an error.
func (s *ContentService) DownloadFile(ctx context.Context, n *Node, path string, opts ...DownloadOption) error {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return newError(ctx, opDownload, n.ID, err)
	}
	defer root.Close()
	return s.DownloadFileIn(ctx, n, root, name, opts...)
}

// DownloadFileIn is [ContentService.DownloadFile] for a name that cannot be
// trusted: nothing is written outside root, whatever the name and the links on its way.
func (s *ContentService) DownloadFileIn(ctx context.Context, n *Node, root *os.Root, name string, opts ...DownloadOption) error {
	d, err := s.newDownload(ctx, n, opts)
	if err != nil {
		return err
	}
	defer d.meter.finish()
	err = d.intoFile(ctx, root, name)
	if _, ours := errors.AsType[*Error](err); err != nil && !ours {
		err = newError(ctx, opDownload, n.ID, fmt.Errorf("writing %q: %w", name, err))
	}
	return err
}

func (d *download) intoFile(ctx context.Context, root *os.Root, name string) error {
	// A name that cannot be is known before the first byte, not after the last.
	if name == "" {
		return ErrInvalid
	}
	if info, err := root.Lstat(name); err == nil && info.IsDir() {
		return fmt.Errorf("a directory is in the way: %w", fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	n := d.f.node
	p, err := partial.Open(root, partial.Content{NodeID: n.ID, MD5: n.MD5(), Size: n.Size(), Version: n.ContentProperties.Version}, name)
	if err != nil {
		return err
	}
	defer p.Close()
	resumed, err := d.fill(ctx, p.File)
	if resumed && errors.Is(err, ErrChecksum) {
		// The partial file did not hold the beginning of this content, although it has its name: begin again.
		if err = p.Truncate(0); err == nil {
			_, err = d.fill(ctx, p.File)
		}
	}
	if err == nil {
		err = p.Sync()
	}
	if err != nil {
		if errors.Is(err, ErrChecksum) || errors.Is(err, ErrChanged) {
			p.Discard()
		} else {
			p.Keep()
		}
		return err
	}
	return p.Rename(name)
}

// fill downloads what the file does not hold yet, and verifies the whole.
func (d *download) fill(ctx context.Context, f *os.File) (resumed bool, err error) {
	done, err := d.proveHalf(ctx, f)
	if err != nil {
		return false, err
	}
	if err := reserve(f, d.f.node.Size()); err != nil {
		return false, err
	}
	d.meter.restart(PhaseReceiving)
	d.meter.add(done)
	if err := d.from(ctx, f, done); err != nil {
		return done > 0, err
	}
	return done > 0, d.verify(ctx)
}

// proveHalf hashes what an earlier call wrote, and returns how much that is.
func (d *download) proveHalf(ctx context.Context, f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if d.hash == nil || info.Size() > d.f.node.Size() {
		return 0, f.Truncate(0)
	}
	d.hash.Reset()
	if info.Size() == 0 {
		return 0, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	d.meter.restart(PhaseVerifying)
	return io.CopyBuffer(counting{d}, withContext(ctx, f), make([]byte, streamBuffer))
}

type counting struct{ d *download }

func (c counting) Write(p []byte) (int, error) {
	c.d.hashCopy(p)
	c.d.meter.add(int64(len(p)))
	return len(p), nil
}

// A DownloadOption changes one download.
type DownloadOption interface{ applyDownload(*downloadOptions) error }

type downloadOptions struct {
	transferOptions
	partSize    int64
	concurrency int
}

type downloadOption func(*downloadOptions) error

func (f downloadOption) applyDownload(o *downloadOptions) error { return f(o) }

const (
	// Four parts are 24 MiB, which is at most twice as much until the collector has run: together with what
	// else a transfer needs that stays under 64 MiB.
	defaultPartSize    = 6 << 20
	defaultConcurrency = 4
	smallestPart       = 64 << 10
	streamBuffer       = 256 << 10
)

// WithPartSize downloads in ranges of that many bytes at most, which is at least 64 KiB. The
// default is 6 MiB. A file of one part is one stream. Ranges are shorter where that
// keeps all connections at work to the end.
func WithPartSize(bytes int64) DownloadOption {
	return downloadOption(func(o *downloadOptions) error {
		if bytes < smallestPart {
			return fmt.Errorf("WithPartSize: %d is below %d", bytes, smallestPart)
		}
		o.partSize = bytes
		return nil
	})
}

// WithConcurrency downloads that many parts at once. The default is 4. Memory is the number
// of parts at once times their size.
func WithConcurrency(n int) DownloadOption {
	return downloadOption(func(o *downloadOptions) error {
		if n < 1 {
			return fmt.Errorf("WithConcurrency: %d is not positive", n)
		}
		o.concurrency = n
		return nil
	})
}

// Download writes a file's content to w, in parallel ranges if it is large,
// and verifies size and MD5. Writes come one after the other and in order, so
// that what is there after a failure is the content's beginning.
func (s *ContentService) Download(ctx context.Context, n *Node, w io.WriterAt, opts ...DownloadOption) error {
	d, err := s.newDownload(ctx, n, opts)
	if err != nil {
		return err
	}
	defer d.meter.finish()
	d.meter.restart(PhaseReceiving)
	if err := d.from(ctx, w, 0); err != nil {
		return err
	}
	return d.verify(ctx)
}
