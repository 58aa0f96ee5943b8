package limiter

import (
	"math"
	"time"
)

const (
	// A refusal at a lowered rate is this many times likelier if the rate is not its cause.
	likelihood = 10.0
	suspicion  = 4.0  // the log-likelihood at which the exams begin
	trust      = -3.0 // the log-likelihood at which the rate counts as the cause
	// If a server refuses a larger share than this, nobody can say that it refuses at random.
	mostRandom = 0.7

	firstExamCut = 0.85 // of the rate
	examCut      = 0.95 // of the goodput of the exam before
	mostExamCut  = 0.5  // the lowest share of the rate that is left
	// A later exam is failed after this many refusals. The first exam is failed after one.
	examRefusals = 2
	// An exam is passed after this many times 1/share answers without a refusal. The chance that
	// this happens by luck is e^-4.
	examPatience = 4.0

	noiseMargin   = 0.05
	mostMargin    = 0.15
	noiseFading   = 0.005
	noiseFloor    = 0.004
	longRun       = 8 // this many refusals in a row are not random
	firstReviewAt = 4096
)

// trial examines whether the rate is the cause of the refusals.
type trial struct {
	doubt  float64 // the log-likelihood that the rate is not the cause
	former float64 // the rate before it was lowered; an acquittal restores it

	exams    int     // how many exams have begun; 0 outside of a trial
	answers  int     // in this exam
	refusals int     // in this exam
	share    float64 // the share of refusals before this exam
	from     float64 // the rate before the first exam

	noise    float64 // the share of refusals that do not depend on the rate; 0 if none are known
	since    int     // answers since noise was set
	reviewAt int     // after this many answers noise is forgotten
}

func newTrial(rate float64) trial { return trial{former: rate, reviewAt: firstReviewAt} }

// suspects counts a refusal at a lowered rate. It reports whether an exam should begin.
func (t *trial) suspects(share float64) bool {
	t.doubt += math.Log(likelihood)
	return t.doubt >= suspicion && share < mostRandom
}

// trusts counts a pass at a lowered rate. It reports whether the rate counts as the cause.
func (t *trial) trusts(share float64) bool {
	p := min(share, 0.95)
	t.doubt = max(trust, t.doubt+math.Log((1-p)/(1-p/likelihood)))
	return t.doubt == trust
}

// examsNeeded returns how many exams must fail for an acquittal. If a large share is refused, an
// exam is short, and the burst of a bucket may make it fail.
func (t *trial) examsNeeded() int {
	switch {
	case t.share < 0.04:
		return 2
	case t.share < 0.15:
		return 3
	}
	return 5
}

// explains reports whether a refusal is one of those that do not depend on the rate.
func (t *trial) explains(m *meter) bool {
	if t.noise == 0 {
		return false
	}
	t.since++
	if t.since >= t.reviewAt {
		t.reviewAt *= 2
	} else if m.share <= t.noise+min(t.noise+noiseMargin, mostMargin) && m.run < longRun {
		return true
	}
	t.noise, t.doubt = 0, 0
	return false
}

// fade counts a pass, and lowers noise if fewer attempts are refused.
func (t *trial) fade(share float64) {
	if t.noise == 0 {
		return
	}
	t.since++
	t.noise -= max(0, t.noise-share) * noiseFading
	if t.noise < noiseFloor {
		t.noise = 0
	}
}

// examine begins an exam. The rate is held at perSecond, at which a bucket would not refuse.
func (c *control) examine(now time.Time, perSecond float64) {
	t := &c.trial
	if t.exams == 0 {
		t.from = c.rate
	}
	t.exams++
	t.answers, t.refusals, t.share = 0, 0, c.meter.share
	c.refusedAt = perSecond / examCut * 1.02
	c.set(now, perSecond)
	c.begin(now)
}

func (c *control) refusedInExam(now time.Time) {
	t := &c.trial
	t.answers++
	t.refusals++
	switch {
	case c.passes == 0 && c.meter.run > examRefusals:
		// No attempt passes. So there is an outage, or the right rate is far lower.
		t.exams = 0
		c.learn(now)
	case t.exams > 1 && t.refusals < examRefusals:
	case t.exams < t.examsNeeded():
		c.examine(now, min(c.rate, max(lowestRate, c.rate*mostExamCut, c.goodput()))*examCut)
	default:
		c.acquit(now)
	}
}

func (c *control) passedInExam() {
	t := &c.trial
	t.answers++
	if float64(t.answers) <= examPatience*float64(1+t.refusals)/t.share {
		return
	}
	// The rate is the cause. The rate that the server accepts lies between this rate and the rate
	// before the exams.
	c.refusedAt = max(c.refusedAt, math.Sqrt(c.rate*t.from))
	c.hold = provenHold
	t.exams, t.doubt, t.former = 0, 0, t.from
}

// acquit ends a trial in which the share of refusals did not fall with the rate. The rate is not
// the cause.
func (c *control) acquit(now time.Time) {
	t := &c.trial
	t.exams, t.doubt = 0, 0
	t.noise, t.since = c.meter.share, 0
	c.refusedAt, c.searching = 0, false
	c.set(now, t.former)
	c.begin(now)
}
