package export

import (
	"sync"
	"time"
)

// meter tells how far an export is, ten times a second at most.
type meter struct {
	report func(Progress)
	mu     sync.Mutex
	now    Progress
	last   time.Time
}

const meterPause = 100 * time.Millisecond

func (m *meter) begin(phase string, files int, bytes int64) {
	m.update(true, func(p *Progress) { *p = Progress{Phase: phase, Files: files, All: bytes} })
}

// step says how far a phase is.
func (m *meter) step(phase string, done, files int) {
	m.update(false, func(p *Progress) { *p = Progress{Phase: phase, Done: done, Files: files} })
}

// advance is step for phases in which several work.
func (m *meter) advance(phase string, files int) {
	m.update(false, func(p *Progress) {
		if p.Phase != phase {
			*p = Progress{Phase: phase, Files: files}
		}
		p.Done++
	})
}

// done says that one more file is through.
func (m *meter) done(bytes int64) {
	m.update(false, func(p *Progress) {
		p.Done++
		p.Bytes += bytes
	})
}

func (m *meter) update(always bool, change func(*Progress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	if m.report == nil || !always && m.now.Done != m.now.Files && time.Since(m.last) < meterPause {
		return
	}
	m.last = time.Now()
	m.report(m.now)
}
