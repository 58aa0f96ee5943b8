package source

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/pump"
)

// gate is a reader whose Read waits until the gate is opened. Close does not open it.
type gate struct {
	r      io.Reader
	open   chan struct{}
	closed bool
}

func newGate() *gate { return &gate{r: strings.NewReader("text"), open: make(chan struct{})} }

func (g *gate) Read(p []byte) (int, error) {
	<-g.open
	return g.r.Read(p)
}

func (g *gate) Close() error {
	g.closed = true
	return nil
}

// readLater reads in a goroutine. It returns a channel that gets the error.
func readLater(rc io.Reader) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := rc.Read(make([]byte, 10))
		done <- err
	}()
	return done
}

func TestCloseWaitsForTheReadInProgressAndNoLonger(t *testing.T) {
	for name, tc := range map[string]struct {
		opens  time.Duration // when the source's Read returns
		waits  time.Duration
		reopen bool
	}{
		"a Read that ends soon":     {30 * time.Millisecond, 30 * time.Millisecond, false},
		"one that does not":         {time.Hour, grace, false},
		"one of a reopened source":  {time.Hour, grace, true},
		"one, reopened, ends soon":  {30 * time.Millisecond, 30 * time.Millisecond, true},
		"one that is just too late": {grace + time.Millisecond, grace, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				var r io.Reader = g
				var reopen func() (io.ReadCloser, error)
				if tc.reopen {
					r, reopen = nil, func() (io.ReadCloser, error) { return g, nil }
				}
				s, err := New(t.Context(), r, 4, reopen)
				if err != nil {
					t.Fatal(err)
				}
				rc, err := s.Open(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				done := readLater(rc)
				synctest.Wait()
				time.AfterFunc(tc.opens, func() { close(g.open) })
				start := time.Now()
				s.Close()
				if got := time.Since(start); got != tc.waits {
					t.Errorf("waited %v, want %v", got, tc.waits)
				}
				if err := <-done; !errors.Is(err, pump.ErrClosed) {
					t.Errorf("the attempt's Read: %v", err)
				}
				if g.closed != tc.reopen {
					t.Errorf("closed %v, want %v", g.closed, tc.reopen)
				}
				<-g.open // so that the goroutine in Read ends
			})
		})
	}
}

// An attempt that ended while it waited for the first byte has taken no bytes from the next
// attempt.
func TestStreamThatWasOnlyWaitedForIsNotSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		s, err := New(t.Context(), g, 4, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 3 {
			rc, err := s.Open(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			done := readLater(rc)
			synctest.Wait()
			_ = rc.Close()
			if err := <-done; !errors.Is(err, pump.ErrClosed) {
				t.Errorf("error %v", err)
			}
		}
		close(g.open)
		rc, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(rc); string(got) != "text" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		if _, err := s.Open(t.Context(), 0); !errors.Is(err, ErrSpent) {
			t.Errorf("error %v, want ErrSpent", err)
		}
	})
}

// A source does not seek back while a Read of the attempt before still runs, even if that attempt
// has been closed.
func TestRewindWaitsForTheReadInProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		s, err := New(t.Context(), struct {
			io.Reader
			io.Seeker
		}{g, strings.NewReader("text")}, Unknown, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		rc, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		done := readLater(rc)
		synctest.Wait()
		_ = rc.Close()
		<-done
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Open(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v while the Read goes on", err)
		}
		close(g.open)
		if _, err := s.Open(t.Context(), 0); err != nil {
			t.Error(err)
		}
	})
}

// The wait for a stream's first byte, the opening of a source and the reading up to the start of an
// attempt all end when their context ends.
func TestWaitsForASourceEndWithTheirContext(t *testing.T) {
	for name, open := range map[string]func(context.Context, *gate) error{
		"first byte": func(ctx context.Context, g *gate) error {
			_, err := New(ctx, g, Unknown, nil)
			return err
		},
		"opening": func(ctx context.Context, g *gate) error {
			s, err := New(ctx, nil, 4, func() (io.ReadCloser, error) { <-g.open; return g, nil })
			if err != nil {
				return err
			}
			rc, err := s.Open(ctx, 0)
			if err != nil {
				return err
			}
			_, err = io.ReadAll(rc)
			return err
		},
		"skipping": func(ctx context.Context, g *gate) error {
			s, err := New(ctx, nil, 4, func() (io.ReadCloser, error) { return g, nil })
			if err != nil {
				return err
			}
			_, err = s.Open(ctx, 2)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cause := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(cause) })
				g := newGate()
				defer close(g.open)
				start := time.Now()
				if err := open(ctx, g); !errors.Is(err, cause) || time.Since(start) > time.Second+grace {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
			})
		})
	}
}
