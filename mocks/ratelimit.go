package mocks

import (
	"net/http"
	"sync"
	"time"
)

// The rate limit is checked before anything else, as the service does.

// bucket is a token bucket. It uses the drive's clock.
type bucket struct {
	mu         sync.Mutex
	rate       float64
	burst      float64
	retryAfter time.Duration
	have       float64
	last       time.Time
	turn       int
}

// take takes one token for a request. It returns nil, or the 429 if there is no token. The bodies
// of the 429 responses take turns in three forms.
func (b *bucket) take(now time.Time) error {
	if b.rate <= 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() {
		b.have = b.burst
	} else {
		b.have = min(b.burst, b.have+max(now.Sub(b.last).Seconds(), 0)*b.rate)
	}
	b.last = now
	if b.have >= 1 {
		b.have--
		return nil
	}
	b.turn++
	f := &failure{status: http.StatusTooManyRequests, shape: shapeFront, message: "Rate exceeded"}
	switch b.turn % 3 {
	case 1:
	case 2:
		f = refuse(http.StatusTooManyRequests, "", "System unavailable. Please back off for a while and try again later")
	case 0:
		f = bare(http.StatusTooManyRequests)
	}
	if b.retryAfter > 0 {
		seconds := max(int64((b.retryAfter+time.Second-1)/time.Second), 1)
		f.header = http.Header{"Retry-After": {string(appendInt(nil, seconds))}}
	}
	return f
}
