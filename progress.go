package acd

import (
	"fmt"
	"sync"
	"time"
)

// Phase is what a transfer is doing.
type Phase int

const (
	PhaseHashing   Phase = iota + 1 // reading a local source for its MD5
	PhaseSending                    // moving content to the drive
	PhaseWaiting                    // looking whether an upload appears whose answer was lost
	PhaseReceiving                  // moving content from the drive
	PhaseVerifying                  // reading local content again to prove it
)

func (p Phase) String() string {
	names := [...]string{PhaseHashing: "hashing", PhaseSending: "sending", PhaseWaiting: "waiting", PhaseReceiving: "receiving", PhaseVerifying: "verifying"}
	if p > 0 && int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("Phase(%d)", int(p))
}

// Progress is how far a transfer is.
type Progress struct {
	Phase   Phase
	Done    int64 // bytes of this phase and attempt
	Total   int64 // bytes, -1 if unknown
	Attempt int   // 1 for the first time that the content moves
}

// progressEvery is how often a function of [WithProgress] is called at most: a progress
// bar needs no more, and a transfer must not pay for it.
const progressEvery = 100 * time.Millisecond

// meter reports the progress of one transfer. Its methods may be called from
// several goroutines; the calls of fn follow one another. A nil fn costs next to nothing.
type meter struct {
	fn func(Progress)

	mu    sync.Mutex
	now   Progress
	last  time.Time
	stale bool // something was not reported yet
}

func newMeter(fn func(Progress), total int64) *meter {
	return &meter{fn: fn, now: Progress{Total: total}}
}

// add counts bytes that moved.
func (m *meter) add(n int64) {
	if m.fn == nil || n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Done += n
	m.stale = true
	if time.Since(m.last) >= progressEvery {
		m.report()
	}
}

// phase says that something else begins.
func (m *meter) phase(p Phase) {
	if m.fn == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now.Phase != p {
		m.now.Phase = p
		m.report()
	}
}

// restart says that content moves from its start, for the first time or again.
func (m *meter) restart(p Phase) {
	if m.fn == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Phase, m.now.Done = p, 0
	if p == PhaseSending || p == PhaseReceiving {
		m.now.Attempt++
	}
	m.report()
}

// finish reports what was held back.
func (m *meter) finish() {
	if m.fn == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stale {
		m.report()
	}
}

func (m *meter) report() {
	m.last, m.stale = time.Now(), false
	m.fn(m.now)
}
