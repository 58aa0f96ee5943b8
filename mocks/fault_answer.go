package mocks

import (
	"io"
	"time"
)

// readCloser joins a reader with the closing of another.
type readCloser struct {
	io.Reader
	io.Closer
}

// faultyAnswer puts the fault into the body of the answer.
func (c *call) faultyAnswer(a *answer) *answer {
	f := c.fault
	if f.Delay > 0 {
		if err := sleep(c.ctx(), time.Duration(f.Delay)); err != nil {
			a.close()
			return &answer{broken: err}
		}
	}
	a.toStream()
	r := io.Reader(a.stream)
	after := f.After
	if after == 0 {
		after = max(a.length/2, 0)
	}
	switch {
	case f.Reset:
		r = &cutReader{r: r, left: after, err: errReset}
	case f.Truncate:
		r = &cutReader{r: r, left: after, err: io.ErrUnexpectedEOF}
	case f.Corrupt:
		r = &corruptReader{r: r, at: after}
	}
	if f.BytesPerSecond > 0 {
		r = &slowReader{ctx: c.ctx(), r: r, rate: f.BytesPerSecond}
	}
	a.slow = true
	a.stream = readCloser{r, a.stream}
	return a
}
