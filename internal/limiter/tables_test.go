package limiter

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every cell of the tables is the median of this many runs. The runs differ in the jitter of the
// callers' back-off and in which attempts are refused at random.
const seeds = 20

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}

// table prints a table, and marks the cells that miss their target.
type table struct {
	t    *testing.T
	text strings.Builder
}

func newTable(t *testing.T, title string) *table {
	tab := &table{t: t}
	fmt.Fprintf(&tab.text, "\n%s\n", title)
	t.Cleanup(func() { t.Log(tab.text.String()) })
	return tab
}

func (tab *table) row(format string, args ...any) { fmt.Fprintf(&tab.text, format, args...) }

// rounding is how much a cell may change because another processor rounds floating-point numbers
// differently, so that a run takes another course.
const rounding = 0.005

// cell writes a median and the worst run. The median must reach the target. The worst run may miss
// the target by at most slack.
func (tab *table) cell(name, what string, x []float64, atLeast bool, target, slack float64) {
	m, worst := median(x), slices.Max(x)
	missedBy := max(m-target, worst-target-slack)
	if atLeast {
		worst = slices.Min(x)
		missedBy = max(target-m, target-slack-worst)
	}
	mark := " "
	if missedBy > 0 {
		mark = "!"
	}
	if missedBy > rounding {
		tab.t.Errorf("%s: %s is %.3f, the worst %.3f; want %.2f", name, what, m, worst, target)
	}
	tab.row(" %6.3f (%5.3f)%s", m, worst, mark)
}

// far is a slack that allows any worst run.
const far = 1e9

// Callers that begin all at once on a token bucket soon reach its rate with few refusals. The
// goodput is given as a share of min(bucket, workers / latency).
func TestTableBuckets(t *testing.T) {
	const latency = 20 * time.Millisecond
	tab := newTable(t, "token buckets, answers take 20 ms: median (worst) of 20 runs\n"+
		"rate burst workers   goodput from 3 s   from 10 s      refused       (at 2 and 5/s all from 30 s to 90 s)")
	for _, rate := range []float64{2, 5, 20, 50, 100, 200, 500} {
		early, late, end := 3*time.Second, 10*time.Second, 40*time.Second
		lateTarget, refusedTarget := 0.95, 0.02
		if rate <= 5 {
			early, late, end = 30*time.Second, 30*time.Second, 90*time.Second
			lateTarget, refusedTarget = 0.9, 0.05
		}
		for _, burst := range []float64{1, 3, 10} {
			for _, workers := range []int{1, 4, 16} {
				var first, settled, denied []float64
				possible := min(rate, float64(workers)/latency.Seconds())
				for seed := range uint64(seeds) {
					s := simulate(adaptive(), newBucket(rate, burst).grant, latency, seed)
					s.start(workers)
					s.run(end)
					passed, _ := count(s.answers, early, end)
					first = append(first, passed/(possible*(end-early).Seconds()))
					passed, refused := count(s.answers, late, end)
					settled = append(settled, passed/(possible*(end-late).Seconds()))
					denied = append(denied, refused/(passed+refused))
				}
				name := fmt.Sprintf("%v/s, burst %v, %d workers", rate, burst, workers)
				tab.row("%4v %5v %7d  ", rate, burst, workers)
				tab.cell(name, "the goodput from 3 s", first, true, 0.9, 0.05)
				tab.cell(name, "the goodput from 10 s", settled, true, lateTarget, 0.05)
				tab.cell(name, "the share of refusals", denied, false, refusedTarget, 0.05)
				tab.row("\n")
			}
		}
	}
}

// Refusals that do not depend on the rate cost little more than the callers' own back-off. When
// these refusals end, they cost nothing more.
func TestTableRandomRefusals(t *testing.T) {
	const latency, calls, afterwards, forever = 50 * time.Millisecond, 2000, 100, 10000 * time.Hour
	tab := newTable(t, "refused at random, 2,000 calls of 50 ms: seconds with retries alone, and with the limiter in their multiple;\n"+
		"then 100 calls that are not refused: median (worst) of 20 pairs. The target is 1.15. It is 2 at 20 and 50 %,\n"+
		"and with 16 workers, whose calls are over in some 10 s, of which learning takes a larger share\n"+
		"share workers  alone    2,000 calls    100 afterwards")
	for _, workers := range []int{1, 4, 16} {
		for _, share := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5} {
			target := 1.15
			switch {
			case workers == 16 && share > 0.1:
				continue
			case workers == 16, share > 0.1:
				target = 2
			}
			var during, after, alone []float64
			for seed := range uint64(seeds) {
				var took, tookAfter [2]float64
				// If half of the attempts are refused, ten minutes of nothing but refusals can
				// happen by chance. So the limiter must not give up here.
				for i, l := range []*Limiter{nil, New(Config{GiveUpAfter: forever})} {
					s := simulate(l, atRandom(share, seed), latency, seed)
					s.enough = calls
					s.start(workers)
					s.run(forever)
					took[i] = s.now.Seconds()
					then := simulate(l, unlimited, latency, seed)
					then.now, then.enough = s.now, afterwards
					then.start(workers)
					then.run(forever)
					tookAfter[i] = (then.now - s.now).Seconds()
				}
				alone = append(alone, took[0])
				during = append(during, took[1]/took[0])
				after = append(after, tookAfter[1]/tookAfter[0])
			}
			name := fmt.Sprintf("%v at random, %d workers", share, workers)
			tab.row("%5v %7d  %5.0f  ", share, workers, median(alone))
			tab.cell(name, "the time", during, false, target, far)
			tab.cell(name, "the time afterwards", after, false, 1.1, far)
			tab.row("\n")
		}
	}
}

// If a server without a limit refuses one of each hundred answers, the goodput is most of the
// goodput with retries alone.
func TestTableOneInAHundred(t *testing.T) {
	tab := newTable(t, "every 100th answer is a 429, one minute: goodput against retries alone\nworkers latency   goodput")
	for _, workers := range []int{1, 4, 16} {
		for _, latency := range []time.Duration{20 * time.Millisecond, 50 * time.Millisecond} {
			var share []float64
			for seed := range uint64(seeds) {
				var passes [2]float64
				for i, l := range []*Limiter{nil, adaptive()} {
					n := 0
					s := simulate(l, func(time.Duration) bool { n++; return n%100 != 0 }, latency, seed)
					s.start(workers)
					s.run(time.Minute)
					passes[i] = float64(s.passes)
				}
				share = append(share, passes[1]/passes[0])
			}
			tab.row("%7d %7v ", workers, latency)
			tab.cell(fmt.Sprintf("%d workers, %v", workers, latency), "the goodput", share, true, 0.8, 0.05)
			tab.row("\n")
		}
	}
}

// After ten seconds of nothing but 429, 80 % of the former rate is back within ten seconds. During
// the outage the limiter holds the callers. Without a limiter the callers are in long back-offs,
// and it takes longer.
func TestTableOutage(t *testing.T) {
	const from, to = 60 * time.Second, 70 * time.Second
	tab := newTable(t, "10 s of nothing but 429: seconds until one second brings 80 % of the former rate\nserver workers   alone    limiter")
	for _, rate := range []float64{50, 100, 0} {
		for _, workers := range []int{4, 16} {
			var took [2][]float64
			for seed := range uint64(seeds) {
				for i, l := range []*Limiter{nil, adaptive()} {
					b := newBucket(rate, 3)
					s := simulate(l, func(now time.Duration) bool {
						return (now < from || now >= to) && (rate == 0 || b.grant(now))
					}, 20*time.Millisecond, seed)
					s.start(workers)
					s.run(to + 30*time.Second)
					took[i] = append(took[i], secondsUntil(s.answers, from, to))
				}
			}
			server := fmt.Sprintf("%v/s", rate)
			if rate == 0 {
				server = "free"
			}
			tab.row("%6s %7d  %6.1f  ", server, workers, median(took[0]))
			tab.cell(fmt.Sprintf("%s, %d workers", server, workers), "the time", took[1], false, 10, far)
			tab.row("\n")
		}
	}
}

// secondsUntil returns how many whole seconds after the end of the outage it takes until one second
// has at least 80 % of the passes that an average second had in the 20 s before the outage. It
// returns 30 if no second reaches that. from and to are the start and the end of the outage.
func secondsUntil(answers []simAnswer, from, to time.Duration) float64 {
	before, _ := count(answers, from-20*time.Second, from)
	for n := range 29 {
		start := to + time.Duration(n)*time.Second
		if passed, _ := count(answers, start, start+time.Second); passed >= 0.8*before/20 {
			return float64(n + 1)
		}
	}
	return 30
}

// A single 429 delays the calls after it by less than 3 s. This holds for the very first call, too,
// and after idle time.
func TestTableLoneRefusal(t *testing.T) {
	tab := newTable(t, "a lone 429, one worker: seconds that 20 calls of 20 ms take after the back-off of the refused one\ncalls before   idle   seconds")
	for _, before := range []int{0, 1, 8, 100} {
		for _, idle := range []time.Duration{0, 40 * time.Second} {
			limiter, now := adaptive(), time.Duration(0)
			if before > 0 {
				s := simulate(limiter, unlimited, 20*time.Millisecond, 1)
				s.enough = before
				s.start(1)
				s.run(time.Hour)
				now = s.now + idle
			}
			refused := false
			s := simulate(limiter, func(time.Duration) bool { granted := refused; refused = true; return granted }, 20*time.Millisecond, 1)
			s.now, s.enough = now, 20
			s.start(1)
			s.run(2 * time.Hour)
			first := s.answers[1].at
			tab.row("%12d %6v ", before, idle)
			tab.cell(fmt.Sprintf("%d calls before, %v idle", before, idle), "the time", []float64{(s.now - first).Seconds()}, false, 3, 0)
			tab.row("\n")
		}
	}
}

// The rate follows a server whose own limit changes.
func TestTableChange(t *testing.T) {
	tab := newTable(t, "a bucket of 100/s falls to 10/s for two minutes: goodput of its second 30 to 120, refused,\n"+
		"and goodput of the second minute at 100/s again\nburst workers   at 10/s        refused       at 100/s")
	for _, burst := range []float64{1, 3, 10} {
		for _, workers := range []int{4, 16} {
			var slow, denied, fast []float64
			for seed := range uint64(seeds) {
				b := newBucket(100, burst)
				s := simulate(adaptive(), func(now time.Duration) bool {
					b.rate = 100
					if now >= time.Minute && now < 3*time.Minute {
						b.rate = 10
					}
					return b.grant(now)
				}, 20*time.Millisecond, seed)
				s.start(workers)
				s.run(5 * time.Minute)
				passed, refused := count(s.answers, 90*time.Second, 3*time.Minute)
				slow, denied = append(slow, passed/900), append(denied, refused/(passed+refused))
				passed, _ = count(s.answers, 4*time.Minute, 5*time.Minute)
				fast = append(fast, passed/6000)
			}
			name := fmt.Sprintf("burst %v, %d workers", burst, workers)
			tab.row("%5v %7d ", burst, workers)
			tab.cell(name, "the goodput at 10/s", slow, true, 0.9, 0.05)
			tab.cell(name, "the share of refusals", denied, false, 0.05, 0.05)
			tab.cell(name, "the goodput at 100/s", fast, true, 0.9, 0.05)
			tab.row("\n")
		}
	}
}
