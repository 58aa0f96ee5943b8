// Package wait holds the one sleep that a context can end.
package wait

import (
	"context"
	"time"
)

// For returns nil after d, or the cause of ctx as soon as ctx ends. A d of zero or less
// returns at once: with the cause if ctx has ended already.
func For(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
