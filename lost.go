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

// This file decides whether a node is the result of this call: after a lost response, after a
// refusal that names a node, and before the node of a response is returned to the caller.

// clockMargin is how much older than its call a node may be, by the service's clocks. The clocks of
// the service's machines differ by seconds, and Date headers are cut to whole seconds.
const clockMargin = 30 * time.Second

// answerMargin is added to clockMargin for the node of a successful response. The response itself
// says that the call made the node. So only a date that is a day off proves that the service speaks
// of another node.
const answerMargin = 24 * time.Hour

// identity describes the node that a call means. A node must match all its fields.
type identity struct {
	kind     Kind   // "" for any
	folderID string // one of its parents
	raw      string // its name in the drive's form; names compare as the service compares them
	// since is the earliest date at which the node can have been made; zero for any.
	since time.Time
}

// mismatch returns nil if n is the node that is meant. Otherwise it returns an error that names
// both.
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

// confirm checks that the node of a successful response is the one that the call made. If the
// response does not show it, confirm reads the node and checks that. It reads the node by its id,
// because listings lag behind.
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

// holder returns the node that already has the name which this call wanted to give. If the service
// named a node in its refusal (conflictID), holder reads that node by its id, because listings lag
// behind. If that node does not have the name, holder returns it with an error that names it.
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

// conflictOf returns the id of the node that the service named when it refused a call, or "".
func conflictOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.ConflictID
	}
	return ""
}

// existsError returns the error of a call whose name is taken by the node id. cause is the
// service's refusal, or nil.
func existsError(ctx context.Context, op transport.Op, target, id string, cause error) *Error {
	e := newError(ctx, op, target, ErrExists)
	if last, ok := errors.AsType[*Error](cause); ok {
		e = amend(ctx, op, target, last, func(cause error) error { return joinCauses(ErrExists, cause) })
	}
	e.ConflictID = id
	return e
}

// change makes a call that changes one node and returns that node. All such calls may be retried.
// But if the first attempt succeeded and its response was lost, the service refuses the retry,
// because the change is already made. So after a lost response and an error, change reads the node:
// if the node is as wanted, the call succeeded.
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

// requireID returns an error if the response is about another node than the one asked for.
func (s *NodesService) requireID(ctx context.Context, r request, n *Node, id string) (*Node, error) {
	if id != RootID && n.ID != id {
		return nil, newError(ctx, r.op, r.subject(), fmt.Errorf("%w: the service answers about node %s", ErrUnavailable, n.ID))
	}
	return n, nil
}

// A finder looks for the file of an upload whose response was lost. It returns errAbsent if the
// file is not there, and errNotYet if it cannot tell yet. Any other error means that looking again
// cannot help.
type finder func(context.Context) (*Node, error)

var (
	errAbsent = errors.New("the file did not appear")
	errNotYet = errors.New("the service has not finished with the file")
)

const (
	shortestWait  = 10 * time.Second // in total, even for the smallest upload
	firstLookGap  = 250 * time.Millisecond
	longestLookIn = 30 * time.Second
)

// look searches for the file. If the whole body was sent, it keeps looking for as long as the
// service may take to show the file. If not, it looks once: the file can only be there if an
// earlier attempt made it.
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

// patience returns how long to look for the file.
func (u *upload) patience(whole bool) time.Duration {
	perGiB := u.client.cfg.uploadWaitPerGiB
	if !whole || perGiB == 0 {
		return 0
	}
	size, _ := u.sent.size()
	return max(shortestWait, time.Duration(float64(perGiB)*float64(size)/float64(gib)))
}

// findCreated finds the file that this upload made. The file must have the upload's name, size and
// MD5, and must not be older than the first attempt. Where a date is missing, a local id is enough
// instead, because the service binds the id to one node.
func (u *upload) findCreated(ctx context.Context) (*Node, error) {
	n, err := u.client.Nodes.holder(ctx, u.identity(), u.name, u.conflictID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errAbsent
	case err != nil && n != nil: // another node was named
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
		// The file is older than the upload, so this upload did not make it: the service would have
		// refused the name.
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

// sentContentOf reports whether n has the content that was sent; the caller has compared the size.
// If the digest was computed by reading the source again after sending, a difference proves
// nothing: the source may have changed. It is then an error.
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

// findOverwritten finds the new version of a file that was overwritten. It compares versions and
// content, because the old content may have the same size.
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
