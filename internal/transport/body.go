package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// Body is a request body that can be had once, or once for every attempt.
type Body struct {
	// Open returns the bytes from the start. A body that cannot be had again
	// returns an error from the second call on.
	Open func(context.Context) (io.ReadCloser, error)
	Size int64 // -1 if unknown: the body is then sent chunked
	Type string

	current atomic.Pointer[attemptBody]
}

// Complete says whether the last attempt handed the whole body to the transport.
func (b *Body) Complete() bool {
	a := b.current.Load()
	return a != nil && a.complete.Load()
}

// Err is the error of the source, not of the network, that ended the last attempt.
func (b *Body) Err() error {
	if a := b.current.Load(); a != nil {
		if p := a.err.Load(); p != nil {
			return *p
		}
	}
	return nil
}

// attach opens the body for one attempt and gives it to req.
func (b *Body) attach(req *http.Request) error {
	rc, err := b.Open(req.Context())
	if err != nil {
		return err
	}
	a := &attemptBody{ReadCloser: rc, left: b.Size}
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
	io.ReadCloser
	left     int64 // negative if the size is unknown
	complete atomic.Bool
	err      atomic.Pointer[error]
}

func (a *attemptBody) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if a.left > 0 {
		a.left -= int64(n)
		if a.left == 0 {
			a.complete.Store(true)
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		if a.left <= 0 {
			a.complete.Store(true)
			break
		}
		err = io.ErrUnexpectedEOF
		fallthrough
	default:
		a.err.Store(&err)
	}
	return n, err
}
