package limiter

import "time"

const (
	// The share of refusals is an average over this many answers.
	shareWindow = 200
	// At first, the limiter assumes this many answers without a refusal, because a few real answers
	// do not give a share yet.
	shareHeadStart = 10
	// A speed is measured over this many passes in a row.
	speedWindow = 16
	// With each slower pass the known speed falls by this share, so that an old speed is forgotten.
	speedFading = 0.002
	// A bucket begins with a burst, and this burst must not be taken for its speed. Therefore the
	// first speed, and the speed of a window, are measured over at least these times.
	leastFirstTime  = 0.25 // seconds
	leastWindowTime = 0.02 // seconds
	// Of a gap between two answers, at most this much counts as time in which the server was asked.
	// The rest is idle time, and idle time says nothing about the server.
	longestGap = time.Second
)

// meter holds what the limiter knows about the answers so far.
type meter struct {
	share   float64 // the share of refusals among the last answers
	answers int     // how many answers are in share, at most shareWindow
	run     int     // refusals in a row

	speed  float64 // the highest recent speed, in passes a second
	passes int     // all passes so far
	times  [speedWindow]time.Time

	active time.Duration // the time in which the server was asked
	last   time.Time     // the time of the last answer
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

// knownSpeed returns the speed, or 0 until it has been measured over a whole window.
func (m *meter) knownSpeed() float64 {
	if m.passes < speedWindow {
		return 0
	}
	return m.speed
}
