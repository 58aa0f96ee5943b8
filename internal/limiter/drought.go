package limiter

import (
	"fmt"
	"time"
)

const (
	// With the default retries a single call may be refused ten times. Fewer refusals say nothing.
	leastRefusals = 10
	// The default retries have no longer back-off. A longer gap is idle time.
	longestBackoff = 256 * time.Second
	firstProbe     = time.Minute
	longestProbe   = time.Hour
)

// GivenUpError means that the service has answered only 429 for a long time, so that nothing was
// sent.
type GivenUpError struct {
	Since time.Time // the time of the first of these 429s
	Until time.Time // the time from which the next attempt is allowed
}

func (e *GivenUpError) Error() string {
	return fmt.Sprintf("every request has been refused since %s, next attempt not before %s",
		e.Since.Format(time.RFC3339), e.Until.Format(time.RFC3339))
}

// drought counts 429s that come without any other answer between them. When they have come for
// limit, only one attempt in each interval is allowed, and the intervals grow.
type drought struct {
	limit    time.Duration
	since    time.Time // the time of the first refusal; zero if the last answer was no refusal
	last     time.Time
	length   time.Duration // without idle time
	refusals int

	interval time.Duration // between two probes; 0 if the limiter has not given up
	probeAt  time.Time
}

// admit decides whether an attempt may be made now. If not, it returns a [*GivenUpError]. probe is
// true if the attempt is the one that finds out whether the service works again.
func (d *drought) admit(now time.Time) (probe bool, err error) {
	switch {
	case d.interval == 0:
		return false, nil
	case now.Before(d.probeAt):
		return false, &GivenUpError{Since: d.since, Until: d.probeAt}
	}
	d.probeAt = now.Add(d.interval)
	return true, nil
}

func (d *drought) refused(now time.Time, probe bool, pausedUntil time.Time) {
	if d.refusals == 0 {
		d.since, d.last = now, now
	}
	d.refusals++
	d.length += min(now.Sub(d.last), longestBackoff)
	d.last = now
	switch {
	case d.interval == 0 && d.length >= d.limit && d.refusals >= leastRefusals:
		d.interval = firstProbe
	case d.interval > 0 && probe:
		d.interval = min(2*d.interval, longestProbe)
	default:
		return
	}
	d.probeAt = now.Add(d.interval)
	if d.probeAt.Before(pausedUntil) {
		d.probeAt = pausedUntil
	}
}

func (d *drought) answered() { *d = drought{limit: d.limit} }
