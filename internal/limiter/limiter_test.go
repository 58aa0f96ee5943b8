package acd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
	"golang.org/x/time/rate"
)

// server is a token bucket that answers 429 when it is empty.
type server struct {
	bucket         *rate.Limiter
	latency        time.Duration
	mu             sync.Mutex
	passed, denied int
}

func (s *server) ask() int {
	ok := s.bucket.Allow()
	time.Sleep(s.latency)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.passed++
		return 200
	}
	s.denied++
	return 429
}

func (s *server) counts() (passed, denied int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passed, s.denied
}

// crowd has workers ask a server through a limiter until ctx ends, each waiting
// a jittered while after a 429, as the retry floor does.
func crowd(ctx context.Context, l Limiter, s *server, workers int) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			backoff := RetryPolicy{}
			policy, _ := backoff.policy()
			for failures := 0; ; {
				report, err := l.Acquire(ctx)
				if err != nil {
					return
				}
				status := s.ask()
				report(Outcome{StatusCode: status})
				if status == 200 {
					failures = 0
					continue
				}
				failures++
				if wait.For(ctx, policy.Backoff(failures)) != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// Sixteen workers settle close to what the server gives, and are refused little.
func TestPains16LimiterSettlesNearTheServersRate(t *testing.T) {
	for _, perSecond := range []float64{2, 10, 50, 500} {
		for _, burst := range []int{1, 3, 10} {
			t.Run(fmt.Sprintf("%v a second, bursts of %d", perSecond, burst), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &server{bucket: rate.NewLimiter(rate.Limit(perSecond), burst), latency: 20 * time.Millisecond}
					warmUp, measured := 2*time.Minute, time.Duration(max(60, 2000/perSecond))*time.Second
					ctx, cancel := context.WithTimeout(t.Context(), warmUp+measured)
					defer cancel()
					var wg sync.WaitGroup
					wg.Go(func() { crowd(ctx, NewLimiter(0, 1), s, 16) })
					time.Sleep(warmUp)
					before, deniedBefore := s.counts()
					wg.Wait()
					passed, denied := s.counts()
					share := float64(passed-before) / (perSecond * measured.Seconds())
					refused := float64(denied-deniedBefore) / float64(passed-before)
					t.Logf("%.3f of the server's rate, %.3f refused", share, refused)
					if share < 0.95 {
						t.Errorf("settled at %.3f of the server's rate, want at least 0.95", share)
					}
					if refused > 0.05 {
						t.Errorf("%.3f of the attempts were refused", refused)
					}
				})
			})
		}
	}
}

func TestLimiterFollowsAServerThatChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{bucket: rate.NewLimiter(100, 5), latency: 20 * time.Millisecond}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { crowd(ctx, NewLimiter(0, 1), s, 16) })
		defer wg.Wait()
		defer cancel()
		during := func(d time.Duration) int {
			before, _ := s.counts()
			time.Sleep(d)
			after, _ := s.counts()
			return after - before
		}
		time.Sleep(3 * time.Minute)
		s.bucket.SetLimit(10)
		time.Sleep(time.Minute)
		if share := float64(during(2*time.Minute)) / (10 * 120); share < 0.9 {
			t.Errorf("after the server slowed down: %.2f of its rate", share)
		}
		s.bucket.SetLimit(100)
		time.Sleep(6 * time.Minute)
		if share := float64(during(2*time.Minute)) / (100 * 120); share < 0.9 {
			t.Errorf("six minutes after the server sped up: %.2f of its rate", share)
		}
	})
}

func TestOneBurstIsOneLesson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(100, 16).(*limiter)
		var reports []func(Outcome)
		for range 16 {
			report, err := l.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, report)
		}
		time.Sleep(10 * time.Millisecond)
		for _, report := range reports {
			report(Outcome{StatusCode: 429})
		}
		if want := 100 * deepDecrease; l.rate != want {
			t.Errorf("16 refusals at once took the rate from 100 to %v, want %v", l.rate, want)
		}
	})
}

func TestOtherStatusesSlowNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(0, 1)
		start := time.Now()
		for _, status := range []int{0, 200, 404, 409, 500, 503} {
			for range 100 {
				report, err := l.Acquire(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				report(Outcome{StatusCode: status})
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("waited %v", took)
		}
	})
}

func TestRetryAfterHoldsEveryone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(0, 1)
		report, err := l.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report(Outcome{StatusCode: 429, RetryAfter: 30 * time.Second})
		start := time.Now()
		if _, err := l.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 30*time.Second || took > 45*time.Second {
			t.Errorf("waited %v, want some 30 s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		report(Outcome{StatusCode: 429, RetryAfter: 240 * time.Hour})
		cancel()
		if _, err := l.Acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want canceled", err)
		}
	})
}

func TestCeilingHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(10, 5)
		start := time.Now()
		for range 105 {
			report, err := l.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			report(Outcome{StatusCode: 200})
		}
		if took := time.Since(start).Round(100 * time.Millisecond); took != 10*time.Second {
			t.Errorf("105 attempts at 10 a second after a burst of 5 took %v, want 10 s", took)
		}
	})
}

func TestJoinedLimitersAllWaitAndAllLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, fast := NewLimiter(1, 1), NewLimiter(100, 1)
		joined := JoinLimiters(slow, fast)
		start := time.Now()
		for range 3 {
			report, err := joined.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			report(Outcome{StatusCode: 200})
		}
		if took := time.Since(start).Round(10 * time.Millisecond); took != 2*time.Second {
			t.Errorf("three turns at 1 a second took %v", took)
		}
		report, err := joined.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report(Outcome{StatusCode: 429})
		for i, l := range []Limiter{slow, fast} {
			if l := l.(*limiter); l.rate >= l.ceiling {
				t.Errorf("limiter %d did not learn: rate %v", i, l.rate)
			}
		}
	})
}
