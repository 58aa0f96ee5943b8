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

// DownloadFile writes a file's content to a local file. It writes to a ".partial" file beside the target,
// syncs it, verifies size and MD5, and only then renames it. If an interrupted call left a ".partial"
// file of the same content, DownloadFile continues it, and the MD5 of the whole file proves that the old
// part was right. With [WithoutVerification] it starts anew. An existing file is replaced. A link is
// replaced too, not followed. A directory at path is an error.
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

// DownloadFileIn does what [ContentService.DownloadFile] does, for a name that cannot be trusted. It
// writes nothing outside root, even if the name or links on its way lead outside.
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
	// Fail on an impossible name before the download, not after it.
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
		// The partial file has the right name, but it does not hold the beginning of this content: start
		// again.
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

// fill downloads what f does not hold yet, and verifies the whole content.
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

// proveHalf hashes the bytes in f, which an earlier call wrote, and returns how many there are.
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
	// Four parts are 24 MiB. Until the garbage collector has run, this may be twice as much. Together
	// with everything else that a transfer needs, it stays under 64 MiB.
	defaultPartSize    = 6 << 20
	defaultConcurrency = 4
	smallestPart       = 64 << 10
	streamBuffer       = 256 << 10
)

// WithPartSize sets the largest size of a part, in bytes, at least 64 KiB. The default is 6 MiB. Each
// part is fetched with a range request of its own. A file of one part is fetched as one stream. Parts are
// made smaller if this keeps all connections busy to the end.
func WithPartSize(bytes int64) DownloadOption {
	return downloadOption(func(o *downloadOptions) error {
		if bytes < smallestPart {
			return fmt.Errorf("WithPartSize: %d is below %d", bytes, smallestPart)
		}
		o.partSize = bytes
		return nil
	})
}

// WithConcurrency sets how many parts are downloaded at the same time. The default is 4. The memory for
// buffers is this number times the size of a part.
func WithConcurrency(n int) DownloadOption {
	return downloadOption(func(o *downloadOptions) error {
		if n < 1 {
			return fmt.Errorf("WithConcurrency: %d is not positive", n)
		}
		o.concurrency = n
		return nil
	})
}

// Download writes a file's content to w and verifies size and MD5. A large file is fetched in parallel
// ranges. The writes to w come one after the other and in order. After a failure, w therefore holds the
// beginning of the content.
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
