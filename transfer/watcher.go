package transfer

import (
	"sync"

	"github.com/acd-sdk/acd"
)

// watcher follows one upload. If the response of the upload was lost, the client waits until the
// file appears on the drive, which may take hours. The upload needs no worker in that time, so
// watcher lends its worker to other tasks.
type watcher struct {
	pool   *pool
	report func(acd.Progress) // may be nil

	mu       sync.Mutex
	giveBack func() // nil if no worker is lent
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

// end is called when the upload has returned. After that, late progress calls lend no worker: the
// transport may still be reading the file.
func (w *watcher) end() {
	w.lend(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}
