// Package source makes of an io.Reader bytes that can be had once, or again from
// where they began.
package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync/atomic"
)

// ErrSpent means that a source was read and cannot be had again.
var ErrSpent = errors.New("the source was read and cannot be read again")

// Unknown is the size of a source that does not tell.
const Unknown int64 = -1

// Source is content to send.
type Source struct {
	Size       int64 // bytes, or Unknown
	Rewindable bool

	open func(ctx context.Context, off int64) (io.ReadCloser, error)
}

// New finds out how r can be read again: with reopen if it is not nil, with
// ReadAt, or by seeking to where it stands. A reader that offers none of them
// is streamed once. size is what the caller knows, or Unknown: then a file, a reader
// that seeks, and one with a Len method tell their own.
func New(r io.Reader, size int64, reopen func() (io.ReadCloser, error)) (*Source, error) {
	if size < Unknown {
		return nil, fmt.Errorf("a size of %d bytes", size)
	}
	s, err := detect(r, size)
	if err != nil {
		return nil, err
	}
	if size != Unknown {
		s.Size = size
	}
	if reopen != nil {
		s.reopenWith(reopen, r != nil)
	}
	return s, nil
}

// Open returns the content from off on, up to exactly Size if that is known:
// content that ends early is an error, what goes on is cut.
func (s *Source) Open(ctx context.Context, off int64) (io.ReadCloser, error) {
	rc, err := s.open(ctx, off)
	if err != nil || s.Size == Unknown {
		return rc, err
	}
	return &exact{rc: rc, size: s.Size, n: off}, nil
}

func detect(r io.Reader, size int64) (*Source, error) {
	if r == nil {
		return &Source{Size: Unknown}, nil
	}
	if f, ok := r.(*os.File); ok {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			return nil, &os.PathError{Op: "read", Path: f.Name(), Err: errors.New("is a directory")}
		}
		if !info.Mode().IsRegular() {
			return once(r, Unknown)
		}
	}
	at, isAt := r.(io.ReaderAt)
	seeker, isSeeker := r.(io.Seeker)
	if isSeeker {
		if start, end, err := extent(seeker); err == nil {
			if isAt {
				return section(at, start, end-start), nil
			}
			return rewinding(r, seeker, start, end-start), nil
		}
		return once(r, length(r))
	}
	if isAt {
		n := length(r)
		if n == Unknown {
			n = size
		}
		return section(at, 0, n), nil
	}
	return once(r, length(r))
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
func section(r io.ReaderAt, start, size int64) *Source {
	most := size
	if most == Unknown {
		most = math.MaxInt64 - start
	}
	return &Source{Size: size, Rewindable: true, open: func(_ context.Context, off int64) (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(r, start+off, most-off)), nil
	}}
}

// rewinding seeks back for every attempt, once the one before has let go: net/http may still
// be reading a body after its answer came.
func rewinding(r io.Reader, s io.Seeker, start, size int64) *Source {
	free := make(chan struct{}, 1)
	free <- struct{}{}
	return &Source{Size: size, Rewindable: true, open: func(ctx context.Context, off int64) (io.ReadCloser, error) {
		select {
		case <-free:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if _, err := s.Seek(start+off, io.SeekStart); err != nil {
			free <- struct{}{}
			return nil, err
		}
		return &lease{Reader: r, free: free}, nil
	}}
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
// does not spend it. One byte is looked at beforehand, so that an empty stream
// is known to be empty: the service refuses an empty chunked body now and then.
func once(r io.Reader, size int64) (*Source, error) {
	if size == Unknown {
		// Larger reads than its 16 bytes go past the buffer, uncopied.
		peek := bufio.NewReaderSize(r, 16)
		switch _, err := peek.Peek(1); {
		case errors.Is(err, io.EOF):
			return section(noBytes{}, 0, 0), nil
		case err != nil:
			return nil, err
		}
		r = peek
	}
	c := &counted{r: r}
	return &Source{Size: size, open: func(_ context.Context, off int64) (io.ReadCloser, error) {
		if c.n.Load() > 0 {
			return nil, ErrSpent
		}
		return skip(io.NopCloser(c), off)
	}}, nil
}

type noBytes struct{}

func (noBytes) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

type counted struct {
	r io.Reader
	n atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// reopenWith has the first attempt read what was given, if anything, and every
// later one what reopen returns.
func (s *Source) reopenWith(reopen func() (io.ReadCloser, error), given bool) {
	again := func(_ context.Context, off int64) (io.ReadCloser, error) {
		rc, err := reopen()
		if err != nil {
			return nil, err
		}
		return skip(rc, off)
	}
	s.Rewindable = true
	if !given {
		s.open = again
		return
	}
	first := s.open
	var opened atomic.Bool
	s.open = func(ctx context.Context, off int64) (io.ReadCloser, error) {
		if opened.Swap(true) {
			return again(ctx, off)
		}
		return first(ctx, off)
	}
}

// skip reads past the first off bytes of what cannot seek.
func skip(rc io.ReadCloser, off int64) (io.ReadCloser, error) {
	if _, err := io.CopyN(io.Discard, rc, off); err != nil {
		rc.Close()
		return nil, fmt.Errorf("reading the source up to byte %d: %w", off, err)
	}
	return rc, nil
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
