package acd

import (
	"context"
	"errors"
	"fmt"

	"github.com/acd-sdk/acd/internal/wait"
)

// A WriteOption changes a call that changes the drive.
type WriteOption interface {
	MoveOption
	UploadOption
	applyWrite(*writeOptions)
}

type writeOptions struct{ wait bool }

type writeOption func(*writeOptions)

func (f writeOption) applyWrite(o *writeOptions) { f(o) }
func (f writeOption) applyMove(o *moveOptions)   { f(&o.writeOptions) }
func (f writeOption) applyUpload(o *uploadOptions) error {
	f(&o.writeOptions)
	return nil
}

// WaitVisible returns only when listings show what the call did: the service's
// searches lag behind its writes, for a second mostly and for ten at times. The context is in
// charge; what was done stays done when it ends.
func WaitVisible() WriteOption { return writeOption(func(o *writeOptions) { o.wait = true }) }

func writeOptionsOf(opts []WriteOption) (o writeOptions) {
	for _, opt := range opts {
		opt.applyWrite(&o)
	}
	return o
}

// place is where a node should be in listings, or should not.
type place struct {
	folderID, raw string
	absent        bool
}

// waitVisible looks at each place, at growing intervals, until the listings agree.
func (s *NodesService) waitVisible(ctx context.Context, o writeOptions, n *Node, places ...place) error {
	if !o.wait {
		return nil
	}
	for _, p := range places {
		for gap := firstLookGap; ; gap = min(2*gap, longestLookIn) {
			found, err := s.child(ctx, p.folderID, p.raw, p.raw, false)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if there := err == nil && found.ID == n.ID; there != p.absent {
				break
			}
			if err := wait.For(ctx, gap); err != nil {
				return fmt.Errorf("acd: waiting until listings show node %s: %w", n.ID, err)
			}
		}
	}
	return nil
}
