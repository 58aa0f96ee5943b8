package acd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd/internal/pump"
)

// download is one running download. Its bytes are hashed in order.
type download struct {
	f     *fetcher
	opts  downloadOptions
	hash  *pump.Hash // nil if nothing is verified
	meter *meter
	part  int64 // size of a part in bytes
}

func (s *ContentService) newDownload(ctx context.Context, n *Node, opts []DownloadOption) (*download, error) {
	o := downloadOptions{partSize: defaultPartSize, concurrency: defaultConcurrency}
	for _, opt := range opts {
		if err := opt.applyDownload(&o); err != nil {
			return nil, invalid(ctx, opDownload, n.ID, "%w", err)
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

// hashCopy copies p into the hash. The hash is computed in the background.
func (d *download) hashCopy(p []byte) {
	if d.hash != nil {
		_, _ = d.hash.Write(p)
	}
}

func (d *download) verify(ctx context.Context) error {
	if d.hash == nil {
		return nil
	}
	return d.f.verify(ctx, d.hash.Sum())
}

// from writes the content to w, beginning at off.
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

// stream fetches the rest of the content in one response.
func (d *download) stream(ctx context.Context, out *sink) error {
	size := d.f.node.Size()
	r := newReader(ctx, d.f, out.off, size)
	defer r.Close()
	_, err := io.CopyBuffer(out, r, make([]byte, max(min(streamBuffer, size-out.off), 1)))
	return err
}

// sink writes, hashes and counts bytes that arrive in order.
type sink struct {
	d   *download
	w   io.WriterAt
	off int64
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.writeOnly(p)
	s.d.hashCopy(p[:n])
	return n, err
}

func (s *sink) writeOnly(p []byte) (int, error) {
	n, err := s.w.WriteAt(p, s.off)
	s.off += int64(n)
	s.d.meter.add(int64(n))
	return n, err
}

// part is a piece of the content that is fetched with its own request.
type part struct {
	from int64
	buf  []byte
	// arrived has one channel for each user of the part (the writer and the hash). The pieces that have
	// arrived are sent to each channel, in order.
	arrived []chan []byte
	users   atomic.Int32
}

// evenPart returns the size of the parts of a download of that many bytes. If not all parts fit into one
// round of the connections, their number is a multiple of the number of connections. Then no connection
// is idle while the last parts arrive. For example, of 43 parts on 8 connections, the last 3 would take
// as long as 8.
func (d *download) evenPart(bytes int64) int64 {
	n, atOnce := ceilDiv(bytes, d.opts.partSize), int64(d.opts.concurrency)
	if n > atOnce {
		n = ceilDiv(n, atOnce) * atOnce
	}
	return min(ceilDiv(bytes, n), d.opts.partSize)
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// parallel fetches several parts at the same time. One goroutine writes the bytes and another hashes
// them, part after part, and within a part as its pieces arrive. Buffers are given out in the order of
// the parts, so that the part that must be written next always has a buffer.
func (d *download) parallel(ctx context.Context, out *sink) error {
	d.part = d.evenPart(d.f.node.Size() - out.off)
	g, ctx := errgroup.WithContext(ctx)
	uses := []func([]byte) error{func(p []byte) error {
		_, err := out.writeOnly(p)
		return err
	}}
	if d.hash != nil {
		uses = append(uses, func(p []byte) error {
			d.hash.WriteNow(p)
			return nil
		})
	}
	buffers := make(chan []byte, d.opts.concurrency)
	for range d.opts.concurrency {
		buffers <- nil
	}
	queues := make([]chan *part, len(uses))
	for i, use := range uses {
		queues[i] = make(chan *part, d.opts.concurrency) // room for every part that has a buffer
		g.Go(func() error {
			return inOrder(ctx, queues[i], i, use, func(p *part) { buffers <- p.buf[:d.part] })
		})
	}
	err := d.dispatch(ctx, g, out.off, buffers, queues)
	for _, q := range queues {
		close(q)
	}
	// Wait comes first: all parts may have succeeded although ctx has ended.
	return cmp.Or(g.Wait(), err)
}

// dispatch starts to fetch the parts, beginning at off, whenever a buffer is free.
func (d *download) dispatch(ctx context.Context, g *errgroup.Group, off int64, buffers <-chan []byte, queues []chan *part) error {
	for size := d.f.node.Size(); off < size; off += d.part {
		var buf []byte
		select {
		case buf = <-buffers:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if buf == nil {
			buf = make([]byte, d.part)
		}
		p := &part{from: off, buf: buf[:min(d.part, size-off)], arrived: make([]chan []byte, len(queues))}
		p.users.Store(int32(len(queues)))
		for i, q := range queues {
			p.arrived[i] = make(chan []byte, len(p.buf)/streamBuffer+1) // room for every piece
			q <- p
		}
		g.Go(func() error { return p.fetch(ctx, d.f) })
	}
	return nil
}

// fetch fills the buffer of the part and sends each piece to the users of the part. It ends early if ctx
// ends.
func (p *part) fetch(ctx context.Context, f *fetcher) error {
	defer func() {
		for _, c := range p.arrived {
			close(c)
		}
	}()
	r := newPart(ctx, f, p.from, p.from+int64(len(p.buf)))
	defer r.Close()
	for rest := p.buf; len(rest) > 0; {
		piece := rest[:min(streamBuffer, len(rest))]
		if _, err := io.ReadFull(r, piece); err != nil {
			return err
		}
		rest = rest[len(piece):]
		for _, c := range p.arrived {
			c <- piece
		}
	}
	return nil
}

// inOrder passes the pieces of each part in queue to use. It reads channel number i of each part. It
// stops at the first incomplete part and returns nil. All users of the parts therefore stop at the same
// place. If the cause of ctx is errNoRanges, the rest is then fetched as one stream. If ctx has ended for
// any other cause, inOrder returns that cause.
func inOrder(ctx context.Context, queue <-chan *part, i int, use func([]byte) error, release func(*part)) error {
	for p := range queue {
		used := 0
		for piece := range p.arrived[i] {
			if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errNoRanges) {
				return context.Cause(ctx)
			}
			if err := use(piece); err != nil {
				return err
			}
			used += len(piece)
		}
		if used < len(p.buf) {
			return nil
		}
		if p.users.Add(-1) == 0 {
			release(p)
		}
	}
	return nil
}
