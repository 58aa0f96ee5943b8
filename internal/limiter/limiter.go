package acd

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
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
// 0.95 of what the server gives with few refusals.
const (
	// One lesson takes the rate to this share of what passed of late, or, when too
	// little passed to tell, of itself: the first after a search, after which the
	// rate is about right; and one that comes when nothing has passed since the last,
	// after which it is searched for.
	decrease       = 0.98
	searchDecrease = 0.9
	deepDecrease   = 0.5
	// While the rate is searched for it grows with every attempt that passes.
	searchGrowth = 1.1
	// Once it is known it grows by the smaller of these, so that a cycle from
	// lesson to lesson is at least 50 attempts and 3 seconds long.
	growthPerPass   = 0.0006
	growthPerSecond = 0.01
	// Growth doubles with each spell of so many cycles without a lesson: the server
	// gives more than it did.
	quietCycles  = 3
	lowestRate   = 0.1               // a second
	longestPause = 256 * time.Second // as the retry policy's cap
	recentPasses = 32
)

// NewLimiter returns a limiter of at most perSecond attempts a second, in bursts of at
// most burst (at least 1). With perSecond <= 0 there is no ceiling until the
// first 429. In either case it learns from 429s: one burst of them lowers the
// rate once, for every user of the limiter, and quiet time raises it again.
// Other statuses slow nobody. A Retry-After is obeyed, up to 256 s.
func NewLimiter(perSecond float64, burst int) Limiter {
	l := &limiter{ceiling: math.Inf(1), rate: math.Inf(1), now: time.Now, gate: make(chan struct{}, 1)}
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
	gate    chan struct{} // held by the caller whose turn is next

	mu          sync.Mutex
	rate        float64   // +Inf: not limited
	lastLesson  time.Time // when the rate was last lowered
	passes      int       // since then
	searching   bool
	pausedUntil time.Time
	recent      [recentPasses]time.Time // when attempts passed, as a ring
	next        int
}

func limitOf(perSecond float64) rate.Limit {
	if math.IsInf(perSecond, 1) {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

func (l *limiter) Acquire(ctx context.Context) (func(Outcome), error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	started := l.now()
	return func(o Outcome) { l.report(started, o) }, nil
}

// turn waits for one. Only one caller at a time waits on the bucket: turns that
// were reserved at an old rate would fall between those at the new one, in
// bursts that a strict server refuses.
func (l *limiter) turn(ctx context.Context) error {
	select {
	case l.gate <- struct{}{}:
		defer func() { <-l.gate }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for pause := l.pause(); pause > 0; pause = l.pause() {
		if err := wait.For(ctx, pause); err != nil {
			return err
		}
	}
	if err := l.bucket.Wait(ctx); err != nil {
		return waitError(ctx, err)
	}
	return nil
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
	switch {
	case o.StatusCode == 429:
		if until := now.Add(min(o.RetryAfter, longestPause)); o.RetryAfter > 0 && until.After(l.pausedUntil) {
			l.pausedUntil = until
		}
		if l.isNews(started) {
			l.lower(now)
		}
	case o.StatusCode > 0:
		l.recent[l.next] = now
		l.next = (l.next + 1) % recentPasses
		l.passes++
		l.raise(now)
	}
}

// isNews says whether a refusal tells more than the last lesson did: its
// attempt began after it, and not in one of the first turns, whose time was
// still set by the rate before.
func (l *limiter) isNews(started time.Time) bool {
	const turns = 3
	return l.lastLesson.IsZero() || started.Sub(l.lastLesson).Seconds() > turns/l.rate
}

// lower takes the rate down to just below what the server has been giving.
func (l *limiter) lower(now time.Time) {
	var next float64
	switch {
	case math.IsInf(l.rate, 1):
		next, l.searching = l.given(now), true
	case l.passes == 0:
		next, l.searching = l.rate*deepDecrease, true
	case l.searching || l.passes < recentPasses:
		next, l.searching = l.rate*searchDecrease, false
	default:
		next = min(l.given(now), l.rate) * decrease
	}
	l.set(min(max(next, lowestRate), l.ceiling))
	l.lastLesson, l.passes = now, 0
}

// raise lets the rate grow: slowly near the server's, and ever faster while
// there is no lesson.
func (l *limiter) raise(now time.Time) {
	switch {
	case l.rate >= l.ceiling:
		return
	case l.searching:
		l.set(min(l.ceiling, l.rate*searchGrowth))
		return
	}
	growth := min(growthPerPass, growthPerSecond/l.rate)
	cycle := (1 - decrease) / (growth * l.rate) // seconds
	spells := now.Sub(l.lastLesson).Seconds() / (quietCycles * cycle)
	l.set(min(l.ceiling, l.rate*(1+growth*math.Exp2(min(math.Floor(spells), 10)))))
}

// given is the rate at which attempts passed of late.
func (l *limiter) given(now time.Time) float64 {
	oldest, n := now, 0
	for _, t := range l.recent {
		if t.IsZero() {
			continue
		}
		n++
		if t.Before(oldest) {
			oldest = t
		}
	}
	if since := now.Sub(oldest).Seconds(); since > 0 {
		return float64(n) / since
	}
	return float64(n)
}

func (l *limiter) set(perSecond float64) {
	l.rate = perSecond
	l.bucket.SetLimit(limitOf(perSecond))
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
