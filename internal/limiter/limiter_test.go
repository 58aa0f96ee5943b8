package limiter

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// acquire returns the report function of a turn. It fails the test if there is no turn.
func acquire(t *testing.T, l *Limiter) func(Outcome) {
	t.Helper()
	report, err := l.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestOneBurstIsOneLesson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{PerSecond: 100, Burst: 16, GiveUpAfter: time.Hour})
		var reports []func(Outcome)
		for range 16 {
			reports = append(reports, acquire(t, l))
		}
		time.Sleep(10 * time.Millisecond)
		reports[0](Outcome{StatusCode: 429})
		after := l.State().Rate
		for _, report := range reports[1:] {
			report(Outcome{StatusCode: 429})
		}
		if rate := l.State().Rate; after >= 100 || rate != after {
			t.Errorf("the first refusal took the rate from 100 to %v, 15 more of the same burst to %v", after, rate)
		}
	})
}

func TestOtherStatusesSlowNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		start := time.Now()
		for _, status := range []int{0, 200, 404, 409, 500, 503} {
			for range 100 {
				acquire(t, l)(Outcome{StatusCode: status})
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("waited %v", took)
		}
		if rate := l.State().Rate; !math.IsInf(rate, 1) {
			t.Errorf("the rate is %v without a refusal", rate)
		}
	})
}

func TestRetryAfterHoldsEveryone(t *testing.T) {
	for status, holds := range map[int]bool{429: true, 503: true, 200: false, 302: false, 500: false} {
		synctest.Test(t, func(t *testing.T) {
			l := adaptive()
			acquire(t, l)(Outcome{StatusCode: status, RetryAfter: 30 * time.Second})
			start := time.Now()
			until := l.State().PausedUntil
			acquire(t, l)
			took := time.Since(start)
			if holds && (took != 30*time.Second || !until.Equal(start.Add(took))) || !holds && took != 0 {
				t.Errorf("%d: waited %v, paused until %v after", status, took, until.Sub(start))
			}
		})
	}
}

// If two answers ask for a wait, the later moment counts. The two waits are not added.
func TestRetryAfterIsATimeAndNoSum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		first, second := acquire(t, l), acquire(t, l)
		start := time.Now()
		first(Outcome{StatusCode: 429, RetryAfter: 10 * time.Second})
		time.Sleep(4 * time.Second)
		second(Outcome{StatusCode: 503, RetryAfter: 5 * time.Second})
		acquire(t, l)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("waited %v, want 10 s", took)
		}
	})
}

// A Retry-After that comes while a caller waits for its turn also holds that caller.
func TestRetryAfterHoldsThoseWhoWaitAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{PerSecond: 1, Burst: 1, GiveUpAfter: time.Hour})
		report := acquire(t, l)
		start := time.Now()
		done := make(chan time.Duration)
		go func() {
			acquire(t, l)
			done <- time.Since(start)
		}()
		time.Sleep(500 * time.Millisecond)
		report(Outcome{StatusCode: 503, RetryAfter: 20 * time.Second})
		if took := <-done; took != 20500*time.Millisecond {
			t.Errorf("waited %v, want 20.5 s", took)
		}
	})
}

func TestContextEndsAWait(t *testing.T) {
	cause := errors.New("enough")
	for name, prepare := range map[string]func(*Limiter){
		"for the gate": func(l *Limiter) { l.gate <- struct{}{} },
		"for a pause":  func(l *Limiter) { l.pausedUntil = time.Now().Add(time.Hour) },
		"for a turn":   func(l *Limiter) { l.control.set(time.Now(), 0.001); l.control.reserve(time.Now()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := adaptive()
				prepare(l)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Second, func() { cancel(cause) })
				start := time.Now()
				if _, err := l.Acquire(ctx); !errors.Is(err, cause) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v, want the context's cause after 1 s", err, time.Since(start))
				}
				if _, err := l.Acquire(ctx); !errors.Is(err, cause) {
					t.Errorf("error %v for a context that has ended", err)
				}
			})
		})
	}
}

// If a caller gives its turn up, the next caller gets it.
func TestAbandonedTurnIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{PerSecond: 1, Burst: 1, GiveUpAfter: time.Hour})
		acquire(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := l.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		acquire(t, l)
		if took := time.Since(start).Round(time.Millisecond); took != time.Second {
			t.Errorf("the next turn came after %v, want 1 s", took)
		}
	})
}

// While the limiter learns, a call with a deadline may have to wait longer than its deadline at the
// present rate. Acquire waits all the same, and the call gets its turn if the rate rises in time.
func TestDeadlineIsNoReasonToRefuseATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		l.control.learn(time.Now())
		l.control.set(time.Now(), 0.2)
		acquire(t, l)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := l.Acquire(ctx)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 3*time.Second {
			t.Errorf("error %v after %v, want the deadline after 3 s", err, took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		acquire(t, l)(Outcome{StatusCode: 429})
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			report, err := l.Acquire(ctx)
			cancel()
			if err != nil {
				t.Fatalf("after one refusal a call with a deadline of 1 s: %v", err)
			}
			report(Outcome{StatusCode: 200})
		}
	})
}

func TestCeilingHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{PerSecond: 10, Burst: 5, GiveUpAfter: time.Hour})
		start := time.Now()
		for range 105 {
			acquire(t, l)(Outcome{StatusCode: 200})
		}
		if took := time.Since(start).Round(100 * time.Millisecond); took != 10*time.Second {
			t.Errorf("105 attempts at 10 a second after a burst of 5 took %v, want 10 s", took)
		}
	})
}

// After refusals the rate returns to the ceiling, and not above it.
func TestRateReturnsToTheCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Config{PerSecond: 50, Burst: 1, GiveUpAfter: time.Hour})
		for range 100 {
			acquire(t, l)(Outcome{StatusCode: 200})
		}
		acquire(t, l)(Outcome{StatusCode: 429})
		if rate := l.State().Rate; rate >= 50 {
			t.Errorf("a refusal left the rate at %v", rate)
		}
		for range 2000 {
			acquire(t, l)(Outcome{StatusCode: 200})
			if rate := l.State().Rate; rate > 50 {
				t.Fatalf("the rate is %v, above the ceiling of 50", rate)
			}
		}
		if rate := l.State().Rate; rate != 50 {
			t.Errorf("the rate is %v after 2000 passes, want the ceiling of 50", rate)
		}
	})
}
