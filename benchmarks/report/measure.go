package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A work is run once in each round.
type work struct {
	name string
	run  func() error
}

// times holds how long each work took in each round, in seconds.
type times map[string][]float64

// interleave runs all works once in each round, one after the other. Before each it waits for a
// quiet machine.
func (s settings) interleave(rounds int, works ...work) (times, error) {
	took := times{}
	for range rounds {
		for _, w := range works {
			s.settle()
			start := time.Now()
			if err := w.run(); err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			took[w.name] = append(took[w.name], time.Since(start).Seconds())
		}
	}
	return took, nil
}

// per returns the time for one of n things in the fastest round of a work.
func (t times) per(name string, n int) time.Duration {
	return time.Duration(slices.Min(t[name]) / float64(n) * float64(time.Second))
}

// A row is one line of the table: what was measured, what it is compared with, and the target.
type row struct {
	work, against string
	value, peer   string // as the table shows them
	ratio         float64
	low, high     float64 // the lowest and highest ratio of single rounds
	target        float64 // 0: no target
	atMost        bool    // the target is an upper limit
	small         bool    // measured at a size for which the target does not hold
}

// compare returns a row that says how many times faster work is than against.
func (t times) compare(work, against string, show func(seconds float64) string, target float64) row {
	r := row{
		work: work, against: against, value: show(slices.Min(t[work])), peer: show(slices.Min(t[against])),
		ratio: slices.Min(t[against]) / slices.Min(t[work]), target: target,
	}
	for i, s := range t[work] {
		ratio := t[against][i] / s
		if r.low = min(cmp.Or(r.low, ratio), ratio); ratio > r.high {
			r.high = ratio
		}
	}
	return r
}

// aims reports whether the row has a target that holds for the measured size.
func (r row) aims() bool { return r.target != 0 && !r.small }

// met reports whether the ratio reaches the target.
func (r row) met() bool {
	if r.atMost {
		return r.ratio <= r.target
	}
	return r.ratio >= r.target
}

func (r row) verdict() string {
	sign := ">="
	if r.atMost {
		sign = "<="
	}
	switch {
	case r.target == 0:
		return "no target"
	case r.small:
		return "no target at this size"
	case r.met():
		return fmt.Sprintf("%s %.4g: met", sign, r.target)
	}
	return fmt.Sprintf("%s %.4g: MISSED", sign, r.target)
}

func (r row) spread() string {
	if r.low == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f to %.2f", r.low, r.high)
}

func (r row) String() string {
	return fmt.Sprintf("%-50s %22s  %-48s %22s  %6.2f  %-14s %s", r.work, r.value, r.against, r.peer, r.ratio, r.spread(), r.verdict())
}

// summary counts the targets, and how many were missed.
func summary(rows []row) string {
	aims, missed := 0, 0
	for _, r := range rows {
		if r.aims() {
			aims++
			if !r.met() {
				missed++
			}
		}
	}
	return fmt.Sprintf("%d rows; of %d targets %d missed", len(rows), aims, missed)
}

// limit returns a row whose ratio is a count or a share and whose target is an upper limit.
func limit(work, against, value string, ratio, target float64) row {
	return row{work: work, against: against, value: value, ratio: ratio, target: target, atMost: true}
}

func perThing(n int) func(float64) string {
	return func(s float64) string { return time.Duration(s / float64(n) * float64(time.Second)).String() }
}

func perSecond(bytes int) func(float64) string {
	return func(s float64) string { return fmt.Sprintf("%.0f MB/s", float64(bytes)/s/1e6) }
}
