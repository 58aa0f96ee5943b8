package transfer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd"
)

// run is one Upload or Download.
type run struct {
	client *acd.Client
	opts   Options
	filter filter
	pool   *pool
	ledger

	ctx  context.Context
	stop context.CancelCauseFunc

	// local is nil in a dry run whose target does not exist.
	local *os.Root
	base  string // absolute path of local
}

// newRun returns a run in a local directory. opts must have their defaults already.
func newRun(ctx context.Context, client *acd.Client, dir string, opts Options) (*run, error) {
	f, err := newFilter(opts)
	if err != nil {
		return nil, err
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &run{client: client, opts: opts, filter: f, pool: newPool(), base: base}
	r.local, err = os.OpenRoot(dir)
	if err != nil && !(opts.DryRun && errors.Is(err, os.ErrNotExist)) {
		return nil, err
	}
	r.ctx, r.stop = context.WithCancelCause(ctx)
	r.ledger.report.DryRun, r.ledger.onEvent = opts.DryRun, opts.OnEvent
	r.succeed()
	return r, nil
}

func (r *run) close() {
	r.stop(nil)
	if r.local != nil {
		r.local.Close()
	}
}

// work runs all tasks, and the tasks that they add.
func (r *run) work() { r.pool.run(r.ctx, r.opts.Workers) }

// done returns the report and the error of the whole run.
func (r *run) done(err error) (*Report, error) {
	if err == nil && r.ctx.Err() != nil {
		err = context.Cause(r.ctx)
	}
	if err == nil {
		err = r.report.Err()
	}
	return &r.report, err
}

// item is a file or a folder in the form that events need.
type item struct {
	path string
	size int64     // bytes of a file
	node *acd.Node // node on the drive, if it is known
}

func (r *run) leaveOut(i item, why string) {
	r.emit(Event{Action: LeftOut, Path: i.path, Size: i.size, Node: i.node, Why: why})
}

func (r *run) notReached(i item) {
	r.emit(Event{Action: NotReached, Path: i.path, Size: i.size, Node: i.node, Err: context.Cause(r.ctx)})
}

// mostLimited is how long the drive may answer only 429 before the whole run ends. An application
// that is over its quota gets no other response for days, and without this limit every file would
// wait again.
const mostLimited = 2 * time.Minute

// fail reports one file or folder as failed. If the whole run has ended, that is the cause of the
// error, so fail reports NotReached instead.
func (r *run) fail(i item, err error) {
	if r.ctx.Err() != nil {
		r.notReached(i)
		return
	}
	r.emit(Event{Action: Failed, Path: i.path, Size: i.size, Node: i.node, Err: err})
	_, throttled := errors.AsType[*acd.ThrottledError](err)
	limited := throttled || errors.Is(err, acd.ErrRateLimited) && r.sinceSuccess() >= mostLimited
	if limited || errors.Is(err, acd.ErrUnauthorized) {
		r.stop(err) // every other file would fail the same way
	}
}

// queueFile adds the task of a file.
func (r *run) queueFile(i item, do func()) {
	r.pool.file(task{do: do, notReached: func() { r.notReached(i) }})
}

// queueFolder adds the task of a folder.
func (r *run) queueFolder(i item, do func()) {
	r.pool.folder(task{do: do, notReached: func() { r.notReached(i) }})
}

// progress returns the function that reports the progress of one file, nil if the caller set no
// OnProgress.
func (r *run) progress(path string) func(acd.Progress) {
	if r.opts.OnProgress == nil {
		return nil
	}
	return func(p acd.Progress) {
		r.ledger.mu.Lock()
		defer r.ledger.mu.Unlock()
		r.opts.OnProgress(path, p)
	}
}
