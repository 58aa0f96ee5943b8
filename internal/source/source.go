// Package source makes of an io.Reader bytes that can be had once, or again from
// where they began.
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

// ErrSpent means that a source was read and cannot be had again.
var ErrSpent = errors.New("the source was read and cannot be read again")

// Unknown is the size of a source that does not tell.
const Unknown int64 = -1

// Source is content to send. Its methods are for one goroutine at a time.
type Source struct {
	Size       int64 // bytes, or Unknown
	Rewindable bool

	direct bool // a Read cannot block, and needs no goroutine of its own
	open   func(ctx context.Context, off int64) (*attempt, error)
	inUse  []*reading
}

// New finds out how r can be read again: with reopen if it is not nil, with
// ReadAt, or by seeking to where it stands. A reader that offers none of them
// is streamed once. size is what the caller knows, or Unknown: then a file, a reader
// that seeks, and one with a Len method tell their own. ctx ends the wait for the first byte of a
// stream whose size is not known. Close the Source.
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

// Open returns the content from off on, up to exactly Size if that is known:
// content that ends early is an error, what goes on is cut. A Read of it returns as soon as ctx ends or
// it is closed, even if the source itself does not return, and Close may be called beside Read.
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

// detect sets how r is opened, and Size if nobody has told it.
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

// cannotBlock says whether a Read of r returns at once because what it reads is at hand: in memory, or
// in a regular file. A file on a network file system may block all the same, but so that no program
// can break off its Read.
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

// extent is where a seeker stands and where it ends.
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

// section reads r side by side with any other use of it.
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

// rewinding seeks back for every attempt, once the one before has let go: a Read of it may still be in
// progress.
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

// once streams r a single time. An attempt that failed before it read anything
// does not spend it. The first bytes are waited for beforehand, so that an empty stream
// is known to be empty: the service refuses an empty chunked body now and then.
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

// reopenWith has the first attempt read what was given, if anything, and every
// later one what reopen returns.
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

// exact reads size bytes, no fewer and no more.
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
