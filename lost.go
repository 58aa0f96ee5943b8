package acd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/acd-sdk/acd/internal/wait"
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
		if err := wait.For(ctx, min(gap, budget-waited)); err != nil {
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
	size, _ := u.sent.size()
	return max(shortestWait, time.Duration(float64(perGiB)*float64(size)/float64(gib)))
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
	size, whole := u.sent.size()
	switch {
	case !n.IsFile():
		return nil, exists
	case n.ID != u.sessionNode && !since.IsZero() && !n.CreatedDate.IsZero() && n.CreatedDate.Before(since):
		// It was there before: the upload would have been refused.
		return nil, exists
	case n.Status == StatusPending || n.MD5() == "":
		return nil, errNotYet
	case !whole, n.Size() != size:
		return nil, exists
	}
	same, err := u.sentContentOf(ctx, n)
	switch {
	case err != nil:
		return nil, err
	case !same:
		return nil, exists
	case since.IsZero() && u.localID == "":
		return nil, fmt.Errorf("node %s has the same content, but nothing says that it is of this upload", n.ID)
	}
	return n, nil
}

// sentContentOf says whether a node of the size that was sent has the content that was sent. If that can
// only be told of what the source has now, a difference tells nothing and is an error.
func (u *upload) sentContentOf(ctx context.Context, n *Node) (same bool, err error) {
	sent, _, err := u.sentDigest(ctx)
	if err != nil {
		return false, err
	}
	same = n.MD5() == sent.md5
	if !same && u.reread {
		return false, fmt.Errorf("node %s may be of this upload, but its content is not what the source has now", n.ID)
	}
	return same, nil
}

// inTheWay is the node that has the upload's name. One that the service named
// is read by its id: listings lag behind.
func (u *upload) inTheWay(ctx context.Context) (*Node, error) {
	if u.conflictID != "" {
		return u.client.Nodes.Get(ctx, u.conflictID)
	}
	return u.client.Nodes.child(ctx, u.parentID, u.raw, u.name, true)
}

// findOverwritten tells the new content from the old: of equal size they may well be.
func (u *upload) findOverwritten(ctx context.Context, base *Node) (*Node, error) {
	n, err := u.client.Nodes.Get(ctx, base.ID)
	if err != nil {
		return nil, err
	}
	size, whole := u.sent.size()
	newer := n.ContentProperties.Version > base.ContentProperties.Version || n.Version > base.Version
	switch {
	case n.Status == StatusPending:
		return nil, errNotYet
	case !newer:
		return nil, errAbsent
	}
	if whole && n.Size() == size {
		if same, err := u.sentContentOf(ctx, n); err != nil {
			return nil, err
		} else if same {
			return n, nil
		}
	}
	if n.ContentProperties.Version > base.ContentProperties.Version {
		return nil, fmt.Errorf("%w: node %s has content that is neither the old nor this upload's", ErrChanged, n.ID)
	}
	return nil, errAbsent // only the metadata changed
}

// inTheWay is the node that has a name that was to be given. One that the
// service named in err is read by its id: listings lag behind.
func (s *NodesService) inTheWay(ctx context.Context, parentID, raw, name string, err error) (*Node, error) {
	if e, ok := errors.AsType[*Error](err); ok && e.ConflictID != "" {
		return s.Get(ctx, e.ConflictID)
	}
	return s.child(ctx, parentID, raw, name, true)
}

// existsError is the answer to a create whose place is taken by found.
func existsError(r request, found *Node, cause error) error {
	e := &Error{Op: r.op.Name, Target: r.about(), Method: r.op.Method, ConflictID: found.ID, Err: ErrExists}
	if last, ok := errors.AsType[*Error](cause); ok {
		e.Attempts = last.Attempts
	}
	return e
}

// unknownOutcome marks err as one after which the call may have taken effect.
func unknownOutcome(err error) error {
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}

// change makes a call that changes one node and answers with it. All such
// calls may be repeated, but a repeat whose first try had worked meets its own result
// and is refused: after a lost answer the node is read, and if it is as wanted
// the call succeeded.
func (s *NodesService) change(ctx context.Context, r request, id string, wanted func(*Node) bool) (*Node, error) {
	n, record, err := callRecord[Node](ctx, s.client, r)
	if err != nil && record.Lost && ctx.Err() == nil {
		if now, getErr := s.Get(ctx, id); getErr == nil && wanted(now) {
			return now, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return s.client.adopt(n), nil
}
