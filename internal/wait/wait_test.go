package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
)

func TestForEndsWithTheTimeOrTheContext(t *testing.T) {
	stop := errors.New("stop")
	for name, tc := range map[string]struct {
		wait, cancelAfter time.Duration
		want              error
		took              time.Duration
	}{
		"whole":                 {time.Minute, time.Hour, nil, time.Minute},
		"cancelled":             {time.Hour, time.Minute, stop, time.Minute},
		"nothing to wait":       {0, time.Hour, nil, 0},
		"negative":              {-time.Second, time.Hour, nil, 0},
		"cancelled beforehand":  {time.Hour, 0, stop, 0},
		"cancelled, no waiting": {0, 0, stop, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				if tc.cancelAfter == 0 {
					cancel(stop)
				}
				timer := time.AfterFunc(tc.cancelAfter, func() { cancel(stop) })
				defer timer.Stop()
				start := time.Now()
				if err := wait.For(ctx, tc.wait); !errors.Is(err, tc.want) || time.Since(start) != tc.took {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
			})
		})
	}
}
