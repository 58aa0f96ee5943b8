package acd

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opTrash   = transport.Op{Name: "Nodes.Trash", Method: http.MethodPut, Path: "trash/{id}", Replay: true}
	opTrashed = transport.Op{Name: "Nodes.Trashed", Method: http.MethodGet, Path: "trash", Replay: true}
	opRestore = transport.Op{Name: "Nodes.Restore", Method: http.MethodPost, Path: "trash/{id}/restore", Replay: true}
	opPurge   = transport.Op{Name: "Nodes.Purge", Method: http.MethodDelete, Path: "nodes/{id}", Replay: true}
)

// Trash moves a node and everything below it to the trash. The service deletes the node for good
// after 30 days. If the node is already in the trash, Trash returns it. The root cannot be trashed
// ([ErrForbidden]).
func (s *NodesService) Trash(ctx context.Context, id string, opts ...WriteOption) (*Node, error) {
	n, err := s.change(ctx, request{op: opTrash, args: []string{id}}, id,
		func(n *Node) bool { return n.Status == StatusTrash })
	if errors.Is(err, ErrExists) && ctx.Err() == nil {
		// For a node that is already in the trash, the service answers with the same status as for
		// a taken name.
		if now, getErr := s.Get(ctx, id); getErr == nil && now.Status == StatusTrash {
			n, err = now, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opTrash, writeOptionsOf(opts), n, gone(placesOf(n))...)
}

// Restore takes a node out of the trash, back into its folders. If its name has been taken there
// meanwhile, Restore fails with [ErrExists].
func (s *NodesService) Restore(ctx context.Context, id string, opts ...WriteOption) (*Node, error) {
	n, err := s.change(ctx, request{op: opRestore, args: []string{id}}, id,
		func(n *Node) bool { return n.Status == StatusAvailable })
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opRestore, writeOptionsOf(opts), n, placesOf(n)...)
}

// Trashed ranges over the nodes that were moved to the trash directly. Nodes that went to the trash
// with a folder above them are not listed.
func (s *NodesService) Trashed(ctx context.Context, opts ListOptions) iter.Seq2[*Node, error] {
	return s.listing(ctx, request{op: opTrashed}, opts, func(n *Node) bool {
		return opts.AllStatuses || n.Status == StatusTrash
	})
}

// Purge deletes a node for good. The service allows this only to its own applications: for all
// others, Purge fails with [ErrForbidden], and the service empties the trash after 30 days.
func (s *NodesService) Purge(ctx context.Context, id string, opts ...WriteOption) error {
	o := writeOptionsOf(opts)
	n := &Node{ID: id}
	if o.wait { // afterwards its folders cannot be read any more
		var err error
		if n, err = s.Get(ctx, id); err != nil {
			return err
		}
	}
	err := s.purge(ctx, id)
	if err != nil {
		return err
	}
	return s.waitVisible(ctx, opPurge, o, n, gone(placesOf(n))...)
}

func (s *NodesService) purge(ctx context.Context, id string) error {
	_, record, err := s.client.send(ctx, request{op: opPurge, args: []string{id}}, dropAnswer)
	if record.Lost && errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
