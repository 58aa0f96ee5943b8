package acd

import (
	"context"
	"errors"
	"fmt"

	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// A WriteOption changes how a call that changes the drive is made.
type WriteOption interface {
	FolderOption
	UpdateOption
	MoveOption
	UploadOption
	OverwriteOption
	applyWrite(*writeOptions)
}

type writeOptions struct{ wait bool }

type writeOption func(*writeOptions)

func (f writeOption) applyWrite(o *writeOptions)   { f(o) }
func (f writeOption) applyUpdate(o *updateOptions) { f(&o.writeOptions) }
func (f writeOption) applyFolder(o *folderOptions) error {
	f(&o.writeOptions)
	return nil
}
func (f writeOption) applyMove(o *moveOptions) { f(&o.writeOptions) }
func (f writeOption) applyUpload(o *uploadOptions) error {
	f(&o.writeOptions)
	return nil
}
func (f writeOption) applyOverwrite(o *uploadOptions) error { return f.applyUpload(o) }

// WaitVisible makes a call return only after listings show its change. The service's searches are
// behind its writes, usually by a second and sometimes by ten. If the context ends while the call
// waits, the call fails, but the change stays made.
func WaitVisible() WriteOption { return writeOption(func(o *writeOptions) { o.wait = true }) }

func writeOptionsOf(opts []WriteOption) (o writeOptions) {
	for _, opt := range opts {
		opt.applyWrite(&o)
	}
	return o
}

// place is a folder and name under which listings should show a node, or should no longer show it.
type place struct {
	folderID, raw string
	id            string // of the node, if not the one that the call returns
	absent        bool
}

// placesOf returns a place for each folder of a node.
func placesOf(n *Node) []place {
	var places []place
	for _, parent := range n.Parents {
		places = append(places, place{folderID: parent, raw: n.RawName})
	}
	return places
}

// gone marks places as those where listings should no longer show the node.
func gone(places []place) []place {
	for i := range places {
		places[i].absent = true
	}
	return places
}

// waitVisible looks at each place, at growing intervals, until the listings agree.
func (s *NodesService) waitVisible(ctx context.Context, op transport.Op, o writeOptions, n *Node, places ...place) error {
	if !o.wait {
		return nil
	}
	for _, p := range places {
		if p.id == "" {
			p.id = n.ID
		}
		if err := s.waitForPlace(ctx, p); err != nil {
			return newError(ctx, op, p.id, fmt.Errorf("the change was made, but listings do not show it yet: %w", err))
		}
	}
	return nil
}

func (s *NodesService) waitForPlace(ctx context.Context, p place) error {
	for gap := firstLookGap; ; gap = min(2*gap, longestLookIn) {
		found, err := s.child(ctx, p.folderID, p.raw, p.raw)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if there := err == nil && found.ID == p.id; there != p.absent {
			return nil
		}
		if err := wait.For(ctx, gap); err != nil {
			return err
		}
	}
}
