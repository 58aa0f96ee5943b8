package faultio

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// ErrReset is the error that a client gets if the other end has reset the connection.
var ErrReset error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// ErrCut is the error of a request body that a fault has ended in the middle.
var ErrCut = errors.New("mocks: the request body was cut by a fault")

// Sleep waits for d, or until the context ends. It returns the cause of the end of the context.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// Plan is what happens to a body while it is read.
type Plan struct {
	After          int64 // bytes that are read before the fault happens; 0: half of the body
	Cut            error // the body ends with this error; nil: the body goes on
	Corrupt        bool  // one bit is flipped
	BytesPerSecond int64 // 0: no limit
}

// Wrap returns a reader of the body with the plan applied. If length < 0, the length is not known.
func (p Plan) Wrap(ctx context.Context, r io.Reader, length int64) io.Reader {
	after := p.After
	if after == 0 {
		after = max(length/2, 0)
	}
	switch {
	case p.Cut != nil:
		r = &cutReader{r: r, left: after, err: p.Cut}
	case p.Corrupt:
		r = &corruptReader{r: r, at: after}
	}
	if p.BytesPerSecond > 0 {
		r = &slowReader{ctx: ctx, r: r, rate: p.BytesPerSecond}
	}
	return r
}

// cutReader returns err after left bytes.
type cutReader struct {
	r    io.Reader
	left int64
	err  error
}

func (c *cutReader) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, c.err
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// corruptReader flips one bit of the byte at position at.
type corruptReader struct {
	r   io.Reader
	at  int64
	pos int64
}

func (c *corruptReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.pos <= c.at && c.at < c.pos+int64(n) {
		p[c.at-c.pos] ^= 1
	}
	c.pos += int64(n)
	return n, err
}

// slowReader passes rate bytes a second, at most a tenth of rate in each Read.
type slowReader struct {
	ctx  context.Context
	r    io.Reader
	rate int64
}

func (s *slowReader) Read(p []byte) (int, error) {
	piece := max(s.rate/10, 1)
	n, err := s.r.Read(p[:min(int64(len(p)), piece)])
	if n > 0 {
		if stop := Sleep(s.ctx, time.Duration(n)*time.Second/time.Duration(s.rate)); stop != nil {
			return n, stop
		}
	}
	return n, err
}
