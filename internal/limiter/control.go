package limiter

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Rates are in attempts a second. The package comment explains each number.
const (
	firstGuess = 10.0
	lowestRate = 1.0

	searchGrowth   = 1.1
	recoveryGrowth = 1.5
	noiseGrowth    = 1.05

	searchCut   = 0.85 // what is left of the rate after a refusal ends a search
	recoveryCut = 0.7  // the same while the rate recovers after an outage
	mostHeldCut = 0.7  // the smallest share that a refusal below the last refused rate leaves
	goodputCut  = 0.9  // the same if the goodput was measured
	manyPasses  = 32   // enough passes to measure the goodput

	firstPlateau  = 0.97
	secondPlateau = 0.985
	loweredShare  = 0.9875 // of the refused rate; a rate below counts as lowered

	shortestHold = 500 * time.Millisecond
	agreedHold   = time.Second     // with a hold of this length or more, the second plateau is used
	provenHold   = 2 * time.Second // the hold after a trial that proved the rate to be the cause
	longestHold  = 32 * time.Second
	settlePasses = 8
	holdPasses   = 32

	stepShare       = 0.03 // the longest step back to the plateau, as a share of the rate
	growthPerSecond = 0.01
	growthPerPass   = 0.02
	longestDoubling = 8 * time.Second
	mostDoublings   = 8
)

// barrenCuts says what is left of the rate if no pass came since the lesson before: after the first
// and the second such lesson. After the third the rate is lowestRate.
var barrenCuts = [...]float64{0.7, 0.5}

// control learns the rate. Its methods get each turn and each answer together with the time. It has
// no clock and no lock: its caller holds the lock.
type control struct {
	ceiling float64
	burst   int
	bucket  *rate.Limiter
	rate    float64 // +Inf means no limit
	paced   float64 // the share of the last turns that had to wait for the bucket

	meter meter
	trial trial

	refusedAt float64       // the rate at the last lesson
	hold      time.Duration // how long the rate stays at the plateau
	searching bool          // every pass raises the rate until an attempt is refused
	barren    int           // lessons in a row without a pass between them

	lessonAt  time.Time
	passes    int           // since the last lesson
	active    time.Duration // the meter's active time at the last lesson
	raisedAt  time.Time
	plateauAt time.Time // when the rate reached the plateau; zero if it is below
}

func newControl(perSecond float64, burst int) *control {
	c := &control{ceiling: math.Inf(1), burst: max(1, burst), hold: shortestHold, meter: newMeter()}
	if perSecond > 0 {
		c.ceiling = perSecond
	}
	c.rate, c.trial = c.ceiling, newTrial(c.ceiling)
	c.bucket = rate.NewLimiter(limitOf(c.rate), c.burst)
	return c
}

func limitOf(perSecond float64) rate.Limit {
	if math.IsInf(perSecond, 1) {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// reserve reserves the next turn.
func (c *control) reserve(now time.Time) *rate.Reservation {
	r := c.bucket.ReserveN(now, 1)
	waits := 0.0
	if r.DelayFrom(now) > 0 {
		waits = 1
	}
	c.paced += (waits - c.paced) / 8
	return r
}

// isNews reports whether an attempt says something about the present rate. It does if its turn was
// reserved after the last lesson. So one burst of refusals is one lesson.
func (c *control) isNews(reserved time.Time) bool {
	return c.lessonAt.IsZero() || reserved.After(c.lessonAt)
}

// lowered reports whether the rate is so far below the last refused rate that a bucket would not
// refuse, or is the lowest rate.
func (c *control) lowered() bool {
	return c.rate <= c.refusedAt*loweredShare || c.refusedAt > 0 && c.rate <= lowestRate
}

func (c *control) refused(now, reserved time.Time) {
	c.meter.add(now, true)
	switch {
	case !c.isNews(reserved) || c.trial.explains(&c.meter):
	case c.trial.exams > 0:
		c.refusedInExam(now)
	case c.lowered() && c.passes > 0 && c.trial.suspects(c.meter.share):
		c.examine(now, c.rate*firstExamCut)
	default:
		c.learn(now)
	}
}

func (c *control) passed(now, reserved time.Time) {
	c.meter.add(now, false)
	c.trial.fade(c.meter.share)
	if !c.isNews(reserved) {
		return
	}
	c.passes++
	switch {
	case c.trial.exams > 0:
		c.passedInExam()
		return
	case c.trial.noise == 0 && c.lowered() && c.trial.trusts(c.meter.share):
		c.trial.former = c.refusedAt
	}
	c.raise(now)
}

// learn lowers the rate after a refusal.
func (c *control) learn(now time.Time) {
	if !c.lowered() {
		c.trial.former = max(c.trial.former, c.rate)
	}
	refused := c.rate
	if c.paced < 0.5 || math.IsInf(refused, 1) {
		// The callers were slower than the rate allowed, so the refused rate is the speed at which
		// they really sent.
		refused = min(refused, max(c.meter.speed*1.02, firstGuess))
	}
	recovering := c.recovering()
	next := c.nextRate(refused)
	c.setHold(refused / c.refusedAt)
	switch {
	case math.IsInf(c.rate, 1):
		c.searching = c.meter.passes < manyPasses
	case c.passes == 0:
		c.barren++
		if c.barren > len(barrenCuts) {
			c.searching, c.trial.doubt = true, 0
		}
	case recovering:
		c.meter.speed *= recoveryCut
	default:
		c.barren, c.searching = 0, false
		c.meter.speed = min(c.meter.speed, refused)
	}
	c.refusedAt = refused
	c.set(now, max(next, lowestRate))
	c.begin(now)
}

// nextRate returns the new rate after an attempt at the rate refused was refused.
func (c *control) nextRate(refused float64) float64 {
	passes := float64(c.passes)
	switch {
	case math.IsInf(c.rate, 1) && c.meter.passes < manyPasses:
		return max(firstGuess, c.meter.speed*(1-c.meter.share))
	case c.passes == 0 && c.barren < len(barrenCuts):
		return refused * barrenCuts[c.barren]
	case c.passes == 0:
		return lowestRate
	case c.recovering():
		return refused * recoveryCut
	case c.searching:
		return refused * searchCut
	case c.lowered() && c.passes >= manyPasses && c.trial.doubt < suspicion-1:
		return min(refused*firstPlateau, max(c.goodput(), refused*goodputCut))
	case c.lowered():
		return refused * min(firstPlateau, max(passes/(passes+2), mostHeldCut))
	}
	return refused * c.plateau()
}

// setHold makes the time at the plateau longer as long as the lessons agree.
func (c *control) setHold(change float64) {
	switch {
	case change > 0.97 && change < 1.03:
		c.hold = min(4*c.hold, longestHold)
	case change > 0.9 && change < 1.1:
		c.hold = min(2*c.hold, longestHold)
	default:
		c.hold = shortestHold
	}
}

func (c *control) plateau() float64 {
	if c.hold >= agreedHold {
		return secondPlateau
	}
	return firstPlateau
}

// goodput returns the passes a second since the lesson. The time includes the callers' back-off.
func (c *control) goodput() float64 {
	return float64(c.passes) / max((c.meter.active-c.active).Seconds(), 0.05)
}

// begin resets the counts, so that they are about the present rate.
func (c *control) begin(now time.Time) {
	c.passes, c.active = 0, c.meter.active
	c.lessonAt, c.raisedAt, c.plateauAt = now, now, time.Time{}
}

// raise raises the rate after a pass.
func (c *control) raise(now time.Time) {
	since := min(now.Sub(c.raisedAt).Seconds(), 1)
	c.raisedAt = now
	gap := c.refusedAt*c.plateau() - c.rate
	switch {
	case c.rate >= c.ceiling:
	case c.searching:
		c.search(now)
	case c.trial.noise > 0:
		c.set(now, c.rate*noiseGrowth)
	case c.passes < settlePasses:
	case gap > 0.005*c.refusedAt:
		c.set(now, c.rate+min(gap*since, c.rate*stepShare))
	case c.plateauAt.IsZero():
		c.plateauAt = now
	case c.passes >= holdPasses && now.Sub(c.plateauAt) > c.hold:
		c.climb(now, now.Sub(c.plateauAt)-c.hold)
	}
}

// recovering reports whether the rate is still rising fast after a period in which no attempt
// passed.
func (c *control) recovering() bool {
	return c.searching && c.barren > len(barrenCuts) && c.rate < c.meter.knownSpeed()/2
}

func (c *control) search(now time.Time) {
	known := c.meter.knownSpeed()
	switch {
	case c.recovering():
		c.set(now, c.rate*recoveryGrowth)
	case c.barren > len(barrenCuts) && c.rate > 0.9*known && c.rate < known:
		c.searching, c.refusedAt = false, known
	default:
		c.set(now, c.rate*searchGrowth)
	}
}

// climb raises the rate above the plateau, faster and faster.
func (c *control) climb(now time.Time, since time.Duration) {
	doubling := min(max(c.hold, time.Second), longestDoubling)
	growth := growthPerSecond * math.Exp2(min(since.Seconds()/doubling.Seconds(), mostDoublings))
	c.set(now, c.rate*(1+min(growth/c.rate, growthPerPass)))
}

// set changes the rate. Below the ceiling the burst is 1, because a strict server refuses bursts.
func (c *control) set(now time.Time, perSecond float64) {
	c.rate = min(perSecond, c.ceiling)
	c.bucket.SetLimitAt(now, limitOf(c.rate))
	burst := 1
	if c.rate >= c.ceiling {
		burst = c.burst
	}
	if c.bucket.Burst() != burst {
		c.bucket.SetBurstAt(now, burst)
	}
}
