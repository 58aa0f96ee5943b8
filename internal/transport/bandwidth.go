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

// Throttle lets the bodies of all requests together, and those of all answers, have so many bytes a
// second. It stands above Stall, which therefore takes its waits for those of the source, or of the
// caller: they are no stall.
type Throttle struct {
	Up, Down *rate.Limiter // nil is no limit
	Next     http.RoundTripper
}

// NewBandwidth returns a limiter of so many bytes a second; nil if bytes is 0.
func NewBandwidth(bytes int64) *rate.Limiter {
	if bytes <= 0 {
		return nil
	}
	// A tenth of a second at once is smooth for a person, and costs few waits.
	return rate.NewLimiter(rate.Limit(bytes), int(min(max(bytes/10, 1), 256<<10)))
}

// RoundTrip implements [http.RoundTripper].
func (t *Throttle) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.Up != nil && req.Body != nil && req.Body != http.NoBody {
		body := throttle(req.Context(), req.Body, t.Up)
		req = req.WithContext(req.Context()) // which RoundTrip must not change
		req.Body = body
	}
	resp, err := t.Next.RoundTrip(req)
	if err == nil && t.Down != nil {
		resp.Body = throttle(req.Context(), resp.Body, t.Down)
	}
	return resp, err
}

// throttled is a body whose bytes take their time.
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

// Read waits until all that was read before has had its time. What it reads itself is waited for by the
// next Read, of whatever body.
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

// Close may be called beside Read, and ends it.
func (t *throttled) Close() error {
	t.closed.Store(true)
	t.cancel()
	return t.ReadCloser.Close()
}
