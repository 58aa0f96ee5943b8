package acd

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/transport"
)

// RootID means the drive's root folder, in every argument that is a node id. Where a folder is
// listed, read or added to, "" means the same. Where a node would be taken out of a
// folder, "" fails with [ErrInvalid], because the program may have forgotten to set it. The client
// asks the service for the real id once.
const RootID = "root"

// Root returns the drive's root folder.
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

// folderID returns the id of a folder that a call lists, reads or adds to.
func (s *NodesService) folderID(ctx context.Context, id string) (string, error) {
	if id == "" || id == RootID {
		return s.client.root.id(ctx, s.client)
	}
	return id, nil
}

// sourceID returns the id of a folder that a call takes something out of.
func (s *NodesService) sourceID(ctx context.Context, op transport.Op, target, id string) (string, error) {
	if id == "" {
		return "", invalid(ctx, op, target, "no folder to take the node out of was given; for the drive's root use RootID")
	}
	return s.folderID(ctx, id)
}

// rootCache remembers the root's id. The id never changes for an account.
type rootCache struct {
	known  atomic.Pointer[string]
	asking chan struct{} // full while one caller asks; the others wait
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
