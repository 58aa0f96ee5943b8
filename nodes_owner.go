package acd

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/transport"
)

// opPropertyOwner is the name of PropertyOwner in errors. No request uses it.
var opPropertyOwner = transport.Op{Name: "Nodes.PropertyOwner"}

// An OwnerOption changes one [NodesService.PropertyOwner].
type OwnerOption interface{ applyOwner(*ownerOptions) }

type ownerOptions struct{ scratch bool }

type ownerOption func(*ownerOptions)

func (f ownerOption) applyOwner(o *ownerOptions) { f(o) }

// WithScratchFolder allows [NodesService.PropertyOwner] to create a folder in the drive's root if
// nothing else shows the owner. PropertyOwner then moves the folder to the trash. The folder stays
// in the trash, usually for 30 days, because an application cannot purge it.
func WithScratchFolder() OwnerOption {
	return ownerOption(func(o *ownerOptions) { o.scratch = true })
}

// ownerCache remembers the application's name. The name never changes during the life of a client.
type ownerCache struct{ known atomic.Pointer[string] }

// learn takes the name from a node that this client created.
func (c *ownerCache) learn(n *Node) {
	if n.CreatedBy != "" && c.known.Load() == nil {
		c.known.Store(&n.CreatedBy)
	}
}

const (
	mostOwnerNodes = maxPage // one request
	mostOwners     = 5       // one request each
)

// PropertyOwner returns the owner of this application's properties. The owner is the application's
// friendly name, as used in [NodesService.SetProperty] and [WithProperties]. The service has no
// call that returns it. If this client has already created a node, the owner is the
// [Node.CreatedBy] of that node, and no request is needed. Otherwise PropertyOwner looks for
// properties at the 200 nodes that were changed last, because the service shows an application only
// its own properties.
//
// If that does not show the owner either, PropertyOwner fails with [ErrNotFound]. There are three
// ways out: set a property on a node that the program creates, keep the name from an earlier run,
// or use [WithScratchFolder]. If the scratch folder cannot be moved to the trash, PropertyOwner
// returns both the owner and an error. The client remembers an owner that was found.
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

// shownOwner returns the owner of properties that the drive shows, or "" if it shows none. It asks
// for the properties of that owner to be sure that they are our own: the service returns those of
// another application as empty.
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

// scratchOwner creates a folder, and returns the application that the service names as its creator.
func (s *NodesService) scratchOwner(ctx context.Context) (string, error) {
	n, err := s.CreateFolder(ctx, RootID, "acd-owner-"+rand.Text())
	if err != nil {
		return "", err
	}
	// The folder must go to the trash even if the caller's context ends now.
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
