package acd

import (
	"fmt"
	"sync"
	"time"
)

// Phase is what a transfer is doing.
type Phase int

const (
	PhaseHashing   Phase = iota + 1 // reading a local source to compute its MD5
	PhaseSending                    // moving content to the drive
	PhaseWaiting                    // waiting for the file of an upload to appear, after its response was lost
	PhaseReceiving                  // moving content from the drive
	PhaseVerifying                  // reading local content again to verify it
)

func (p Phase) String() string {
	names := [...]string{PhaseHashing: "hashing", PhaseSending: "sending", PhaseWaiting: "waiting", PhaseReceiving: "receiving", PhaseVerifying: "verifying"}
	if p > 0 && int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("Phase(%d)", int(p))
}

// Progress says how far a transfer has come.
type Progress struct {
	Phase   Phase
	Done    int64 // bytes in this phase and attempt
	Total   int64 // bytes, -1 if unknown
	Attempt int   // 1 while the content is sent or received for the first time; 0 before that
}

// progressEvery is the shortest time between two calls of a [WithProgress] function while bytes
// move. A progress bar needs no more, and the calls must not slow down the transfer.
const progressEvery = 100 * time.Millisecond

// meter reports the progress of one transfer. Its methods may be called from several goroutines;
// only one call of fn runs at a time. With a nil fn, the methods cost almost nothing.
type meter struct {
	fn func(Progress)

	mu    sync.Mutex
	now   Progress
	last  time.Time
	stale bool // now has changes that were not reported yet
}

func newMeter(fn func(Progress), total int64) *meter {
	return &meter{fn: fn, now: Progress{Total: total}}
}

// add counts bytes that were sent or received.
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

// phase sets the phase.
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

// restart says that the content is read from its start, for the first time or again.
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

// finish reports the last changes, if they were not reported yet.
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
