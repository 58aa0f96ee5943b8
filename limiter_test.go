package acd_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/jarcoal/httpmock"
)

const someNode = `{"id":"` + someID + `","name":"a","kind":"FILE","status":"AVAILABLE"}`

// refuseFirst answers the first request with status and header, and all others with a node.
func refuseFirst(mock *httpmock.MockTransport, status int, header map[string]string) {
	var mu sync.Mutex
	refused := false
	mock.RegisterResponder("GET", "=~.*", func(*http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if refused {
			return httpmock.NewStringResponse(200, someNode), nil
		}
		refused = true
		resp := httpmock.NewStringResponse(status, "")
		for key, value := range header {
			resp.Header.Set(key, value)
		}
		return resp, nil
	})
}

// A Retry-After holds the refused call and all other calls, but not longer than the policy's
// MaxRetryAfter. The call's own wait and the limiter's wait are not added. A Retry-After with a
// date is compared with the service's clock, not with the local one.
func TestRetryAfterHoldsAllCallsUpToThePolicysCap(t *testing.T) {
	date := func(off, after time.Duration) map[string]string {
		theirs := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(off) // the virtual clock begins at this time
		return map[string]string{"Date": theirs.Format(http.TimeFormat), "Retry-After": theirs.Add(after).Format(http.TimeFormat)}
	}
	for name, tc := range map[string]struct {
		status int
		header map[string]string
		want   time.Duration
	}{
		"years":                          {429, map[string]string{"Retry-After": "99999999"}, 5 * time.Second},
		"more than fits":                 {429, map[string]string{"Retry-After": "99999999999999"}, 5 * time.Second},
		"less than the cap":              {429, map[string]string{"Retry-After": "3"}, 3 * time.Second},
		"503":                            {503, map[string]string{"Retry-After": "4"}, 4 * time.Second},
		"a date, an hour behind":         {429, date(-time.Hour, 4*time.Second), 4 * time.Second},
		"a date, an hour ahead":          {429, date(time.Hour, 4*time.Second), 4 * time.Second},
		"a date, ahead, far after":       {503, date(time.Hour, 24*time.Hour), 5 * time.Second},
		"a date that is over when it is": {429, date(0, -time.Minute), 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{
					MaxRetryAfter: 5 * time.Second,
					Backoff:       func(int) time.Duration { return 0 },
				}))
				refuseFirst(mock, tc.status, tc.header)
				start := time.Now()
				var wg sync.WaitGroup
				for i := range 3 {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * time.Millisecond)
						if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
							t.Error(err)
						}
						// After a 429, the limiter lets the calls that it held go one after the
						// other.
						took := time.Since(start)
						if took < tc.want || took > tc.want+500*time.Millisecond {
							t.Errorf("call %d was back after %v, want %v", i, took, tc.want)
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

// told is a limiter written by a user of the package. It records the outcomes.
type told struct{ outcomes []acd.Outcome }

func (l *told) Acquire(context.Context) (func(acd.Outcome), error) {
	return func(o acd.Outcome) { l.outcomes = append(l.outcomes, o) }, nil
}

func TestLimiterIsToldTheClampedRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &told{}
		client, mock := scripted(t, acd.WithLimiter(l), acd.WithRetryPolicy(acd.RetryPolicy{MaxRetryAfter: 5 * time.Second}))
		refuseFirst(mock, 429, map[string]string{"Retry-After": "86400"})
		if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
			t.Fatal(err)
		}
		if len(l.outcomes) != 2 || l.outcomes[0] != (acd.Outcome{StatusCode: 429, RetryAfter: 5 * time.Second}) || l.outcomes[1] != (acd.Outcome{StatusCode: 200}) {
			t.Errorf("told %+v", l.outcomes)
		}
	})
}

// If a quota is used up for days, each call fails on its own at first, when its retries end. After
// ten minutes, calls fail at once, without a request, with an error that tells a program to end its
// run.
func TestQuotaForDaysIsToldApartFromARefusedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		requests := 0
		mock.RegisterResponder("GET", "=~.*", func(*http.Request) (*http.Response, error) {
			requests++
			return httpmock.NewStringResponse(429, `{"message":"Rate exceeded"}`), nil
		})
		start := time.Now()
		plain := 0
		var throttled *acd.ThrottledError
		for throttled == nil && plain < 100 {
			_, err := client.Nodes.Get(t.Context(), someID)
			if !errors.Is(err, acd.ErrRateLimited) || !acd.IsRetryable(err) {
				t.Fatalf("error %v, want ErrRateLimited, retryable", err)
			}
			if !errors.As(err, &throttled) {
				plain++
			}
		}
		if took := time.Since(start); throttled == nil || took < 10*time.Minute || took > 20*time.Minute {
			t.Fatalf("after %v and %d refused calls: %v", took, plain, throttled)
		}
		if throttled.Since.Sub(start) > time.Minute || !throttled.Until.After(time.Now()) {
			t.Errorf("since %v, until %v", throttled.Since, throttled.Until)
		}
		before := requests
		for range 100000 {
			_, err := client.Nodes.Get(t.Context(), someID)
			var e *acd.Error
			if !errors.As(err, &throttled) || !errors.As(err, &e) || e.Attempts != 0 {
				t.Fatalf("error %v, want a ThrottledError and no attempt", err)
			}
		}
		if requests != before {
			t.Errorf("%d requests were sent by calls that fail at once", requests-before)
		}
		// The quota is available again: the next attempt that the limiter lets through shows it.
		mock.RegisterResponder("GET", "=~.*", httpmock.NewStringResponder(200, someNode))
		time.Sleep(time.Until(throttled.Until))
		for range 100 {
			if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestLimiterTellsItsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := acd.NewLimiter(0, 1)
		if s := l.State(); !math.IsInf(s.Rate, 1) || !s.PausedUntil.IsZero() || !s.RefusedSince.IsZero() {
			t.Errorf("at first: %+v", s)
		}
		report, err := l.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report(acd.Outcome{StatusCode: 429, RetryAfter: time.Minute})
		s := l.State()
		if math.IsInf(s.Rate, 1) || s.Rate <= 0 || !s.PausedUntil.Equal(time.Now().Add(time.Minute)) || !s.RefusedSince.Equal(time.Now()) {
			t.Errorf("after a 429: %+v", s)
		}
		if rate := acd.NewLimiter(20, 5).State().Rate; rate != 20 {
			t.Errorf("the rate at a ceiling of 20 is %v", rate)
		}
		var zero acd.AdaptiveLimiter
		if rate := zero.State().Rate; !math.IsInf(rate, 1) {
			t.Errorf("the rate of the zero value is %v, want no limit", rate)
		}
		if _, err := zero.Acquire(t.Context()); err != nil {
			t.Errorf("the zero value lets nothing through: %v", err)
		}
	})
}

func TestJoinedLimitersAllWaitAndAllLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, fast := acd.NewLimiter(1, 1), acd.NewLimiter(100, 1)
		joined := acd.JoinLimiters(slow, fast)
		start := time.Now()
		for range 3 {
			report, err := joined.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			report(acd.Outcome{StatusCode: 200})
		}
		if took := time.Since(start).Round(10 * time.Millisecond); took != 2*time.Second {
			t.Errorf("three turns at 1 a second took %v", took)
		}
		report, err := joined.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report(acd.Outcome{StatusCode: 429})
		for i, l := range []*acd.AdaptiveLimiter{slow, fast} {
			if l.State().RefusedSince.IsZero() {
				t.Errorf("limiter %d was not told of the refusal", i)
			}
		}
		if rate := fast.State().Rate; rate >= 100 {
			t.Errorf("the fast limiter did not learn: rate %v", rate)
		}
	})
}
