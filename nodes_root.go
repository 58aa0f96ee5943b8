package acd

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/transport"
)

// RootID stands for the id of the folder that everything is under, in every argument that is the id of
// a node. Where a folder is to be listed, read or added to, "" means the same; where something
// would be taken away from a folder, "" is [ErrInvalid], since a program may have forgotten to set it.
// The client asks the service once for the real id.
const RootID = "root"

// Root returns the folder that everything is under.
func (s *NodesService) Root(ctx context.Context) (*Node, error) {
	for n, err := range s.List(ctx, ListOptions{Filter: FieldIsRoot.Is("true"), PageSize: 1}) {
		if err != nil {
			return nil, err
		}
		if n.IsRoot {
			id := n.ID
			s.client.root.known.Store(&id)
			return n, nil
		}
	}
	return nil, newError(ctx, opList, "/", fmt.Errorf("%w: the drive shows no root", ErrNotFound))
}

// folderID is the id of a folder that a call lists, reads or adds to.
func (s *NodesService) folderID(ctx context.Context, id string) (string, error) {
	if id == "" || id == RootID {
		return s.client.root.id(ctx, s.client)
	}
	return id, nil
}

// sourceID is the id of a folder that a call takes something away from.
func (s *NodesService) sourceID(ctx context.Context, op transport.Op, target, id string) (string, error) {
	if id == "" {
		return "", invalid(ctx, op, target, "no folder to take the node out of was given; for the drive's root use RootID")
	}
	return s.folderID(ctx, id)
}

// rootCache remembers the root's id, which never changes for an account.
type rootCache struct {
	known  atomic.Pointer[string]
	asking chan struct{} // holds one caller that asks, so that the others wait for it
}

func (r *rootCache) id(ctx context.Context, c *Client) (string, error) {
	if id := r.known.Load(); id != nil {
		return *id, nil
	}
	select {
	case r.asking <- struct{}{}:
		defer func() { <-r.asking }()
	case <-ctx.Done():
		return "", newError(ctx, opList, "/", nil)
	}
	if id := r.known.Load(); id != nil {
		return *id, nil
	}
	root, err := c.Nodes.Root(ctx)
	if err != nil {
		return "", err
	}
	return root.ID, nil
}
