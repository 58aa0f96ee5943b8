package source

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/pump"
)

// grace is how long Close waits for the Reads that are running.
const grace = 100 * time.Millisecond

// reading is the content of a source while it is read, directly or by another goroutine.
type reading struct {
	*pump.Reader // nil: src is read directly
	src          io.ReadCloser
	// closeEnds says that the content may be closed while it is read.
	closeEnds bool
}

// use begins to read content that starts at off.
func (s *Source) use(rc io.ReadCloser, off int64, closeEnds bool) *reading {
	if s.direct {
		return &reading{src: rc}
	}
	most := Unknown
	if s.Size != Unknown {
		most = s.Size - off
	}
	r := &reading{pump.NewReader(rc, most), rc, closeEnds}
	s.inUse = append(s.inUse, r)
	return r
}

func (r *reading) ReadContext(ctx context.Context, p []byte) (int, error) {
	if r.Reader != nil {
		return r.Reader.ReadContext(ctx, p)
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return r.src.Read(p)
}

func (r *reading) Close() error {
	if r.Reader != nil {
		return r.Reader.Close()
	}
	return r.src.Close()
}

// Close makes sure that no further Read of the source begins. It waits up to 100 ms for running
// Reads, so that the caller can use its reader again. After that it stops waiting: those Reads end
// later. It then also closes content that was opened for this source alone.
func (s *Source) Close() {
	late := time.NewTimer(grace)
	defer late.Stop()
	for _, r := range s.inUse {
		_ = r.Close()
	}
	expired := false
	for _, r := range s.inUse {
		if !expired {
			select {
			case <-r.Done():
			case <-late.C:
				expired = true
			}
		}
		if expired && r.closeEnds {
			r.CloseSource()
		}
	}
	s.inUse = nil
}

// attempt is the content during one attempt to send it.
type attempt struct {
	src    *reading
	owned  bool // only this attempt uses src
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex // held while Read runs
	taken bool       // whether bytes were returned
}

func newAttempt(ctx context.Context, src *reading, owned bool) *attempt {
	a := &attempt{src: src, owned: owned}
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	return a
}

// read begins an attempt with content that only this attempt uses.
func (s *Source) read(ctx context.Context, rc io.ReadCloser, off int64, closeEnds bool) *attempt {
	return newAttempt(ctx, s.use(rc, off, closeEnds), true)
}

func (a *attempt) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, err := a.src.ReadContext(a.ctx, p)
	a.taken = a.taken || n > 0
	return n, err
}

// Close ends the attempt. It waits until a running Read has returned.
func (a *attempt) Close() error {
	a.cancel(pump.ErrClosed)
	if a.owned {
		_ = a.src.Close()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return nil
}

// spent ends the attempt, and reports whether it took bytes from the source.
func (a *attempt) spent() bool {
	_ = a.Close()
	return a.taken
}

// skip reads the first off bytes and drops them, for content that cannot seek.
func (a *attempt) skip(off int64) (*attempt, error) {
	if _, err := io.CopyN(io.Discard, a, off); err != nil {
		_ = a.Close()
		return nil, fmt.Errorf("reading the source up to byte %d: %w", off, err)
	}
	return a, nil
}

// reopened opens its content at the first Read, because opening may block, too.
type reopened struct {
	open func() (io.ReadCloser, error)

	mu     sync.Mutex
	rc     io.ReadCloser
	closed bool
}

func (r *reopened) Read(p []byte) (int, error) {
	if r.rc == nil {
		rc, err := r.open()
		if err != nil {
			return 0, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rc = rc
		if r.closed {
			_ = rc.Close()
			return 0, pump.ErrClosed
		}
		return 0, nil
	}
	return r.rc.Read(p)
}

// Close may be called while Read runs in another goroutine.
func (r *reopened) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.rc == nil {
		return nil
	}
	return r.rc.Close()
}
