package acd

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// keepAliveEvery is the interval at which the session is used while an upload runs. If the session
// is not used and the token expired more than an hour ago, the service refuses the upload at its
// end (docs/wire.md, 1.5). The interval is much shorter than the hour for which a token is valid.
const keepAliveEvery = 20 * time.Minute

// activeUploads keeps the session alive while uploads run. It makes a small call every
// keepAliveEvery, and for each the token source refreshes its token if necessary.
type activeUploads struct {
	mu      sync.Mutex
	running int
	timer   *time.Timer
	cancel  context.CancelFunc
}

func (a *activeUploads) begin(c *Client) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running++
	if a.running == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		a.cancel = cancel
		a.timer = time.AfterFunc(keepAliveEvery, func() { a.touch(ctx, c) })
	}
	return a.end
}

func (a *activeUploads) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running--; a.running == 0 {
		a.timer.Stop()
		a.cancel()
	}
}

func (a *activeUploads) touch(ctx context.Context, c *Client) {
	if err := callNone(ctx, c, request{op: opInfo}); err != nil && ctx.Err() == nil {
		c.cfg.log.Warn("acd: keeping the session of a running upload alive failed", slog.Any("error", err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() == nil {
		a.timer.Reset(keepAliveEvery)
	}
}
