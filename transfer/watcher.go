package transfer

import (
	"sync"

	"github.com/acd-sdk/acd"
)

// watcher follows one upload, which needs no worker while it looks whether the
// file appears whose answer was lost: that may take hours.
type watcher struct {
	pool   *pool
	report func(acd.Progress) // may be nil

	mu       sync.Mutex
	giveBack func() // nil unless a worker is lent
	ended    bool
}

func (w *watcher) progress(p acd.Progress) {
	w.lend(p.Phase == acd.PhaseWaiting)
	if w.report != nil {
		w.report(p)
	}
}

func (w *watcher) lend(waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case waiting && w.giveBack == nil && !w.ended:
		w.giveBack = w.pool.lend()
	case !waiting && w.giveBack != nil:
		w.giveBack()
		w.giveBack = nil
	}
}

// end is called when the upload has returned; the transport may still read on.
func (w *watcher) end() {
	w.lend(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}
