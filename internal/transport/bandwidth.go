package transport

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/acd-sdk/acd/internal/wait"
)

// Throttle limits the bytes a second of the bodies of all requests together, and of the bodies of
// all responses together. Throttle lies above Stall. So for Stall, a wait in Throttle is a wait for
// the source or for the caller, and not a stall.
type Throttle struct {
	Up, Down *rate.Limiter // nil means no limit
	Next     http.RoundTripper
}

// NewBandwidth returns a limiter for the given number of bytes a second, or nil if bytes is 0 or
// less.
func NewBandwidth(bytes int64) *rate.Limiter {
	if bytes <= 0 {
		return nil
	}
	// A burst is a tenth of a second: smooth for a person, and few waits. It is at most 256 KiB.
	return rate.NewLimiter(rate.Limit(bytes), int(min(max(bytes/10, 1), 256<<10)))
}

// RoundTrip implements [http.RoundTripper].
func (t *Throttle) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.Up != nil && req.Body != nil && req.Body != http.NoBody {
		body := throttle(req.Context(), req.Body, t.Up)
		req = req.WithContext(req.Context()) // a copy, because RoundTrip must not change the request
		req.Body = body
	}
	resp, err := t.Next.RoundTrip(req)
	if err == nil && t.Down != nil {
		resp.Body = throttle(req.Context(), resp.Body, t.Down)
	}
	return resp, err
}

// throttled is a body that is read at a limited rate.
type throttled struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
	limit  *rate.Limiter
	closed atomic.Bool
}

func throttle(ctx context.Context, body io.ReadCloser, limit *rate.Limiter) *throttled {
	ctx, cancel := context.WithCancel(ctx)
	return &throttled{ReadCloser: body, ctx: ctx, cancel: cancel, limit: limit}
}

// Read waits until the time for all earlier bytes has passed. The time for the bytes that Read
// itself returns is waited for by the next Read of any body with the same limit.
func (t *throttled) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return t.ReadCloser.Read(p)
	}
	if err := wait.For(t.ctx, t.limit.ReserveN(time.Now(), 1).Delay()); err != nil {
		if t.closed.Load() {
			return 0, errAttemptOver
		}
		return 0, err
	}
	n, err := t.ReadCloser.Read(p[:min(len(p), t.limit.Burst())])
	if n > 1 {
		t.limit.ReserveN(time.Now(), n-1)
	}
	return n, err
}

// Close may be called while Read runs in another goroutine. It ends that Read.
func (t *throttled) Close() error {
	t.closed.Store(true)
	t.cancel()
	return t.ReadCloser.Close()
}
