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

// An OpenOption changes one call of [ContentService.Open].
type OpenOption interface{ applyOpen(*openOptions) error }

type openOptions struct {
	transferOptions
	off, length int64 // length -1 means up to the end
}

type openOption func(*openOptions) error

func (f openOption) applyOpen(o *openOptions) error { return f(o) }

// WithRange opens only length bytes of the content, beginning at off. A length of -1 means up to the end
// of the content. Positions of the [Reader] are then relative to off, and the MD5 is not verified.
func WithRange(off, length int64) OpenOption {
	return openOption(func(o *openOptions) error {
		if off < 0 || length < -1 {
			return fmt.Errorf("WithRange: %d bytes from %d", length, off)
		}
		o.off, o.length = off, length
		return nil
	})
}

// A Reader reads the content of a file. If all of it is read from the start to the end, size and MD5 are
// verified. If they do not match, the last Read returns [ErrChecksum] instead of [io.EOF]. If a
// connection breaks, the Reader reconnects at the same position, as the retry policy says. If the content
// has changed meanwhile, Read fails with [ErrChanged].
//
// The MD5 is computed in the background, at most 1 MiB behind the reads.
//
// The bytes from ReadAt and [WithRange] are not verified, because the MD5 is that of the whole content.
//
// Only one goroutine at a time may call Read and Seek. ReadAt is safe for concurrent use, also during a
// Read or Seek.
type Reader struct {
	ctx        context.Context
	cancel     context.CancelCauseFunc
	f          *fetcher
	start, end int64 // the range to read, as positions in the content
	part       bool  // one of several parts: if the service sends the whole content, fail instead of reading up to start
	meter      *meter

	pos     int64 // position in the content
	body    io.ReadCloser
	bodyPos int64
	failed  int        // attempts since the last bytes arrived
	hash    *pump.Hash // nil if there is nothing to verify
	hashed  int64      // the position up to which the content was hashed

	window windowCache
}

// errClosed is the error of requests of a closed reader.
var errClosed = fmt.Errorf("acd: reader: %w", fs.ErrClosed)

// Open opens the content of a file. If ctx ends, the requests of the reader end too. If n has no MD5,
// Open requests the node again. If the service knows no MD5, Open fails with [ErrUnavailable], except
// with [WithoutVerification]. The content is requested at the first read. The caller must close the
// reader.
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

// newReader returns a reader that verifies nothing and reports no progress.
func newReader(ctx context.Context, f *fetcher, start, end int64) *Reader {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Reader{ctx: ctx, cancel: cancel, f: f, start: start, end: end, pos: start, meter: newMeter(nil, 0)}
}

// newPart returns a reader for one of several parts. See Reader.part.
func newPart(ctx context.Context, f *fetcher, start, end int64) *Reader {
	r := newReader(ctx, f, start, end)
	r.part = true
	return r
}

// Size returns how many bytes the reader reads in total.
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

// skipAhead: a seek forward by at most this many bytes reads and discards them. A longer seek makes a new
// request.
const skipAhead = 256 << 10

// readSome reads from the open connection, or opens one. If bytes arrive together with an error, it may
// return both. Read then drops the error, and the next read opens a new connection.
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

// advance counts and hashes the bytes that were read.
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

// afterFailure returns nil if the read may be retried, after the wait of the retry policy. Otherwise it
// returns the error.
func (r *Reader) afterFailure(err error) error {
	if r.ctx.Err() != nil {
		return r.interrupted(err)
	}
	// An *Error was already retried by the layers below.
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

// interrupted returns the error of a reader that was closed or whose context has ended. err is what else
// went wrong, or nil.
func (r *Reader) interrupted(err error) error {
	if errors.Is(context.Cause(r.ctx), errClosed) {
		return errClosed
	}
	return amend(r.ctx, opDownload, r.f.node.ID, err, func(cause error) error { return cause })
}

// finish verifies the content after the last byte. It returns io.EOF if the content is right.
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

// Seek sets the position of the next Read. Seek itself makes no request.
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

// Close ends the transfer and any ReadAt that is running. Later reads return [fs.ErrClosed].
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

// ModTime returns when the service last changed the node.
func (r *Reader) ModTime() time.Time { return r.f.node.ModifiedDate }
