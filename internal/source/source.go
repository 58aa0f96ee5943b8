// Package source turns an io.Reader into content that can be opened once, or again from its start.
package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync/atomic"
)

// ErrSpent means that the source has been read and cannot be read again.
var ErrSpent = errors.New("the source was read and cannot be read again")

// Unknown is the size of a source whose size is not known.
const Unknown int64 = -1

// Source is content to send. Only one goroutine at a time may use its methods.
type Source struct {
	Size       int64 // bytes, or Unknown
	Rewindable bool

	direct bool // a Read cannot block, and needs no other goroutine
	open   func(ctx context.Context, off int64) (*attempt, error)
	inUse  []*reading
}

// New finds out how r can be read again: with reopen if it is not nil, with ReadAt, or by seeking
// back to its present position. If r offers none of these, it is streamed once. size is the size if
// the caller knows it, or Unknown. If it is Unknown, New takes the size from a file, from a reader
// that seeks, or from a Len method. If the size of a stream is not known, New waits for its first
// byte; ctx ends this wait. The caller must close the Source.
func New(ctx context.Context, r io.Reader, size int64, reopen func() (io.ReadCloser, error)) (*Source, error) {
	if size < Unknown {
		return nil, fmt.Errorf("a size of %d bytes", size)
	}
	s := &Source{Size: size}
	if r != nil {
		if err := s.detect(ctx, r); err != nil {
			s.Close()
			return nil, err
		}
	}
	if reopen != nil {
		s.reopenWith(reopen)
	}
	return s, nil
}

// Open returns the content from off on. If Size is known, Open returns exactly the bytes up to
// Size: content that ends earlier is an error, and content that goes on is cut. A Read returns as
// soon as ctx ends or the content is closed, even if the source itself does not return. Close may
// be called while Read runs in another goroutine.
func (s *Source) Open(ctx context.Context, off int64) (io.ReadCloser, error) {
	rc, err := s.open(ctx, off)
	if err != nil {
		return nil, err
	}
	if s.Size == Unknown {
		return rc, nil
	}
	return &exact{rc: rc, size: s.Size, n: off}, nil
}

// detect decides how r is opened. It sets Size if the caller did not give it.
func (s *Source) detect(ctx context.Context, r io.Reader) error {
	if f, ok := r.(*os.File); ok {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.IsDir() {
			return &os.PathError{Op: "read", Path: f.Name(), Err: errors.New("is a directory")}
		}
		if !info.Mode().IsRegular() {
			return s.once(ctx, r, Unknown)
		}
	}
	s.direct = cannotBlock(r)
	at, isAt := r.(io.ReaderAt)
	seeker, isSeeker := r.(io.Seeker)
	if isSeeker {
		start, end, err := extent(seeker)
		switch {
		case err != nil:
			return s.once(ctx, r, length(r))
		case isAt:
			s.section(at, start, end-start)
		default:
			s.rewinding(r, seeker, start, end-start)
		}
		return nil
	}
	if isAt {
		n := length(r)
		if n == Unknown {
			n = s.Size
		}
		s.section(at, 0, n)
		return nil
	}
	return s.once(ctx, r, length(r))
}

// cannotBlock reports whether a Read of r returns at once, because r is in memory or is a regular
// file. A file on a network file system may still block, but no program can interrupt such a Read.
func cannotBlock(r any) bool {
	switch r := r.(type) {
	case *bytes.Reader, *bytes.Buffer, *strings.Reader:
		return true
	case *os.File:
		info, err := r.Stat()
		return err == nil && info.Mode().IsRegular()
	case *io.SectionReader:
		of, _, _ := r.Outer()
		return cannotBlock(of)
	case *io.LimitedReader:
		return cannotBlock(r.R)
	}
	return false
}

func (s *Source) knows(size int64) {
	if s.Size == Unknown {
		s.Size = size
	}
}

func length(r io.Reader) int64 {
	if l, ok := r.(interface{ Len() int }); ok {
		return int64(l.Len())
	}
	if l, ok := r.(*io.LimitedReader); ok {
		if n := length(l.R); n != Unknown {
			return max(0, min(n, l.N))
		}
	}
	return Unknown
}

// extent returns the present position of a seeker, and its end.
func extent(s io.Seeker) (start, end int64, err error) {
	if start, err = s.Seek(0, io.SeekCurrent); err != nil {
		return 0, 0, err
	}
	if end, err = s.Seek(0, io.SeekEnd); err != nil {
		return 0, 0, err
	}
	_, err = s.Seek(start, io.SeekStart)
	return start, max(start, end), err
}

// section reads r with ReadAt, so that other users can read r at the same time.
func (s *Source) section(r io.ReaderAt, start, size int64) {
	most := size
	if most == Unknown {
		most = math.MaxInt64 - start
	}
	s.knows(size)
	s.Rewindable = true
	s.open = func(ctx context.Context, off int64) (*attempt, error) {
		return s.read(ctx, io.NopCloser(io.NewSectionReader(r, start+off, most-off)), off, false), nil
	}
}

// rewinding seeks back for every attempt. It first waits until the attempt before has released r,
// because a Read of that attempt may still run.
func (s *Source) rewinding(r io.Reader, seeker io.Seeker, start, size int64) {
	free := make(chan struct{}, 1)
	free <- struct{}{}
	s.knows(size)
	s.Rewindable = true
	s.open = func(ctx context.Context, off int64) (*attempt, error) {
		select {
		case <-free:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if _, err := seeker.Seek(start+off, io.SeekStart); err != nil {
			free <- struct{}{}
			return nil, err
		}
		return s.read(ctx, &lease{Reader: r, free: free}, off, false), nil
	}
}

type lease struct {
	io.Reader
	free   chan struct{}
	closed atomic.Bool
}

func (l *lease) Close() error {
	if !l.closed.Swap(true) {
		l.free <- struct{}{}
	}
	return nil
}

// once streams r a single time. An attempt that failed before it read anything does not use the
// stream up. If the size is not known, once waits for the first bytes, so that an empty stream is
// known to be empty: the service sometimes refuses an empty chunked body.
func (s *Source) once(ctx context.Context, r io.Reader, size int64) error {
	s.knows(size)
	src := s.use(io.NopCloser(r), 0, false)
	if s.Size == Unknown {
		switch err := src.Wait(ctx); {
		case errors.Is(err, io.EOF):
			s.section(noBytes{}, 0, 0)
			return nil
		case err != nil:
			return err
		}
	}
	var last *attempt
	s.open = func(ctx context.Context, off int64) (*attempt, error) {
		if last != nil && last.spent() {
			return nil, ErrSpent
		}
		last = newAttempt(ctx, src, false)
		return last.skip(off)
	}
	return nil
}

type noBytes struct{}

func (noBytes) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

// reopenWith makes the first attempt read the reader that was given, if there is one. Every later
// attempt reads what reopen returns.
func (s *Source) reopenWith(reopen func() (io.ReadCloser, error)) {
	first := s.open
	s.Rewindable = true
	s.open = func(ctx context.Context, off int64) (*attempt, error) {
		if open := first; open != nil {
			first = nil
			return open(ctx, off)
		}
		s.direct = false
		return s.read(ctx, &reopened{open: reopen}, 0, true).skip(off)
	}
}

// exact reads exactly size bytes.
type exact struct {
	rc   io.ReadCloser
	size int64
	n    int64
}

func (e *exact) Read(p []byte) (int, error) {
	left := e.size - e.n
	if left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := e.rc.Read(p)
	e.n += int64(n)
	if errors.Is(err, io.EOF) && e.n < e.size {
		return n, fmt.Errorf("the source ended after %d of %d bytes: %w", e.n, e.size, io.ErrUnexpectedEOF)
	}
	if err != nil && e.n == e.size {
		err = nil
	}
	return n, err
}

func (e *exact) Close() error { return e.rc.Close() }
