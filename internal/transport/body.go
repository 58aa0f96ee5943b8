package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// Body is a request body. It can be opened once, or once for every attempt. A nil Body means that
// there is no body.
type Body struct {
	// Open returns the bytes from the start. If a body can be opened only once, Open returns an
	// error from the second call on.
	Open func(context.Context) (io.ReadCloser, error)
	Size int64 // -1 if unknown: the body is then sent chunked
	Type string

	current atomic.Pointer[attemptBody]
}

// last returns the body of the last attempt, or nil.
func (b *Body) last() *attemptBody {
	if b == nil {
		return nil
	}
	return b.current.Load()
}

// Complete reports whether the transport has read the whole body of the last attempt.
func (b *Body) Complete() bool {
	a := b.last()
	return a != nil && a.complete.Load()
}

// Err returns the error of the body's source, not of the network, that ended the last attempt.
func (b *Body) Err() error {
	if a := b.last(); a != nil {
		if p := a.err.Load(); p != nil {
			return *p
		}
	}
	return nil
}

// end stops the transport from reading the last attempt's body. If the transport already has all
// bytes, end does nothing: the transport then only has to see the end of the body, and closing the
// body would cost the connection.
func (b *Body) end() {
	if a := b.last(); a != nil && !a.complete.Load() {
		_ = a.Close()
	}
}

// attach opens the body for one attempt and sets it as the body of req.
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
		// net/http sends Content-Length 0 only if it knows that the body is empty.
		a.complete.Store(true)
		req.Body = http.NoBody
		return rc.Close()
	}
	return nil
}

// attemptBody is the body of one attempt. The transport may read it in another goroutine, and may
// still read it after the response came.
type attemptBody struct {
	rc       io.ReadCloser
	left     int64 // negative if the size is unknown
	complete atomic.Bool
	closed   atomic.Bool
	err      atomic.Pointer[error]
}

// errAttemptOver is what a transport gets if it reads the body after the attempt has ended.
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
		return n, errAttemptOver // this error says nothing about the source
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

// Close may be called while Read runs in another goroutine. It ends that Read.
func (a *attemptBody) Close() error {
	a.closed.Store(true)
	return a.rc.Close()
}
