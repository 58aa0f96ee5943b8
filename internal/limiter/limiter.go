package limiter

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/acd-sdk/acd/internal/wait"
)

// Outcome is how one attempt ended.
type Outcome struct {
	StatusCode int           // 0 if no response came
	RetryAfter time.Duration // the wait that the response asked for; 0 if it asked for none
}

// Config holds the settings that a limiter does not learn.
type Config struct {
	PerSecond float64 // the highest rate; 0 or less means no limit
	Burst     int     // attempts at once while the rate is at its ceiling; at least 1
	// GiveUpAfter is how long only 429s must come before Acquire fails at once. It must be
	// positive.
	GiveUpAfter time.Duration
}

// State is the present state of a limiter.
type State struct {
	Rate         float64   // attempts a second; +Inf while there is no limit
	PausedUntil  time.Time // the moment that a Retry-After asked for; in the past or zero if there is no pause
	RefusedSince time.Time // since when every answer was a 429; zero if the last answer was another
}

// Limiter paces attempts at a rate that it learns from their outcomes. It is safe for concurrent
// use.
type Limiter struct {
	now  func() time.Time
	gate chan struct{} // held by the caller whose turn is next

	mu          sync.Mutex
	control     *control
	drought     drought
	pausedUntil time.Time
}

// New returns a limiter.
func New(cfg Config) *Limiter {
	return &Limiter{
		now:     time.Now,
		gate:    make(chan struct{}, 1),
		control: newControl(cfg.PerSecond, cfg.Burst),
		drought: drought{limit: cfg.GiveUpAfter},
	}
}

// turn is the turn of one caller.
type turn struct {
	reservation *rate.Reservation // nil until it is made
	reserved    time.Time
	probe       bool
}

// Acquire waits for a turn. It returns a function that must be called once with the outcome of the
// attempt. A deadline of ctx ends the wait. It does not make Acquire fail before the wait, because
// the rate may rise meanwhile. The error is the cause of ctx, or a [*GivenUpError], which is
// returned at once.
//
// Only one caller at a time waits for the bucket. Otherwise turns reserved at an old rate and turns
// reserved at the new rate would come together, and a strict server refuses such bursts.
func (l *Limiter) Acquire(ctx context.Context) (report func(Outcome), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case l.gate <- struct{}{}:
		defer func() { <-l.gate }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	t, err := l.admit(l.now())
	if err != nil {
		return nil, err
	}
	for d := l.delay(t, l.now()); d > 0; d = l.delay(t, l.now()) {
		if err := wait.For(ctx, d); err != nil {
			l.giveBack(t, l.now())
			return nil, err
		}
	}
	return func(o Outcome) { l.report(t, l.now(), o) }, nil
}

// State returns the present state.
func (l *Limiter) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{Rate: l.control.rate, PausedUntil: l.pausedUntil, RefusedSince: l.drought.since}
}

func (l *Limiter) admit(now time.Time) (*turn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	probe, err := l.drought.admit(now)
	if err != nil {
		return nil, err
	}
	return &turn{probe: probe}, nil
}

// delay returns how long the caller should wait before it calls delay again. 0 means that its turn
// has come.
func (l *Limiter) delay(t *turn, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pause := l.pausedUntil.Sub(now); pause > 0 {
		return pause
	}
	if t.reservation == nil {
		t.reservation, t.reserved = l.control.reserve(now), now
	}
	return t.reservation.DelayFrom(now)
}

func (l *Limiter) giveBack(t *turn, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.reservation != nil {
		t.reservation.CancelAt(now)
	}
}

func (l *Limiter) report(t *turn, now time.Time, o Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	asks := o.StatusCode == http.StatusTooManyRequests || o.StatusCode == http.StatusServiceUnavailable
	if until := now.Add(o.RetryAfter); asks && o.RetryAfter > 0 && until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
	switch {
	case o.StatusCode == http.StatusTooManyRequests:
		l.control.refused(now, t.reserved)
		l.drought.refused(now, t.probe, l.pausedUntil)
	case o.StatusCode == http.StatusServiceUnavailable:
		// A 503 says nothing about the rate.
		l.drought.answered()
	case o.StatusCode > 0:
		l.control.passed(now, t.reserved)
		l.drought.answered()
	}
}
