package acd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd/internal/pump"
)

// download is one download on its way, hashed in the order of its bytes.
type download struct {
	f     *fetcher
	opts  downloadOptions
	hash  *pump.Hash // nil if nothing is verified
	meter *meter
}

func (s *ContentService) newDownload(ctx context.Context, n *Node, opts []DownloadOption) (*download, error) {
	o := downloadOptions{partSize: defaultPartSize, concurrency: defaultConcurrency}
	for _, opt := range opts {
		if err := opt.applyDownload(&o); err != nil {
			return nil, &Error{Op: opDownload.Name, Target: n.ID, Err: fmt.Errorf("%w: %w", ErrInvalid, err)}
		}
	}
	f, err := s.newFetcher(ctx, n, o.transferOptions)
	if err != nil {
		return nil, err
	}
	d := &download{f: f, opts: o, meter: newMeter(o.progress, f.node.Size())}
	if !o.unverified {
		d.hash = pump.NewHash()
	}
	return d, nil
}

// took counts and hashes bytes, in their order.
func (d *download) took(p []byte) {
	if d.hash != nil {
		_, _ = d.hash.Write(p)
	}
	d.meter.add(int64(len(p)))
}

func (d *download) verify(ctx context.Context) error {
	if d.hash == nil {
		return nil
	}
	return d.f.verify(ctx, d.hash.Sum())
}

// from writes the content from off on.
func (d *download) from(ctx context.Context, w io.WriterAt, off int64) error {
	out := &sink{d, w, off}
	if d.f.node.Size()-off > d.opts.partSize && d.opts.concurrency > 1 {
		err := d.parallel(ctx, out)
		if !errors.Is(err, errNoRanges) {
			return err
		}
	}
	return d.stream(ctx, out)
}

// stream fetches what is left in one answer.
func (d *download) stream(ctx context.Context, out *sink) error {
	size := d.f.node.Size()
	r := newReader(ctx, d.f, out.off, size)
	defer r.Close()
	_, err := io.CopyBuffer(out, r, make([]byte, max(min(streamBuffer, size-out.off), 1)))
	return err
}

// sink hashes, counts and writes what comes in order.
type sink struct {
	d   *download
	w   io.WriterAt
	off int64
}

// Write writes in small pieces, so that the hash has something to do meanwhile.
func (s *sink) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := s.w.WriteAt(p[written:min(written+streamBuffer, len(p))], s.off)
		s.off += int64(n)
		s.d.took(p[written : written+n])
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// parallel fetches parts at once and writes them one after the other. A buffer
// is given out in the order of the parts, so that the part whose turn is next always has one.
func (d *download) parallel(ctx context.Context, out *sink) error {
	g, ctx := errgroup.WithContext(ctx)
	buffers := make(chan []byte, d.opts.concurrency)
	for range d.opts.concurrency {
		buffers <- nil
	}
	turn := make(chan struct{})
	close(turn)
	size := d.f.node.Size()
	for off := out.off; off < size; off += d.opts.partSize {
		var buf []byte
		select {
		case buf = <-buffers:
		case <-ctx.Done():
			// Every part on its way may have succeeded all the same.
			if err := g.Wait(); err != nil {
				return err
			}
			return context.Cause(ctx)
		}
		if buf == nil {
			buf = make([]byte, d.opts.partSize)
		}
		from, length := off, min(d.opts.partSize, size-off)
		mine, next := turn, make(chan struct{})
		turn = next
		g.Go(func() error {
			if err := d.part(ctx, from, buf[:length], mine, out); err != nil {
				return err
			}
			close(next)
			buffers <- buf
			return nil
		})
	}
	return g.Wait()
}

// part fetches the part that begins at from into buf. From its turn on it writes what has arrived
// without waiting for the rest: the part at the front is what the hash waits for.
func (d *download) part(ctx context.Context, from int64, buf []byte, turn <-chan struct{}, out *sink) error {
	r := newPart(ctx, d.f, from, from+int64(len(buf)))
	defer r.Close()
	var arrived, written int
	for arrived < len(buf) {
		n, err := io.ReadFull(r, buf[arrived:min(arrived+streamBuffer, len(buf))])
		if err != nil {
			return err
		}
		arrived += n
		select {
		case <-turn:
			if _, err := out.Write(buf[written:arrived]); err != nil {
				return err
			}
			written = arrived
		default:
		}
	}
	select {
	case <-turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	_, err := out.Write(buf[written:])
	return err
}
