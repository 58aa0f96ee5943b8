package limiter

import (
	"fmt"
	"time"
)

const (
	// One call alone may be refused ten times with the default retries: fewer say nothing.
	leastRefusals = 10
	// No back-off of the default retries is longer. What is longer is idle time.
	longestBackoff = 256 * time.Second
	firstProbe     = time.Minute
	longestProbe   = time.Hour
)

// GivenUpError says that the service has answered nothing but 429 for a long time. Nothing was
// sent.
type GivenUpError struct {
	Since time.Time // of the first of these 429s
	Until time.Time // when the next attempt is let through
}

func (e *GivenUpError) Error() string {
	return fmt.Sprintf("every request has been refused since %s, next attempt not before %s",
		e.Since.Format(time.RFC3339), e.Until.Format(time.RFC3339))
}

// drought counts 429s with no other answer between them. Once it has lasted for limit, only one
// attempt in each interval is let through, and the intervals grow.
type drought struct {
	limit    time.Duration
	since    time.Time // of the first refusal, zero: the last answer was none
	last     time.Time
	length   time.Duration // without idle time
	refusals int

	interval time.Duration // between probes, 0: not given up
	probeAt  time.Time
}

// admit says whether an attempt may go on, and whether it is a probe.
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
