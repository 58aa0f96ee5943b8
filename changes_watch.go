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
	// Amazon's terms ask an idle client not to poll more often than this. One other program polls every
	// 30 s.
	defaultWatchInterval = 5 * time.Minute
	maxWatchBackoff      = time.Hour
)

// WatchOptions say how a drive is watched. The zero value uses the defaults.
type WatchOptions struct {
	Changes ChangesOptions
	// Interval is the shortest time from the end of one poll to the next. The default is 5 minutes. The
	// wait is random, up to a quarter longer than Interval, so that many programs do not poll at the same
	// moment. After a feed that MaxNodes ended early, the next poll begins at once.
	Interval time.Duration
	// OnError is called after a poll has failed with all its retries. If OnError returns nil, Watch
	// continues: it waits for Interval, after the next failure twice as long, and so on, up to an hour.
	// If OnError returns an error, Watch ends and returns that error. If OnError is nil, Watch continues
	// in three cases: the error is one that [IsRetryable] accepts; the network failed while a token was
	// requested; or the only fault is that some nodes could not be read (see [ChangeSet.Unreadable]).
	OnError func(error) error
}

// opWatch is the operation that errors of Watch name. Watch itself makes no request.
var opWatch = transport.Op{Name: "Changes.Watch"}

// Watch calls handle with every set of the change feed, one at a time, until ctx ends or an error occurs
// from which Watch cannot recover. It starts from the checkpoint in store.
//
// Watch polls the service once at the start. After each poll, when handle has returned, it waits for
// [WatchOptions.Interval] or up to a quarter longer and polls again. The service does not notify it of a
// change, so with the default a change is seen after about 5 minutes. Watch polls again without a wait
// after a feed that MaxNodes ended early, and after the service refused the checkpoint. It waits longer
// after a poll that failed (see [WatchOptions.OnError]).
//
// Watch saves the checkpoint of a set only after handle has returned nil for the set. Therefore each
// change is handled at least once, even if the program crashes, and some changes are handled twice. Apply
// nodes by id and version. An error of handle or of store ends Watch.
//
// If there is nothing new, handle still gets a set with End and without nodes. If the service failed to
// make a set, Watch requests the set again and does not pass it to handle. If the service refuses a
// checkpoint, Watch drops it, and the feed starts again with a Reset. The same happens if the service no
// longer knows the checkpoint.
//
// Watch never returns nil. When ctx has ended, the error wraps the cause of ctx.
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

// watchError returns an error of the feed unchanged, and makes any other error an [*Error] of Watch.
func watchError(ctx context.Context, err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // an *Error inside another error is not the feed's own
		return e
	}
	return newError(ctx, opWatch, "", err)
}

// unlessTransient is the default for OnError. It also returns nil if some nodes could not be read,
// because the checkpoint is already after those nodes.
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
	point    string // the checkpoint in store
	failures int    // how many polls have failed since the last success
}

// errNotMended marks an error that ends Watch without a call of OnError.
type errNotMended struct{ error }

func (e errNotMended) Unwrap() error { return e.error }

// poll handles what is new and returns how long to wait before the next poll.
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

// isRefusedCheckpoint reports whether the service refused the checkpoint. Everything else in the request
// is made by this package and is valid, so that a 400 can have no other reason.
func isRefusedCheckpoint(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Op == opChanges.Name && e.StatusCode == http.StatusBadRequest && errors.Is(e, ErrInvalid)
}

func jitter(d time.Duration) time.Duration { return d + rand.N(d/4+1) }
