package transfer

import (
	"context"
	"slices"
	"sync"
)

// task is one file or folder to work on. If the run ends before the task starts, notReached is
// called instead of do.
type task struct{ do, notReached func() }

// pool runs tasks that may add tasks. The newest task goes first, so that a tree is walked depth
// first. Folders wait while there are enough files to keep the workers busy. So the number of
// waiting tasks is limited by the folders that are being listed.
type pool struct {
	mu      sync.Mutex
	changed *sync.Cond
	folders []task
	files   []task
	active  int
	hire    func()
	spare   int // how many workers may still be lent
	surplus int // how many workers must end, because a lent worker was given back
}

func newPool() *pool {
	p := &pool{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

func (p *pool) folder(t task) { p.add(&p.folders, t) }
func (p *pool) file(t task)   { p.add(&p.files, t) }

func (p *pool) add(to *[]task, t task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*to = append(*to, t)
	p.changed.Signal()
}

// run returns when no task is left, or when ctx has ended and all started tasks have returned.
// Before run returns, it calls notReached of all tasks that did not start.
func (p *pool) run(ctx context.Context, workers int) {
	defer context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed.Broadcast()
	})()
	var wg sync.WaitGroup
	p.hire = func() {
		wg.Go(func() {
			for do := p.next(ctx, workers); do != nil; do = p.next(ctx, workers) {
				do()
				p.finish()
			}
		})
	}
	p.spare = 3 * workers
	for range workers {
		p.hire()
	}
	wg.Wait()
	p.abandon()
}

func (p *pool) abandon() {
	for _, t := range slices.Concat(p.folders, p.files) {
		t.notReached()
	}
	p.folders, p.files = nil, nil
}

// lend starts another worker in place of a task that only waits. It returns the function that takes
// this worker back. If no more workers may be lent, lend and its result do nothing.
func (p *pool) lend() (giveBack func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spare == 0 {
		return func() {}
	}
	p.spare--
	p.hire()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.spare++
		p.surplus++
	}
}

func (p *pool) next(ctx context.Context, workers int) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		from := &p.files
		if len(p.folders) > 0 && len(p.files) < 2*workers {
			from = &p.folders
		}
		last := len(*from) - 1
		switch {
		case p.surplus > 0:
			p.surplus--
			return nil
		case ctx.Err() != nil:
			return nil
		case last >= 0:
			do := (*from)[last].do
			(*from)[last] = task{}
			*from = (*from)[:last]
			p.active++
			return do
		case p.active == 0:
			return nil
		}
		p.changed.Wait()
	}
}

func (p *pool) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	if p.active == 0 {
		p.changed.Broadcast()
	}
}
