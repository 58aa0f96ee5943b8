package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// Body is a request body that can be had once, or once for every attempt. A nil Body is none.
type Body struct {
	// Open returns the bytes from the start. A body that cannot be had again
	// returns an error from the second call on.
	Open func(context.Context) (io.ReadCloser, error)
	Size int64 // -1 if unknown: the body is then sent chunked
	Type string

	current atomic.Pointer[attemptBody]
}

// last is the body of the last attempt, or nil.
func (b *Body) last() *attemptBody {
	if b == nil {
		return nil
	}
	return b.current.Load()
}

// Complete says whether the last attempt handed the whole body to the transport.
func (b *Body) Complete() bool {
	a := b.last()
	return a != nil && a.complete.Load()
}

// Err is the error of the source, not of the network, that ended the last attempt.
func (b *Body) Err() error {
	if a := b.last(); a != nil {
		if p := a.err.Load(); p != nil {
			return *p
		}
	}
	return nil
}

// end has the transport read no more of the last attempt's body. One that was handed over whole is left
// to the transport, which has only its end to see: breaking it off would cost the connection.
func (b *Body) end() {
	if a := b.last(); a != nil && !a.complete.Load() {
		_ = a.Close()
	}
}

// attach opens the body for one attempt and gives it to req.
func (b *Body) attach(req *http.Request) error {
	rc, err := b.Open(req.Context())
	if err != nil {
		return err
	}
	a := &attemptBody{rc: rc, left: b.Size}
	b.current.Store(a)
	req.ContentLength = b.Size
	req.Body = a
	if b.Size == 0 {
		// net/http sends a length of zero only for a body that it knows to be empty.
		a.complete.Store(true)
		req.Body = http.NoBody
		return rc.Close()
	}
	return nil
}

// attemptBody is the body of one attempt. The transport may read it in another
// goroutine and after the answer came.
type attemptBody struct {
	rc       io.ReadCloser
	left     int64 // negative if the size is unknown
	complete atomic.Bool
	closed   atomic.Bool
	err      atomic.Pointer[error]
}

// errAttemptOver is what a transport gets that reads on when the attempt is over.
var errAttemptOver = errors.New("the attempt is over")

func (a *attemptBody) Read(p []byte) (int, error) {
	switch {
	case a.complete.Load():
		return 0, io.EOF
	case a.closed.Load():
		return 0, errAttemptOver
	}
	n, err := a.rc.Read(p)
	if a.left > 0 {
		a.left -= int64(n)
		if a.left == 0 {
			a.complete.Store(true)
		}
	}
	switch {
	case err == nil:
	case a.closed.Load():
		return n, errAttemptOver // it says nothing about the source
	case errors.Is(err, io.EOF):
		if a.left <= 0 {
			a.complete.Store(true)
			break
		}
		err = io.ErrUnexpectedEOF
		fallthrough
	default:
		failed := err // its own variable, so that a read without an error allocates nothing
		a.err.Store(&failed)
	}
	return n, err
}

// Close may be called beside Read, and ends it.
func (a *attemptBody) Close() error {
	a.closed.Store(true)
	return a.rc.Close()
}
