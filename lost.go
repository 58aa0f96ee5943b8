package acd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/acd-sdk/acd/internal/names"
	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// This file decides what a call may take for its own: after an answer that was lost, after a refusal
// that names a node, and before the node of an answer is handed to the caller.

// clockMargin is how much older a node may be than the call that made it, by the service's clocks: its
// machines do not agree to the second, and Date headers are cut to one.
const clockMargin = 30 * time.Second

// answerMargin is how much older than that the node of a success may be: the answer itself says that the call
// made it, so that only a date of another day proves that the service speaks of another node.
const answerMargin = 24 * time.Hour

// identity is what a node must be to be the one that a call means.
type identity struct {
	kind     Kind   // "" for any
	folderID string // one of its parents
	raw      string // its name in the drive's form; names compare as the service compares them
	// since is the earliest date at which it can have been made; zero for any.
	since time.Time
}

// mismatch returns why n is not the node that is meant, naming both, or nil.
func (want identity) mismatch(n *Node) error {
	switch {
	case want.kind != "" && n.Kind != want.kind,
		!names.Same(n.RawName, want.raw),
		!n.HasParent(want.folderID),
		n.Status == StatusTrash || n.Status == StatusPurged:
		return fmt.Errorf("the service names node %s (%s %q, %s, in %q), which is not %q in folder %s",
			n.ID, n.Kind, n.RawName, n.Status, n.Parents, want.raw, want.folderID)
	case !want.since.IsZero() && !n.CreatedDate.IsZero() && n.CreatedDate.Before(want.since):
		return fmt.Errorf("node %s (%q) was made at %s, before this call", n.ID, n.RawName, n.CreatedDate.Format(time.RFC3339))
	}
	return nil
}

// confirm makes sure that the node of a success is the one that the call made. An answer that does
// not say so by itself is compared with the node itself, which is read by its id because listings lag behind.
func (s *NodesService) confirm(ctx context.Context, n *Node, want identity) (*Node, error) {
	want.since = want.since.Add(-answerMargin)
	if want.mismatch(n) == nil {
		s.client.owner.learn(n)
		return n, nil
	}
	now, err := s.Get(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	return now, want.mismatch(now)
}

// holder is the node that has a name which was to be given. One that the service named in its refusal is
// read by its id, because listings lag behind, and must have the name: else the error names it.
func (s *NodesService) holder(ctx context.Context, want identity, name, conflictID string) (*Node, error) {
	if conflictID == "" {
		return s.nameHolder(ctx, want.folderID, want.raw, name)
	}
	n, err := s.Get(ctx, conflictID)
	if err != nil {
		return nil, err
	}
	return n, identity{folderID: want.folderID, raw: want.raw}.mismatch(n)
}

// conflictOf is the id of the node that the service named when it refused a call.
func conflictOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.ConflictID
	}
	return ""
}

// existsError is the answer to a call whose name is taken by node id. cause is the refusal, or nil.
func existsError(ctx context.Context, op transport.Op, target, id string, cause error) *Error {
	e := newError(ctx, op, target, ErrExists)
	if last, ok := errors.AsType[*Error](cause); ok {
		e = amend(ctx, op, target, last, func(cause error) error { return joinCauses(ErrExists, cause) })
	}
	e.ConflictID = id
	return e
}

// change makes a call that changes one node and answers with it. All such
// calls may be repeated, but a repeat whose first try had worked meets its own result
// and is refused: after a lost answer the node is read, and if it is as wanted
// the call succeeded.
func (s *NodesService) change(ctx context.Context, r request, id string, wanted func(*Node) bool) (*Node, error) {
	n, record, err := callRecord[Node](ctx, s.client, r)
	if err == nil {
		return s.requireID(ctx, r, s.client.adopt(n), id)
	}
	if record.Lost && ctx.Err() == nil {
		if now, getErr := s.Get(ctx, id); getErr == nil && wanted(now) {
			return now, nil
		}
	}
	return nil, err
}

// requireID refuses an answer that is about another node than was asked for.
func (s *NodesService) requireID(ctx context.Context, r request, n *Node, id string) (*Node, error) {
	if id != RootID && n.ID != id {
		return nil, newError(ctx, r.op, r.subject(), fmt.Errorf("%w: the service answers about node %s", ErrUnavailable, n.ID))
	}
	return n, nil
}

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
	n, err := u.client.Nodes.holder(ctx, u.identity(), u.name, u.conflictID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errAbsent
	case err != nil && n != nil: // it is a stranger
		return nil, u.exists(ctx, n.ID, err)
	case err != nil:
		return nil, err
	}
	return u.isOurs(ctx, n)
}

// isOurs returns n if this upload made it.
func (u *upload) isOurs(ctx context.Context, n *Node) (*Node, error) {
	exists := u.exists(ctx, n.ID, nil)
	since := u.client.clocks.earliest(u.firstTry)
	dated := !since.IsZero() && !n.CreatedDate.IsZero()
	size, whole := u.sent.size()
	switch {
	case !n.IsFile():
		return nil, exists
	case n.ID != u.sessionNode && dated && n.CreatedDate.Before(since):
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
	case !dated && u.localID == "":
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
