package transport

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// holder is a limiter that holds all callers until the latest moment that a Retry-After asked for.
type holder struct {
	until  time.Time
	told   []time.Duration
	refuse error
}

func (h *holder) acquire(ctx context.Context) (func(int, time.Duration), error) {
	if h.refuse != nil {
		return nil, h.refuse
	}
	time.Sleep(time.Until(h.until))
	return func(_ int, after time.Duration) {
		h.told = append(h.told, after)
		h.until = time.Now().Add(after)
	}, nil
}

func limited(rt http.RoundTripper, h *holder, attempts int) *Retry {
	r := chain(rt, nil, attempts)
	r.HTTP.Transport = &Limit{Acquire: h.acquire, Policy: r.Policy, Next: r.HTTP.Transport}
	return r
}

// The limiter is told a Retry-After that the policy has limited. The call waits once, not once for
// the retry and again for the limiter.
func TestRetryAfterIsClampedOnceAndWaitedForOnce(t *testing.T) {
	for _, tc := range []struct {
		status int
		header string
		want   time.Duration
	}{
		{429, "7", 7 * time.Second},
		{429, "99999999", time.Minute},
		{503, "99999999999999", time.Minute},
		{503, "20", 20 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			rt := roundTripper(func(req *http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return answer(req, tc.status, "", "Retry-After", tc.header), nil
				}
				return answer(req, 200, ""), nil
			})
			h := &holder{}
			start := time.Now()
			if _, err := limited(rt, h, 3).Do(request(t, &Call{Op: Op{Replay: true}}, "GET"), nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != tc.want {
				t.Errorf("%d with Retry-After %s: waited %v, want %v", tc.status, tc.header, took, tc.want)
			}
			if len(h.told) != 2 || h.told[0] != tc.want || h.told[1] != 0 {
				t.Errorf("the limiter was told %v, want [%v 0s]", h.told, tc.want)
			}
		})
	}
}

// If the limiter refuses a turn, the call ends. The refused attempt is not counted, and the outcome
// of the attempt before it is kept.
func TestLimiterThatGivesUpEndsTheCall(t *testing.T) {
	over := errors.New("over")
	for sent, status := range map[int]int{0: 0, 1: 429} {
		synctest.Test(t, func(t *testing.T) {
			h := &holder{}
			if sent == 0 {
				h.refuse = over
			}
			rt := roundTripper(func(req *http.Request) (*http.Response, error) {
				h.refuse = over
				return answer(req, 429, `{"message":"Rate exceeded"}`), nil
			})
			call := &Call{Op: Op{Replay: true}}
			_, err := limited(rt, h, 5).Do(request(t, call, "GET"), nil)
			if !errors.Is(err, over) || call.Attempts != sent || call.Answer.StatusCode != status || call.Verdict != Final || call.Lost {
				t.Errorf("after %d attempts: error %v, attempts %d, last status %d, verdict %v, lost %v",
					sent, err, call.Attempts, call.Answer.StatusCode, call.Verdict, call.Lost)
			}
		})
	}
}

// If the context ends while a call waits for its turn, the call is not marked as lost, because
// nothing was sent.
func TestCallThatEndsWithoutATurnIsNotLost(t *testing.T) {
	synctest.Test(t, testCallThatEndsWithoutATurn)
}

func testCallThatEndsWithoutATurn(t *testing.T) {
	cause := errors.New("enough")
	r := chain(roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, nil
	}), nil, 5)
	acquire := func(ctx context.Context) (func(int, time.Duration), error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	r.HTTP.Transport = &Limit{Acquire: acquire, Policy: r.Policy, Next: r.HTTP.Transport}
	call := &Call{Op: Op{Name: "Test"}, Body: textBody("payload")}
	req := request(t, call, "POST")
	ctx, cancel := context.WithCancelCause(req.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	_, err := r.Do(req.WithContext(ctx), nil)
	if !errors.Is(err, cause) || call.Attempts != 0 || call.Lost {
		t.Errorf("error %v, attempts %d, lost %v", err, call.Attempts, call.Lost)
	}
}
