// Package wait holds the only sleep of the module that a context can end.
package wait

import (
	"context"
	"time"
)

// For waits for d and returns nil. If ctx ends earlier, For returns the cause of ctx at once. If d
// is zero or less, For does not wait. It returns the cause of ctx if ctx has already ended.
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
