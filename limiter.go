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
	StatusCode int // 0 if no response came
	// RetryAfter is the wait that the response asked for; 0 if none. A client has already limited
	// it to its [RetryPolicy.MaxRetryAfter], so a Limiter needs no limit of its own.
	RetryAfter time.Duration
}

// A Limiter paces attempts. Acquire waits for a turn, or until ctx ends. The caller calls the
// returned function once, with the outcome of the attempt. A Limiter is safe for concurrent use,
// and several clients may share one.
type Limiter interface {
	Acquire(ctx context.Context) (report func(Outcome), err error)
}

// giveUpAfter is longer than the waits of one call with the default retries: its nine waits are at
// most 1 + 2 + 4 + ... + 256 s, which is 8.5 minutes. So a call that would succeed after its
// retries is not ended early. If a quota is used up for days, a run still ends after ten minutes.
const giveUpAfter = 10 * time.Minute

// AdaptiveLimiter is the [Limiter] that [NewLimiter] returns and that a client has by default. It
// learns from responses with status 429:
//
//   - A burst of 429s lowers the rate only once, for every user of the limiter. A single 429 has
//     almost no effect.
//   - The rate settles just below what the service allows, and follows when that changes.
//   - If the share of 429s does not fall after the rate was lowered, the rate was not their cause.
//     The limiter then returns to the earlier rate.
//   - A Retry-After of a 429 or a 503 holds all users of the limiter until then. Other statuses do
//     not slow the limiter down.
//   - When the service has answered every attempt with 429 for ten minutes, Acquire fails at once
//     with a [*ThrottledError]. Only one attempt a minute is let through at first, and later one an
//     hour. Any other response ends this state.
//
// Acquire waits at most until the context's deadline. It does not fail earlier
// when the wait would be longer than that, because the rate may rise during the wait.
//
// The zero value is a limiter without a ceiling. It must not be copied after its first use.
type AdaptiveLimiter struct {
	once     sync.Once
	adaptive *limiter.Limiter
}

// NewLimiter returns a limiter of at most perSecond attempts a second, with bursts of at most burst
// attempts (at least 1). If perSecond <= 0, there is no ceiling. After a 429, bursts are not
// allowed until the rate is back at the ceiling.
func NewLimiter(perSecond float64, burst int) *AdaptiveLimiter {
	l := &AdaptiveLimiter{}
	l.start(perSecond, burst)
	return l
}

// start makes the limiter, unless it was made already, and returns it.
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

// LimiterState is the present state of an [AdaptiveLimiter].
type LimiterState struct {
	Rate         float64   // attempts a second; +Inf while there is no limit
	PausedUntil  time.Time // the end of the pause that a Retry-After asked for; zero or in the past if there is no pause
	RefusedSince time.Time // since when every response was a 429; zero if the last one was not
}

// State returns the present state, for a display or a log.
func (l *AdaptiveLimiter) State() LimiterState { return LimiterState(l.start(0, 1).State()) }

// ThrottledError says that the service has answered every attempt with 429 for so long that further
// attempts are useless: a quota of the account or of the application is used up. The request was
// not sent. A program that has more to do should end its run at the first such error; a plain
// [ErrRateLimited] concerns only one call. A ThrottledError also matches [ErrRateLimited].
type ThrottledError struct {
	Since time.Time // when the first of these 429s came
	Until time.Time // when the next attempt will be let through
}

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("%v: nothing but refusals since %s, next attempt not before %s",
		ErrRateLimited, e.Since.Format(time.RFC3339), e.Until.Format(time.RFC3339))
}

// Unwrap returns [ErrRateLimited].
func (e *ThrottledError) Unwrap() error { return ErrRateLimited }

// JoinLimiters returns a limiter that waits for each of limiters in order, and reports the outcome
// to each. An example is one limiter for the user and one for the application.
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
