package limiter

import "time"

const (
	// The share of refusals is an average over this many answers.
	shareWindow = 200
	// So many answers without a refusal are taken for granted at first: a server that was asked
	// three times has no share yet.
	shareHeadStart = 10
	// A speed is that of so many passes in a row.
	speedWindow = 16
	// The speed sinks by this share with each pass that is slower, so that an old one fades.
	speedFading = 0.002
	// Before that many have passed, the burst with which a bucket begins must not be taken for its
	// speed, hence the least times.
	leastFirstTime  = 0.25 // seconds
	leastWindowTime = 0.02 // seconds
	// Of a gap between two answers so much counts as time in which the server was asked. The rest
	// is idle time, which says nothing about the server.
	longestGap = time.Second
)

// meter is what the limiter knows of the answers so far.
type meter struct {
	share   float64 // of refusals among the last answers
	answers int     // in share, at most shareWindow
	run     int     // refusals in a row

	speed  float64 // highest of late, in passes a second
	passes int     // ever
	times  [speedWindow]time.Time

	active time.Duration // in which the server was asked
	last   time.Time     // when it last answered
}

func newMeter() meter { return meter{answers: shareHeadStart} }

func (m *meter) add(now time.Time, refused bool) {
	if !m.last.IsZero() {
		m.active += min(now.Sub(m.last), longestGap)
	}
	m.last = now
	m.answers = min(m.answers+1, shareWindow)
	if refused {
		m.run++
		m.share += (1 - m.share) / float64(m.answers)
		return
	}
	m.run = 0
	m.share -= m.share / float64(m.answers)
	m.addPass(now)
}

func (m *meter) addPass(now time.Time) {
	m.times[m.passes%speedWindow] = now
	m.passes++
	if m.passes < speedWindow {
		m.speed = max(m.speed, float64(m.passes)/max(now.Sub(m.times[0]).Seconds(), leastFirstTime))
		return
	}
	window := max(now.Sub(m.times[m.passes%speedWindow]).Seconds(), leastWindowTime)
	m.speed = max(m.speed*(1-speedFading), (speedWindow-1)/window)
}

// knownSpeed is 0 until it was measured over a whole window.
func (m *meter) knownSpeed() float64 {
	if m.passes < speedWindow {
		return 0
	}
	return m.speed
}
