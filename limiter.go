package acd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/limiter"
)

// Outcome is how one attempt ended, as a [Limiter] needs to know it.
type Outcome struct {
	StatusCode int // 0 if no answer came
	// RetryAfter is what the answer asked to wait, 0 if nothing. A client has already cut it down
	// to its [RetryPolicy.MaxRetryAfter], so that a Limiter needs no such cap of its own.
	RetryAfter time.Duration
}

// A Limiter paces attempts. Acquire waits for a turn, with ctx in charge; the
// function that it returns is called once with the attempt's outcome. A Limiter
// is safe for concurrent use, and may be shared by several clients.
type Limiter interface {
	Acquire(ctx context.Context) (report func(Outcome), err error)
}

// giveUpAfter is longer than one call can take with the default retries: its nine waits are at
// most 1 + 2 + 4 + ... + 256 s, which is 8.5 minutes. So no call is ended that retries alone would
// have brought through, and a quota that is used up for days ends a run after ten minutes.
const giveUpAfter = 10 * time.Minute

// AdaptiveLimiter is the [Limiter] that [NewLimiter] returns and a client has by default. It
// learns from 429s:
//
//   - A burst of them is one lesson, for every user of the limiter. A lone one costs nearly nothing.
//   - The rate settles just below what the service grants, and follows when that changes.
//   - A lowered rate must prove itself: if the share of 429s does not fall when the rate does, the
//     rate was not their cause, and the limiter returns to where it was.
//   - A Retry-After of a 429 or a 503 holds everybody until then. Other statuses slow nobody.
//   - When the service has answered nothing but 429 for ten minutes of trying, Acquire fails at
//     once with a [*ThrottledError], except for one attempt a minute at first and one an hour at
//     last. Any other answer ends that.
//
// A deadline of the context cuts a wait short. It never refuses a turn beforehand, because the rate
// may rise during the wait.
//
// The zero value is a limiter without a ceiling. It must not be copied after its first use.
type AdaptiveLimiter struct {
	once     sync.Once
	adaptive *limiter.Limiter
}

// NewLimiter returns a limiter of at most perSecond attempts a second, in bursts of at most burst
// (at least 1). With perSecond <= 0 there is no ceiling. After a 429, and until the rate is at the
// ceiling again, there are no bursts.
func NewLimiter(perSecond float64, burst int) *AdaptiveLimiter {
	l := &AdaptiveLimiter{}
	l.start(perSecond, burst)
	return l
}

// start does nothing if the limiter has started already.
func (l *AdaptiveLimiter) start(perSecond float64, burst int) *limiter.Limiter {
	l.once.Do(func() {
		l.adaptive = limiter.New(limiter.Config{PerSecond: perSecond, Burst: burst, GiveUpAfter: giveUpAfter})
	})
	return l.adaptive
}

// Acquire waits for a turn. The error is the cause of ctx, or a [*ThrottledError].
func (l *AdaptiveLimiter) Acquire(ctx context.Context) (report func(Outcome), err error) {
	tell, err := l.start(0, 1).Acquire(ctx)
	if e, ok := errors.AsType[*limiter.GivenUpError](err); ok {
		return nil, &ThrottledError{Since: e.Since, Until: e.Until}
	}
	if err != nil {
		return nil, err
	}
	return func(o Outcome) { tell(limiter.Outcome(o)) }, nil
}

// LimiterState is what an [AdaptiveLimiter] does at the moment.
type LimiterState struct {
	Rate         float64   // attempts a second; +Inf while there is no limit
	PausedUntil  time.Time // what a Retry-After asked for; zero or in the past if there is no pause
	RefusedSince time.Time // since when every answer was a 429; zero if the last one was not
}

// State returns the present state, for a display or a log.
func (l *AdaptiveLimiter) State() LimiterState { return LimiterState(l.start(0, 1).State()) }

// ThrottledError says that the service has answered nothing but 429 for so long that trying on
// is of no use: a quota of the account or the application is used up. Nothing was sent. A program
// that has more to do should end its run at the first one, whereas a plain [ErrRateLimited] is
// about one call. It is also an [ErrRateLimited].
type ThrottledError struct {
	Since time.Time // of the first of these 429s
	Until time.Time // when the next attempt is let through
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("%v: nothing but refusals since %s, next attempt not before %s",
		ErrRateLimited, e.Since.Format(time.RFC3339), e.Until.Format(time.RFC3339))
}

// Unwrap returns [ErrRateLimited].
func (e *ThrottledError) Unwrap() error { return ErrRateLimited }

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
