package acd

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/transport"
)

// opPropertyOwner names PropertyOwner in errors; it makes no request of its own.
var opPropertyOwner = transport.Op{Name: "Nodes.PropertyOwner"}

// An OwnerOption changes one [NodesService.PropertyOwner].
type OwnerOption interface{ applyOwner(*ownerOptions) }

type ownerOptions struct{ scratch bool }

type ownerOption func(*ownerOptions)

func (f ownerOption) applyOwner(o *ownerOptions) { f(o) }

// WithScratchFolder lets [NodesService.PropertyOwner] make a folder in the drive's root and move it to the trash, where
// nothing else tells. In the trash it stays, for 30 days as a rule: an application cannot purge it.
func WithScratchFolder() OwnerOption {
	return ownerOption(func(o *ownerOptions) { o.scratch = true })
}

// ownerCache remembers the application's name, which never changes for a client.
type ownerCache struct{ known atomic.Pointer[string] }

// learn takes the name from a node that the client has made.
func (c *ownerCache) learn(n *Node) {
	if n.CreatedBy != "" && c.known.Load() == nil {
		c.known.Store(&n.CreatedBy)
	}
}

const (
	mostOwnerNodes = maxPage // one request
	mostOwners     = 5       // a request each
)

// PropertyOwner returns the owner of this application's properties: its friendly name, which is the owner in
// [NodesService.SetProperty], [WithProperties] and the like. No call of the service says it. It is the
// [Node.CreatedBy] of anything that this client has made: then no request is needed. Otherwise the 200 nodes that were
// changed last are looked at, because the service shows an application no properties but its own.
//
// Where that does not tell either, it is [ErrNotFound]. Set a property when the program has made something, keep the
// name from an earlier run, or use [WithScratchFolder]: if that folder cannot be moved to the trash afterwards, the
// owner is returned with the error. What was found is remembered by the client.
func (s *NodesService) PropertyOwner(ctx context.Context, opts ...OwnerOption) (string, error) {
	var o ownerOptions
	for _, opt := range opts {
		opt.applyOwner(&o)
	}
	if known := s.client.owner.known.Load(); known != nil {
		return *known, nil
	}
	owner, err := s.shownOwner(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case owner != "":
		s.client.owner.known.Store(&owner)
		return owner, nil
	case o.scratch:
		return s.scratchOwner(ctx)
	}
	return "", newError(ctx, opPropertyOwner, "", fmt.Errorf("%w by which the drive tells this application's name; see WithScratchFolder", ErrNotFound))
}

// shownOwner is the owner of properties that the drive shows, "" if it shows none. That they are our own is proved by
// asking for them: those of another application are empty.
func (s *NodesService) shownOwner(ctx context.Context) (string, error) {
	looked, asked := 0, map[string]bool{}
	for n, err := range s.List(ctx, ListOptions{Sort: []Order{Descending(FieldModified)}}) {
		if err != nil {
			return "", err
		}
		for owner := range n.Properties {
			if asked[owner] || len(asked) == mostOwners {
				continue
			}
			asked[owner] = true
			own, err := s.Properties(ctx, n.ID, owner)
			if err != nil {
				return "", err
			}
			if len(own) > 0 {
				return owner, nil
			}
		}
		if looked++; looked == mostOwnerNodes {
			break
		}
	}
	return "", nil
}

// scratchOwner makes a folder to see by whom.
func (s *NodesService) scratchOwner(ctx context.Context) (string, error) {
	n, err := s.CreateFolder(ctx, RootID, "acd-owner-"+rand.Text())
	if err != nil {
		return "", err
	}
	// A caller that gives up now does not leave the folder where it is.
	trashing, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if _, err = s.Trash(trashing, n.ID); err != nil {
		err = newError(ctx, opPropertyOwner, n.ID, fmt.Errorf("the folder %s, made to learn the application's name, stays in the drive's root: %w", n.Name, err))
	}
	if n.CreatedBy == "" {
		return "", newError(ctx, opPropertyOwner, n.ID, joinCauses(fmt.Errorf("%w: the service does not say who made it", ErrNotFound), err))
	}
	return n.CreatedBy, err
}
