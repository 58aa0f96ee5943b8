package limiter

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
)

// A quota is used up for days. Callers get a GivenUpError after the time to give up, and from then
// on at once, except for a few probes. When the quota is back, calls succeed again.
func TestNothingButRefusalsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		start := time.Now()
		back := start.Add(3 * 24 * time.Hour)
		random := jitter(1)
		var givenUpAt time.Duration
		sent, failedFast := 0, 0
		for time.Since(start) < 4*24*time.Hour {
			report, err := l.Acquire(t.Context())
			if givenUp, ok := errors.AsType[*GivenUpError](err); ok {
				if givenUpAt == 0 {
					givenUpAt = time.Since(start)
				}
				if givenUp.Since.Sub(start) > time.Minute || !givenUp.Until.After(time.Now()) {
					t.Fatalf("at %v: since %v, until %v", time.Since(start), givenUp.Since, givenUp.Until)
				}
				failedFast++
				time.Sleep(time.Minute)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			sent++
			if time.Now().After(back) {
				report(Outcome{StatusCode: 200})
				if state := l.State(); !state.RefusedSince.IsZero() {
					t.Errorf("refused since %v after a success", state.RefusedSince)
				}
				break
			}
			report(Outcome{StatusCode: 429})
			if err := wait.For(t.Context(), backoff(random, min(sent, 9))); err != nil {
				t.Fatal(err)
			}
		}
		if givenUpAt < 10*time.Minute || givenUpAt > 20*time.Minute {
			t.Errorf("given up after %v, want some 10 minutes", givenUpAt)
		}
		if took := time.Since(start); took > 73*time.Hour+2*time.Minute {
			t.Errorf("back after %v: probes are at most an hour apart", took)
		}
		if sent > 120 || failedFast < 4000 {
			t.Errorf("%d attempts were sent and %d failed at once", sent, failedFast)
		}
	})
}

// Idle time is no refusal, and a few refusals are no used-up quota.
func TestIdleTimeIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		var reports []func(Outcome)
		for range 20 {
			reports = append(reports, acquire(t, l))
		}
		for _, report := range reports {
			report(Outcome{StatusCode: 429})
		}
		time.Sleep(24 * time.Hour)
		acquire(t, l)(Outcome{StatusCode: 429})
		if since := l.State().RefusedSince; since.IsZero() {
			t.Error("nothing is told about the refusals")
		}
		acquire(t, l)
	})
}

func TestAnyOtherAnswerEndsTheCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		for i := range 100 {
			status := 429
			if i%9 == 8 {
				status = 404
			}
			acquire(t, l)(Outcome{StatusCode: status})
			time.Sleep(time.Minute)
		}
	})
}

// Of many callers, one attempt is allowed in each interval, even if its outcome says nothing.
func TestOneProbeInEachInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		for range 20 {
			if report, err := l.Acquire(t.Context()); err == nil {
				report(Outcome{StatusCode: 429})
			}
			time.Sleep(40 * time.Second)
		}
		time.Sleep(time.Hour)
		probe := acquire(t, l)
		_, err := l.Acquire(t.Context())
		givenUp, ok := errors.AsType[*GivenUpError](err)
		if !ok {
			t.Fatalf("error %v for a second attempt beside the probe", err)
		}
		probe(Outcome{})
		if _, err := l.Acquire(t.Context()); err == nil {
			t.Error("an attempt was let through just after a probe without an answer")
		}
		time.Sleep(time.Until(givenUp.Until))
		acquire(t, l)(Outcome{StatusCode: 200})
		acquire(t, l)
		acquire(t, l)
	})
}

// A program that sends a request now and then, and is refused a few times, has not found a used-up
// quota.
func TestFewRefusalsAreNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		for range 9 {
			acquire(t, l)(Outcome{StatusCode: 429})
			time.Sleep(5 * time.Minute)
		}
		acquire(t, l)(Outcome{StatusCode: 429})
		if _, err := l.Acquire(t.Context()); err == nil {
			t.Error("ten refusals within 45 minutes are enough")
		}
	})
}

// An attempt that was already running when the limiter gave up is no probe. If it is refused, the
// interval does not grow.
func TestStragglersDoNotLengthenTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := adaptive()
		var stragglers []func(Outcome)
		for range 8 {
			stragglers = append(stragglers, acquire(t, l))
		}
		for {
			report, err := l.Acquire(t.Context())
			if err != nil {
				break
			}
			report(Outcome{StatusCode: 429})
			time.Sleep(50 * time.Second)
		}
		for _, report := range stragglers {
			report(Outcome{StatusCode: 429})
		}
		time.Sleep(time.Minute)
		acquire(t, l)
	})
}
