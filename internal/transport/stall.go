package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// Stall breaks off an exchange that moves no byte for its limit. There is no
// limit on the whole: a transfer that moves may take days.
type Stall struct {
	Limit time.Duration
	Next  http.RoundTripper
}

func (s *Stall) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{limit: s.Limit, cancel: cancel}
	out := req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &watchedRequest{req.Body, w}
	}
	w.arm()
	resp, err := s.Next.RoundTrip(out)
	w.disarm()
	if err != nil {
		err = stalled(ctx, err)
		cancel(nil)
		return nil, err
	}
	resp.Body = &watchedResponse{resp.Body, w, ctx}
	return resp, nil
}

// stalled tells a break of our own from one that came from elsewhere.
func stalled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrStalled) {
		return ErrStalled
	}
	return err
}

// watch is the timer of one exchange. The body's side and the answer's side of
// the exchange may run at the same time.
type watch struct {
	limit  time.Duration
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer
	over   bool // the answer came: a late read of the request body arms nothing
}

func (w *watch) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(w.limit, func() { w.cancel(ErrStalled) })
		return
	}
	w.timer.Reset(w.limit)
}

func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil && !w.over {
		w.timer.Stop()
	}
}

func (w *watch) disarm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.over = true
}

// watchedRequest holds the clock while the source is read: a slow disk is no
// stalled network.
type watchedRequest struct {
	io.ReadCloser
	w *watch
}

func (b *watchedRequest) Read(p []byte) (int, error) {
	b.w.pause()
	n, err := b.ReadCloser.Read(p)
	b.w.arm()
	return n, err
}

// watchedResponse runs the clock only while a read waits: a slow caller is no
// stalled network either.
type watchedResponse struct {
	io.ReadCloser
	w   *watch
	ctx context.Context
}

func (b *watchedResponse) Read(p []byte) (int, error) {
	b.w.timer.Reset(b.w.limit)
	n, err := b.ReadCloser.Read(p)
	b.w.timer.Stop()
	if err != nil && err != io.EOF {
		err = stalled(b.ctx, err)
	}
	return n, err
}

func (b *watchedResponse) Close() error {
	err := b.ReadCloser.Close()
	b.w.cancel(nil)
	return err
}
