package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/acd-sdk/acd/internal/pump"
	"github.com/acd-sdk/acd/internal/wait"
)

// An OpenOption changes one [ContentService.Open].
type OpenOption interface{ applyOpen(*openOptions) error }

type openOptions struct {
	transferOptions
	off, length int64 // length -1: to the end
}

type openOption func(*openOptions) error

func (f openOption) applyOpen(o *openOptions) error { return f(o) }

// WithRange opens only length bytes of the content, from off on; a length of -1
// means up to its end. Positions are then relative to off, and the MD5 is not verified.
func WithRange(off, length int64) OpenOption {
	return openOption(func(o *openOptions) error {
		if off < 0 || length < -1 {
			return fmt.Errorf("WithRange: %d bytes from %d", length, off)
		}
		o.off, o.length = off, length
		return nil
	})
}

// A Reader reads a file's content. Reads from the start to the end are verified
// by size and MD5: instead of [io.EOF] comes [ErrChecksum] if they do not agree. A connection
// that breaks is reopened where it broke, as the retry policy says; content
// that changed meanwhile is [ErrChanged].
//
// The MD5 is computed beside the reads, at most 1 MiB behind them.
//
// What ReadAt and [WithRange] return is not verified: the MD5 is that of the whole.
//
// Read and Seek are for one goroutine; ReadAt may be called by several, beside them.
type Reader struct {
	ctx        context.Context
	cancel     context.CancelCauseFunc
	f          *fetcher
	start, end int64 // what is read, in the content
	part       bool  // of several that are fetched at once: not worth the whole before it
	meter      *meter

	pos     int64 // in the content
	body    io.ReadCloser
	bodyPos int64
	failed  int        // attempts since bytes last came
	hash    *pump.Hash // nil if there is nothing to verify
	hashed  int64      // up to where the content went into hash

	window windowCache
}

// errClosed is what a closed reader's requests end with.
var errClosed = fmt.Errorf("acd: reader: %w", fs.ErrClosed)

// Open opens a file's content. The context is in charge of the reader's
// requests too. A node that is given without its MD5 is asked for again, and
// refused with [ErrUnavailable] if the service does not know it, unless
// [WithoutVerification] is given. Nothing is fetched before the first read. Close the reader.
func (s *ContentService) Open(ctx context.Context, n *Node, opts ...OpenOption) (*Reader, error) {
	o := openOptions{length: -1}
	for _, opt := range opts {
		if err := opt.applyOpen(&o); err != nil {
			return nil, invalid(ctx, opDownload, n.ID, "%w", err)
		}
	}
	f, err := s.newFetcher(ctx, n, o.transferOptions)
	if err != nil {
		return nil, err
	}
	size := f.node.Size()
	start, end := min(o.off, size), size
	if o.length >= 0 && o.length < size-start {
		end = start + o.length
	}
	r := newReader(ctx, f, start, end)
	if !o.unverified && start == 0 && end == size {
		r.hash = pump.NewHash()
	}
	r.meter = newMeter(o.progress, end-start)
	r.meter.restart(PhaseReceiving)
	return r, nil
}

// newReader reads without verification and progress.
func newReader(ctx context.Context, f *fetcher, start, end int64) *Reader {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Reader{ctx: ctx, cancel: cancel, f: f, start: start, end: end, pos: start, meter: newMeter(nil, 0)}
}

// newPart is newReader for one part of several.
func newPart(ctx context.Context, f *fetcher, start, end int64) *Reader {
	r := newReader(ctx, f, start, end)
	r.part = true
	return r
}

// Size is how many bytes there are to read.
func (r *Reader) Size() int64 { return r.end - r.start }

func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if r.pos >= r.end {
			return 0, r.finish()
		}
		if r.ctx.Err() != nil {
			return 0, r.interrupted(nil)
		}
		n, err := r.readSome(p[:min(int64(len(p)), r.end-r.pos)])
		if n > 0 {
			r.failed = 0
			r.advance(p[:n])
			return n, nil
		}
		if err == nil {
			continue
		}
		if err := r.afterFailure(err); err != nil {
			return 0, err
		}
	}
}

// skipAhead is how far a seek forward reads on instead of asking anew.
const skipAhead = 256 << 10

// readSome reads from the open connection, or opens one. If some bytes came before an error, it returns the
// bytes, and the next read returns the error.
func (r *Reader) readSome(p []byte) (int, error) {
	if gap := r.pos - r.bodyPos; r.body != nil && gap != 0 {
		if gap < 0 || gap > skipAhead {
			r.closeBody()
		} else if _, err := io.CopyN(io.Discard, r.body, gap); err != nil {
			r.closeBody()
		}
		r.bodyPos = r.pos
	}
	if r.body == nil {
		body, err := r.f.get(r.ctx, r.pos, r.end, !r.part)
		if err != nil {
			return 0, err
		}
		r.body, r.bodyPos = body, r.pos
	}
	n, err := r.body.Read(p)
	r.bodyPos += int64(n)
	if errors.Is(err, io.EOF) && r.bodyPos < r.end {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		r.closeBody()
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	return n, err
}

// advance counts and hashes what was read.
func (r *Reader) advance(p []byte) {
	if r.hash != nil {
		if r.pos == 0 {
			r.hash.Reset()
			r.hashed = 0
		}
		if r.hashed == r.pos {
			_, _ = r.hash.Write(p)
			r.hashed += int64(len(p))
		}
	}
	r.pos += int64(len(p))
	r.meter.add(int64(len(p)))
}

// afterFailure decides whether a read that failed may go on, and waits until it may.
func (r *Reader) afterFailure(err error) error {
	if r.ctx.Err() != nil {
		return r.interrupted(err)
	}
	// An answer that says no was retried by the floors below.
	if _, answered := errors.AsType[*Error](err); answered {
		return err
	}
	r.failed++
	fail := newError(r.ctx, opDownload, r.f.node.ID, fmt.Errorf("%w: at byte %d: %w", ErrUnavailable, r.pos, err))
	fail.Attempts = r.failed
	policy := r.f.client.retry.Policy
	if errors.Is(err, errHTML) {
		fail.Err = fmt.Errorf("%w: at byte %d: %w; the session has ended, or a portal is in the way", ErrUnauthorized, r.pos, err)
	}
	last := r.failed >= policy.MaxAttempts || errors.Is(err, errNoRanges) || r.f.endsSession(err)
	if !last {
		if wait.For(r.ctx, policy.Backoff(r.failed)) != nil {
			return r.interrupted(fail.Err)
		}
	}
	if err := r.f.unchanged(r.ctx); err != nil {
		return err
	}
	if last {
		return fail
	}
	return nil
}

// interrupted is the error of a reader that was closed or whose context ended; err is what else went wrong, or nil.
func (r *Reader) interrupted(err error) error {
	if errors.Is(context.Cause(r.ctx), errClosed) {
		return errClosed
	}
	return amend(r.ctx, opDownload, r.f.node.ID, err, func(cause error) error { return cause })
}

// finish is what comes after the last byte.
func (r *Reader) finish() error {
	r.closeBody()
	r.meter.finish()
	if r.hash != nil && r.hashed == r.f.node.Size() {
		if err := r.f.verify(r.ctx, r.hash.Sum()); err != nil {
			return err
		}
	}
	return io.EOF
}

// Seek sets where the next Read begins. It costs nothing until then.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		offset += r.start
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.end
	default:
		return 0, fmt.Errorf("acd: Seek: no such whence: %d", whence)
	}
	if offset < r.start {
		return 0, fmt.Errorf("acd: Seek to before the start")
	}
	r.pos = offset
	return offset - r.start, nil
}

// Close ends the transfer, and what ReadAt has under way. Reads that follow
// return [fs.ErrClosed].
func (r *Reader) Close() error {
	r.cancel(errClosed)
	r.closeBody()
	r.meter.finish()
	return nil
}

func (r *Reader) closeBody() {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}

// ModTime is when the service last changed the node.
func (r *Reader) ModTime() time.Time { return r.f.node.ModifiedDate }
