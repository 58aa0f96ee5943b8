package pump_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/pump"
)

// reader is an io.Reader that reads a Reader with one context.
type reader struct {
	*pump.Reader
	ctx context.Context
}

func (r reader) Read(p []byte) (int, error) { return r.ReadContext(r.ctx, p) }

// readCloser counts how often it was closed.
type readCloser struct {
	io.Reader
	closed int
}

func (r *readCloser) Close() error {
	r.closed++
	return nil
}

func TestReaderHandsOnWhatTheSourceHas(t *testing.T) {
	text := strings.Repeat("0123456789", 100_000)
	for name, src := range map[string]func() io.Reader{
		"at once":           func() io.Reader { return strings.NewReader(text) },
		"byte by byte":      func() io.Reader { return iotest.OneByteReader(strings.NewReader(text[:5000])) },
		"half":              func() io.Reader { return iotest.HalfReader(strings.NewReader(text)) },
		"end with the data": func() io.Reader { return iotest.DataErrReader(strings.NewReader(text)) },
		"empty":             func() io.Reader { return strings.NewReader("") },
		"empty reads":       func() io.Reader { return &emptyReads{r: strings.NewReader(text)} },
	} {
		want, _ := io.ReadAll(src())
		for _, most := range []int64{-1, int64(len(want)), 7, 0} {
			wanted := want
			if most >= 0 && most < int64(len(want)) {
				wanted = want[:most]
			}
			inner := &readCloser{Reader: src()}
			r := pump.NewReader(inner, most)
			if err := iotest.TestReader(reader{r, t.Context()}, wanted); err != nil {
				t.Errorf("%s, at most %d: %v", name, most, err)
			}
			_ = r.Close()
			<-r.Done()
			if inner.closed != 1 {
				t.Errorf("%s: the source was closed %d times", name, inner.closed)
			}
		}
	}
}

// emptyReads returns neither bytes nor an error before each Read that returns something.
type emptyReads struct {
	r   io.Reader
	odd bool
}

func (e *emptyReads) Read(p []byte) (int, error) {
	if e.odd = !e.odd; e.odd {
		return 0, nil
	}
	return e.r.Read(p)
}

func TestReaderPassesErrorsOnAfterTheBytes(t *testing.T) {
	broken := errors.New("broken")
	r := pump.NewReader(io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))), -1)
	for range 2 {
		got, err := io.ReadAll(reader{r, t.Context()})
		if !errors.Is(err, broken) || string(got) != "half" && len(got) > 0 {
			t.Errorf("read %q, %v", got, err)
		}
	}
	stuck := pump.NewReader(io.NopCloser(readerFunc(func([]byte) (int, error) { return 0, nil })), -1)
	if _, err := stuck.ReadContext(t.Context(), make([]byte, 1)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a source that brings nothing for ever: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// The bytes after the content stay in the stream.
func TestReaderLeavesWhatFollows(t *testing.T) {
	stream := strings.NewReader("contentNEXT")
	r := pump.NewReader(io.NopCloser(stream), 7)
	if got, err := io.ReadAll(reader{r, t.Context()}); string(got) != "content" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if stream.Len() != 4 {
		t.Errorf("%d bytes are left, want 4", stream.Len())
	}
}

func TestReaderReturnsWhileItsSourceBlocks(t *testing.T) {
	cause := errors.New("enough")
	for name, end := range map[string]struct {
		by   func(*pump.Reader, context.CancelCauseFunc)
		want error
	}{
		"its context ends": {func(_ *pump.Reader, cancel context.CancelCauseFunc) { cancel(cause) }, cause},
		"it is closed":     {func(r *pump.Reader, _ context.CancelCauseFunc) { _ = r.Close() }, pump.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				free := make(chan struct{})
				inner := &readCloser{Reader: readerFunc(func(p []byte) (int, error) {
					<-free
					return copy(p, "late"), nil
				})}
				r := pump.NewReader(inner, -1)
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(time.Second, func() { end.by(r, cancel) })
				if _, err := r.ReadContext(ctx, make([]byte, 10)); !errors.Is(err, end.want) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
				_ = r.Close()
				synctest.Wait()
				if inner.closed != 0 {
					t.Error("closed under its Read")
				}
				close(free)
				<-r.Done()
				if inner.closed != 1 {
					t.Errorf("closed %d times", inner.closed)
				}
				if _, err := r.ReadContext(t.Context(), make([]byte, 10)); !errors.Is(err, pump.ErrClosed) {
					t.Errorf("a read after Close: %v", err)
				}
			})
		})
	}
}

// A byte that arrives is returned at once, before a buffer is full.
func TestReaderDoesNotWaitForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, feed := io.Pipe()
		r := pump.NewReader(src, -1)
		go func() { _, _ = feed.Write([]byte("x")) }()
		buf := make([]byte, 10)
		if n, err := r.ReadContext(t.Context(), buf); n != 1 || err != nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
		_ = feed.Close()
		if _, err := r.ReadContext(t.Context(), buf); !errors.Is(err, io.EOF) {
			t.Errorf("error %v, want the end", err)
		}
	})
}

// A Reader reads ahead only as far as its buffers allow, and it reads nothing before the first
// read.
func TestReaderReadsAheadWithinItsMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := 0
		r := pump.NewReader(io.NopCloser(readerFunc(func(p []byte) (int, error) {
			read += len(p)
			return len(p), nil
		})), -1)
		synctest.Wait()
		if read != 0 {
			t.Errorf("%d bytes were read before the first Read", read)
		}
		if err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if read > pump.ReaderMemory {
			t.Errorf("%d bytes were read ahead, at most %d fit", read, pump.ReaderMemory)
		}
		_ = r.Close()
		<-r.Done()
	})
}

func TestReaderNeverReadIsClosedAtOnce(t *testing.T) {
	inner := &readCloser{Reader: bytes.NewReader(nil)}
	r := pump.NewReader(inner, -1)
	_ = r.Close()
	_ = r.Close()
	<-r.Done()
	if inner.closed != 1 {
		t.Errorf("closed %d times", inner.closed)
	}
}
