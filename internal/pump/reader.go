package pump

import (
	"context"
	"errors"
	"io"
	"sync"
)

// ErrClosed is the error of a read after the Reader or the attempt was closed.
var ErrClosed = errors.New("reading the source was ended")

// mostEmptyReads is how many times in a row a source may return neither bytes nor an error.
const mostEmptyReads = 100

// Reader reads a source in another goroutine. The goroutine starts with the first read. If a Read
// of the source blocks, no caller has to wait for it: ReadContext returns as soon as its context
// ends or the Reader is closed. The goroutine ends when the source's Read returns. Reader returns
// the bytes of each Read of the source at once: a byte that arrives does not wait for others.
//
// Only one goroutine at a time may call ReadContext. Close may be called at any time.
type Reader struct {
	src  io.ReadCloser
	left int64 // how many more bytes may be read; negative: no limit

	room   chan struct{} // holds one element for each buffer in use
	filled chan piece
	ended  chan struct{} // closed when no further Read of the source may begin
	done   chan struct{} // closed when the source is closed and no longer in use

	mu      sync.Mutex
	running bool
	closed  bool

	closeSource sync.Once

	// ReadContext is returning these bytes.
	now  piece
	rest []byte
}

// piece is what one Read of the source returned.
type piece struct {
	data  []byte
	whole buffer // the shared buffer that holds data; nil if data has its own memory
	err   error
}

// NewReader returns a Reader of src. The Reader closes src. If most is not negative, the Reader
// reads at most this many bytes, because a stream may go on with bytes that do not belong to the
// content.
func NewReader(src io.ReadCloser, most int64) *Reader {
	return &Reader{
		src: src, left: most,
		room: make(chan struct{}, readerBuffers), filled: make(chan piece, readerBuffers),
		ended: make(chan struct{}), done: make(chan struct{}),
	}
}

// ReadContext reads the next bytes of the source. It returns the cause of ctx as soon as ctx ends,
// and ErrClosed after Close. If it has returned the end or an error of the source, it always
// returns that error again.
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

// Wait waits until the source has returned its first bytes, its end or an error. It returns nil for
// bytes and io.EOF for the end. The bytes stay for ReadContext.
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

// recycle gives the buffer of the present piece back, which makes room for another.
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

// Close makes sure that no further Read of the source begins. It does not wait for a Read that is
// running. When that Read has returned, the source is closed, and then Done is closed.
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

// Done returns a channel that is closed when the source is closed and no longer in use.
func (r *Reader) Done() <-chan struct{} { return r.done }

// CloseSource closes the source at once, even while it is being read. For most sources that can be
// closed (a file, a pipe, a connection) this ends the Read.
func (r *Reader) CloseSource() { r.closeSource.Do(func() { _ = r.src.Close() }) }
