package pump

import (
	"context"
	"errors"
	"io"
	"sync"
)

// ErrClosed is what a Read returns once reading was ended from outside.
var ErrClosed = errors.New("reading the source was ended")

// mostEmptyReads is how many times in a row a source may return neither bytes nor an error.
const mostEmptyReads = 100

// Reader reads a source in a goroutine of its own, from the first Read on. A Read of the source that
// blocks therefore holds up nobody: ReadContext returns as soon as its context or the Reader is ended,
// and the goroutine ends when the source's Read returns. What a Read of the source returns is handed
// on as it is: a byte that arrives does not wait for others.
//
// ReadContext is for one goroutine at a time; Close may be called at any time.
type Reader struct {
	src  io.ReadCloser
	left int64 // bytes that may be read, negative if all

	room   chan struct{} // one for each buffer that may be in use
	filled chan piece
	ended  chan struct{} // no further Read of the source begins
	done   chan struct{} // the source is not in use any more, and is closed

	mu      sync.Mutex
	running bool
	closed  bool

	closeSource sync.Once

	// What ReadContext has in hand.
	now  piece
	rest []byte
}

// piece is what one Read of the source returned.
type piece struct {
	data  []byte
	whole buffer // what data lies in, if it is one of the shared ones
	err   error
}

// NewReader returns a Reader of src, which it closes. It reads no more than most bytes, or all
// if most is negative: a stream may go on with bytes that are not of the content.
func NewReader(src io.ReadCloser, most int64) *Reader {
	return &Reader{
		src: src, left: most,
		room: make(chan struct{}, readerBuffers), filled: make(chan piece, readerBuffers),
		ended: make(chan struct{}), done: make(chan struct{}),
	}
}

// ReadContext reads what the source has next. It returns the cause of ctx as soon as ctx ends, and
// ErrClosed after Close; but an end or an error that was handed on stays.
func (r *Reader) ReadContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.rest) == 0 {
		if r.now.err != nil {
			return 0, r.now.err
		}
		if err := r.next(ctx); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	if len(r.rest) == 0 {
		r.recycle()
		return n, r.now.err
	}
	return n, nil
}

// Wait waits until the source has brought its first bytes, its end (io.EOF) or an error. It takes nothing.
func (r *Reader) Wait(ctx context.Context) error {
	for len(r.rest) == 0 && r.now.err == nil {
		if err := r.next(ctx); err != nil {
			return err
		}
	}
	if len(r.rest) > 0 {
		return nil
	}
	return r.now.err
}

// next waits for the next piece.
func (r *Reader) next(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !r.start() {
		return ErrClosed
	}
	select {
	case r.now = <-r.filled:
		if r.rest = r.now.data; len(r.rest) == 0 {
			r.recycle()
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-r.ended:
		return ErrClosed
	}
}

// recycle lets go of the buffer in hand, which makes room for another.
func (r *Reader) recycle() {
	if r.now.whole != nil {
		giveBack(r.now.whole)
	}
	r.now.data, r.now.whole, r.rest = nil, nil, nil
	<-r.room
}

// start makes sure that the goroutine runs. It returns false if the Reader was closed.
func (r *Reader) start() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.running && !r.closed {
		r.running = true
		go r.run()
	}
	return !r.closed
}

// run reads until the source ends or the Reader is closed.
func (r *Reader) run() {
	defer close(r.done)
	defer r.CloseSource()
	for {
		select {
		case <-r.ended:
			return
		case r.room <- struct{}{}:
		}
		p := r.readPiece()
		r.filled <- p
		if p.err != nil {
			return
		}
	}
}

// readPiece reads until there are bytes or an error.
func (r *Reader) readPiece() piece {
	if r.left == 0 {
		return piece{err: io.EOF}
	}
	var p piece
	if r.left < 0 || r.left > bufferSize/2 {
		p.whole = borrow()
		p.data = p.whole[:]
	} else {
		p.data = make([]byte, r.left)
	}
	if r.left >= 0 {
		p.data = p.data[:min(r.left, int64(len(p.data)))]
	}
	for range mostEmptyReads {
		select {
		case <-r.ended:
			p.data, p.err = nil, ErrClosed
			return p
		default:
		}
		n, err := r.src.Read(p.data)
		if n == 0 && err == nil {
			continue
		}
		if r.left >= 0 {
			r.left -= int64(n)
		}
		p.data, p.err = p.data[:n], err
		return p
	}
	p.data, p.err = nil, io.ErrNoProgress
	return p
}

// Close has no further Read of the source begin, and waits for none: the source is closed when its
// Read has returned, which Done tells.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	close(r.ended)
	if !r.running {
		r.CloseSource()
		close(r.done)
	}
	return nil
}

// Done is closed when the source is closed and not in use any more.
func (r *Reader) Done() <-chan struct{} { return r.done }

// CloseSource closes the source at once, even while it is being read. That ends the Read of most
// sources that know how to be closed: of a file, a pipe, a connection.
func (r *Reader) CloseSource() { r.closeSource.Do(func() { _ = r.src.Close() }) }
