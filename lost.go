package acd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// A finder looks for the file of an upload whose answer was lost. It returns
// errAbsent if it is not there, errNotYet if it cannot be told yet, and any
// other error when no further look can help.
type finder func(context.Context) (*Node, error)

var (
	errAbsent = errors.New("the file did not appear")
	errNotYet = errors.New("the service has not finished with the file")
)

const (
	shortestWait  = 10 * time.Second // in all, for an upload however small
	firstLookGap  = 250 * time.Millisecond
	longestLookIn = 30 * time.Second
)

// look searches for the file. If the whole body was sent it keeps looking for as
// long as the service may take to show it; if not, the file cannot be there
// unless an earlier attempt made it.
func (u *upload) look(ctx context.Context, find finder, whole bool) (*Node, error) {
	budget := u.patience(whole)
	start := time.Now()
	for gap := firstLookGap; ; gap = min(gap*3/2, longestLookIn) {
		n, err := find(ctx)
		if n != nil || !errors.Is(err, errAbsent) && !errors.Is(err, errNotYet) {
			return n, err
		}
		waited := time.Since(start)
		if waited >= budget {
			return nil, err
		}
		u.meter.phase(PhaseWaiting)
		u.client.cfg.log.LogAttrs(ctx, slog.LevelInfo, "acd: waiting for an upload to appear",
			slog.String("name", u.name), slog.Duration("waited", waited), slog.Duration("at_most", budget))
		if err := sleep(ctx, min(gap, budget-waited)); err != nil {
			return nil, err
		}
	}
}

// patience is how long to look.
func (u *upload) patience(whole bool) time.Duration {
	perGiB := u.client.cfg.uploadWaitPerGiB
	if !whole || perGiB == 0 {
		return 0
	}
	d, _ := u.sent.get()
	return max(shortestWait, time.Duration(float64(perGiB)*float64(d.size)/float64(gib)))
}

// findCreated finds the file that this upload made. Name, size and MD5 must be
// its own, and the file no older than the first try; a local id stands in for
// the time, since the service binds it to one node.
func (u *upload) findCreated(ctx context.Context) (*Node, error) {
	n, err := u.inTheWay(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errAbsent
	case err != nil:
		return nil, err
	}
	exists := &Error{Op: u.op.Name, Target: u.name, Method: u.op.Method, ConflictID: n.ID, Attempts: u.attempts, Err: ErrExists}
	since := u.client.clock.at(u.firstTry)
	sent, whole := u.sent.get()
	switch {
	case !n.IsFile():
		return nil, exists
	case !since.IsZero() && !n.CreatedDate.IsZero() && n.CreatedDate.Before(since):
		// It was there before: the upload would have been refused.
		return nil, exists
	case n.Status == StatusPending || n.MD5() == "":
		return nil, errNotYet
	case !whole:
		return nil, exists
	case n.MD5() != sent.md5 || n.Size() != sent.size:
		return nil, exists
	case since.IsZero() && u.localID == "":
		return nil, fmt.Errorf("node %s has the same content, but nothing says that it is of this upload", n.ID)
	}
	return n, nil
}

// inTheWay is the node that has the upload's name. One that the service named
// is read by its id: listings lag behind.
func (u *upload) inTheWay(ctx context.Context) (*Node, error) {
	if u.conflictID != "" {
		return u.client.Nodes.Get(ctx, u.conflictID)
	}
	return u.client.Nodes.child(ctx, u.parentID, u.raw, u.name, true)
}

// overwrite replaces n's content.
func (u *upload) overwrite(ctx context.Context, n *Node) (*Node, error) {
	u.name = n.Name
	return u.transfer(ctx,
		func() (request, error) { return u.overwriteRequest(n) },
		func(ctx context.Context) (*Node, error) { return u.findOverwritten(ctx, n) })
}

// findOverwritten tells the new content from the old: of equal size they may well be.
func (u *upload) findOverwritten(ctx context.Context, base *Node) (*Node, error) {
	n, err := u.client.Nodes.Get(ctx, base.ID)
	if err != nil {
		return nil, err
	}
	sent, whole := u.sent.get()
	newer := n.ContentProperties.Version > base.ContentProperties.Version || n.Version > base.Version
	switch {
	case n.Status == StatusPending:
		return nil, errNotYet
	case !newer:
		return nil, errAbsent
	case whole && n.MD5() == sent.md5 && n.Size() == sent.size:
		return n, nil
	case n.ContentProperties.Version > base.ContentProperties.Version:
		return nil, fmt.Errorf("%w: node %s has content that is neither the old nor this upload's", ErrChanged, n.ID)
	}
	return nil, errAbsent // only the metadata changed
}

// settled waits until the service has finished with a node.
func (u *upload) settled(ctx context.Context, n *Node) (*Node, error) {
	if n.Status != StatusPending && n.MD5() != "" {
		return n, nil
	}
	id := n.ID
	settled, err := u.look(ctx, func(ctx context.Context) (*Node, error) {
		n, err := u.client.Nodes.Get(ctx, id)
		if err == nil && (n.Status == StatusPending || n.MD5() == "") {
			return nil, errNotYet
		}
		return n, err
	}, true)
	if err != nil {
		return n, u.fail(fmt.Errorf("%w: node %s: %w", ErrOutcomeUnknown, id, err))
	}
	return settled, nil
}

// keepAliveEvery is well within a token's hour: the service refuses the last
// answer of an upload whose token ran out an hour ago, unless the session was
// used meanwhile.
const keepAliveEvery = 20 * time.Minute

// activeUploads keeps the session alive while uploads run, by a cheap call now
// and then, which has the token source refresh its token.
type activeUploads struct {
	mu      sync.Mutex
	running int
	timer   *time.Timer
	cancel  context.CancelFunc
}

func (a *activeUploads) begin(c *Client) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running++
	if a.running == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		a.cancel = cancel
		a.timer = time.AfterFunc(keepAliveEvery, func() { a.touch(ctx, c) })
	}
	return a.end
}

func (a *activeUploads) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running--; a.running == 0 {
		a.timer.Stop()
		a.cancel()
	}
}

func (a *activeUploads) touch(ctx context.Context, c *Client) {
	if err := callNone(ctx, c, request{op: opInfo}); err != nil && ctx.Err() == nil {
		c.cfg.log.Warn("acd: keeping the session of a running upload alive failed", slog.Any("error", err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() == nil {
		a.timer.Reset(keepAliveEvery)
	}
}
