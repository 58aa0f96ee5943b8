package acd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

const (
	// Amazon's terms ask no idle client to poll faster; one peer does so every 30 s.
	defaultWatchInterval = 5 * time.Minute
	maxWatchBackoff      = time.Hour
)

// WatchOptions say how a drive is watched. The zero value is fine.
type WatchOptions struct {
	Changes ChangesOptions
	// Interval is the least time from the end of one poll to the next; default 5
	// minutes. The wait is random, up to a quarter longer, so that many programs do
	// not meet. A feed that was ended early by MaxNodes goes on at once.
	Interval time.Duration
	// OnError is told of a poll that failed, after all retries, and decides: with
	// nil Watch goes on, after Interval, then twice that, and so on up to an hour;
	// any other error ends Watch, which returns it. Without OnError, Watch goes on if
	// [IsRetryable], if no token was to be had because the network failed, or if all that
	// is missing are nodes that could not be read (see [ChangeSet.Unreadable]).
	OnError func(error) error
}

// opWatch names Watch in errors; it makes no request of its own.
var opWatch = transport.Op{Name: "Changes.Watch"}

// Watch calls handle with every set of the change feed, one at a time, until
// ctx ends or something cannot be mended. It starts from the checkpoint in store.
//
// It asks the service at once, then each time [WatchOptions.Interval] and up to a quarter of it have passed since the last poll
// was dealt with, handle included: nothing tells it of a change in between, so that a change is seen after some 5 minutes
// with the default. It asks again without a wait after a feed that MaxNodes ended early and after a checkpoint that was
// refused; later, after a poll that failed (see [WatchOptions.OnError]).
//
// A set's checkpoint is saved after handle returned nil for it, and no sooner: each change is
// handled at least once, whatever happens in between, and some are handled twice. Apply
// them by id and version. An error of handle or of store ends Watch.
//
// When there is nothing new, handle still gets a set without nodes and the End. Sets
// that the service failed to make are asked for again and do not reach handle. A
// checkpoint that the service refuses is dropped, and the feed
// starts over with a Reset, as it does for one that the service has forgotten.
//
// Watch never returns nil. When ctx has ended, the error wraps its cause.
func (s *ChangesService) Watch(ctx context.Context, store CheckpointStore, handle func(context.Context, *ChangeSet) error, opts WatchOptions) error {
	if opts.Interval < 0 {
		return watchError(ctx, fmt.Errorf("%w: an interval of %v", ErrInvalid, opts.Interval))
	}
	if opts.Interval == 0 {
		opts.Interval = defaultWatchInterval
	}
	if opts.OnError == nil {
		opts.OnError = unlessTransient
	}
	point, err := store.Load(ctx)
	if err != nil {
		return watchError(ctx, fmt.Errorf("loading the checkpoint: %w", err))
	}
	w := &watcher{service: s, store: store, handle: handle, opts: opts, point: point}
	for {
		pause, err := w.poll(ctx)
		if err != nil {
			return watchError(ctx, err)
		}
		if err := wait.For(ctx, pause); err != nil {
			return watchError(ctx, err)
		}
	}
}

// watchError leaves an error of the feed as it is.
func watchError(ctx context.Context, err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // an *Error inside another error is not the feed's own
		return e
	}
	return newError(ctx, opWatch, "", err)
}

// unlessTransient lets Watch go on after a feed that lacked a node, too: its checkpoint is past that node.
func unlessTransient(err error) error {
	if _, ok := errors.AsType[*NodeError](err); ok && errors.Is(err, ErrIncomplete) {
		return nil
	}
	_, network := errors.AsType[net.Error](err)
	if IsRetryable(err) || network && errors.Is(err, ErrUnauthorized) {
		return nil
	}
	return err
}

type watcher struct {
	service  *ChangesService
	store    CheckpointStore
	handle   func(context.Context, *ChangeSet) error
	opts     WatchOptions
	point    string // the one in store
	failures int    // since the last poll that went well
}

// errNotMended is an error that ends a watch without asking OnError.
type errNotMended struct{ error }

func (e errNotMended) Unwrap() error { return e.error }

// poll handles what is new, and returns how long to wait for the next one.
func (w *watcher) poll(ctx context.Context) (time.Duration, error) {
	from := w.point
	received, err := w.read(ctx)
	switch {
	case err == nil:
		w.failures = 0
		if most := w.opts.Changes.MaxNodes; most > 0 && received >= most {
			return 0, nil
		}
		return jitter(w.opts.Interval), nil
	case ctx.Err() != nil, errors.As(err, new(errNotMended)):
		return 0, err
	case isRefusedCheckpoint(err) && from != "" && w.point == from:
		w.service.client.cfg.log.WarnContext(ctx, "acd: the service refuses the checkpoint; the change feed starts over")
		w.point = ""
		return 0, nil
	}
	if err := w.opts.OnError(err); err != nil {
		return 0, err
	}
	pause := maxWatchBackoff
	if w.failures < 16 {
		pause = max(w.opts.Interval, min(pause, w.opts.Interval<<w.failures))
	}
	w.failures++
	if e, ok := errors.AsType[*Error](err); ok {
		pause = max(pause, min(e.RetryAfter, maxWatchBackoff))
	}
	return jitter(pause), nil
}

func (w *watcher) read(ctx context.Context) (received int, err error) {
	for set, err := range w.service.Since(ctx, w.point, w.opts.Changes) {
		if err != nil {
			return received, err
		}
		if set.Failed() {
			continue
		}
		received += len(set.Nodes)
		if err := w.handle(ctx, set); err != nil {
			return received, errNotMended{err}
		}
		if set.Checkpoint == w.point {
			continue
		}
		if err := w.store.Save(ctx, set.Checkpoint); err != nil {
			return received, errNotMended{fmt.Errorf("saving the checkpoint: %w", err)}
		}
		w.point = set.Checkpoint
	}
	return received, nil
}

// isRefusedCheckpoint says whether the service refused the checkpoint: the rest of the call is made here and is
// well formed, so that a 400 can have no other reason.
func isRefusedCheckpoint(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Op == opChanges.Name && e.StatusCode == http.StatusBadRequest && errors.Is(e, ErrInvalid)
}

func jitter(d time.Duration) time.Duration { return d + rand.N(d/4+1) }
