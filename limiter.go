package acd

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Outcome is how one attempt ended, as a [Limiter] needs to know it.
type Outcome struct {
	StatusCode int           // 0 if no answer came
	RetryAfter time.Duration // what the answer asked to wait, 0 if nothing
}

// A Limiter paces attempts. Acquire waits for a turn, with ctx in charge; the
// function that it returns is called once with the attempt's outcome. A Limiter
// is safe for concurrent use, and may be shared by several clients.
type Limiter interface {
	Acquire(ctx context.Context) (report func(Outcome), err error)
}

// The numbers by which the limiter learns. They were found by running 16
// workers against token buckets of 1 to 10 (see the limiter's tests), aiming at
// 0.95 of what the server gives.
const (
	gentleDecrease = 0.97 // after a quiet spell: the rate is about right
	harshDecrease  = 0.7  // 429 upon 429: the rate is far off
	quietSpell     = 2 * time.Second
	growthPerSec   = 0.01 // of the rate, while quiet
	growthDoubles  = 30 * time.Second
	lowestRate     = 0.1 // a second
	rateWindow     = time.Second
	longestPause   = 256 * time.Second // as the retry policy's cap
)

// NewLimiter returns a limiter of at most perSecond attempts a second, in bursts of at
// most burst (at least 1). With perSecond <= 0 there is no ceiling until the
// first 429. In either case it learns from 429s: one burst of them lowers the
// rate once, for every user of the limiter, and quiet time raises it again.
// Other statuses slow nobody. A Retry-After is obeyed, up to 256 s.
func NewLimiter(perSecond float64, burst int) Limiter {
	l := &limiter{ceiling: math.Inf(1), rate: math.Inf(1), now: time.Now}
	if perSecond > 0 {
		l.ceiling, l.rate = perSecond, perSecond
	}
	l.burst = max(1, burst)
	l.bucket = rate.NewLimiter(limitOf(l.rate), l.burst)
	return l
}

type limiter struct {
	ceiling float64
	burst   int
	now     func() time.Time
	bucket  *rate.Limiter

	mu          sync.Mutex
	rate        float64   // +Inf: not limited
	lastLower   time.Time // when the rate was last lowered
	lastRaise   time.Time
	pausedUntil time.Time
	// How many attempts passed in this window and the one before: the rate that the
	// server has been giving.
	windowStart       time.Time
	passed, passedOld int
}

func limitOf(perSecond float64) rate.Limit {
	if math.IsInf(perSecond, 1) {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

func (l *limiter) Acquire(ctx context.Context) (func(Outcome), error) {
	for {
		if err := l.bucket.Wait(ctx); err != nil {
			return nil, waitError(ctx, err)
		}
		pause := l.pause()
		if pause <= 0 {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
	started := l.now()
	return func(o Outcome) { l.report(started, o) }, nil
}

// waitError turns rate's own "would exceed context deadline" into the context's
// error, which callers compare with.
func waitError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(context.DeadlineExceeded, err)
}

func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pausedUntil.Sub(l.now())
}

func (l *limiter) report(started time.Time, o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.roll(now)
	switch {
	case o.StatusCode == 429:
		if until := now.Add(min(o.RetryAfter, longestPause)); o.RetryAfter > 0 && until.After(l.pausedUntil) {
			l.pausedUntil = until
		}
		// An attempt that began before the last lesson only repeats it.
		if started.After(l.lastLower) || l.lastLower.IsZero() {
			l.lower(now)
		}
	case o.StatusCode > 0:
		l.passed++
		l.raise(now)
	}
}

// lower takes the rate down: from no limit to what the server has been giving,
// a little if it was right for a while, and more if it is still far off.
func (l *limiter) lower(now time.Time) {
	next := l.rate * gentleDecrease
	switch {
	case math.IsInf(l.rate, 1):
		next = l.given(now)
	case now.Sub(l.lastLower) < quietSpell:
		next = l.rate * harshDecrease
		if given := l.given(now); given < l.rate {
			next = max(next, given*gentleDecrease)
		}
	}
	l.set(max(next, min(lowestRate, l.ceiling)))
	l.lastLower, l.lastRaise = now, now
}

// raise lets the rate grow with quiet time, slowly at first so that it settles
// near the server's, then faster so that a server that recovered is used.
func (l *limiter) raise(now time.Time) {
	if l.rate >= l.ceiling {
		return
	}
	since := now.Sub(l.lastRaise)
	if since < 100*time.Millisecond {
		return
	}
	l.lastRaise = now
	faster := math.Exp2(now.Sub(l.lastLower).Seconds() / growthDoubles.Seconds())
	l.set(min(l.ceiling, l.rate+since.Seconds()*max(growthPerSec*l.rate, 0.02)*faster))
}

func (l *limiter) set(perSecond float64) {
	l.rate = perSecond
	l.bucket.SetLimit(limitOf(perSecond))
}

// roll begins a new window when the old one is over.
func (l *limiter) roll(now time.Time) {
	switch since := now.Sub(l.windowStart); {
	case since < rateWindow:
	case since < 2*rateWindow:
		l.passedOld, l.passed, l.windowStart = l.passed, 0, l.windowStart.Add(rateWindow)
	default:
		l.passedOld, l.passed, l.windowStart = 0, 0, now
	}
}

// given is the rate at which attempts passed of late.
func (l *limiter) given(now time.Time) float64 {
	into := now.Sub(l.windowStart).Seconds() / rateWindow.Seconds()
	return (float64(l.passedOld)*(1-into) + float64(l.passed)) / rateWindow.Seconds()
}

// JoinLimiters returns a limiter that waits for all of limiters in their order
// and tells each the outcome: one of the user and one of the application, say.
func JoinLimiters(limiters ...Limiter) Limiter { return joinedLimiter(limiters) }

type joinedLimiter []Limiter

func (j joinedLimiter) Acquire(ctx context.Context) (func(Outcome), error) {
	reports := make([]func(Outcome), 0, len(j))
	reportAll := func(o Outcome) {
		for _, report := range reports {
			report(o)
		}
	}
	for _, l := range j {
		report, err := l.Acquire(ctx)
		if err != nil {
			reportAll(Outcome{})
			return nil, err
		}
		reports = append(reports, report)
	}
	return reportAll, nil
}

// sleep waits for d, with ctx in charge.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
