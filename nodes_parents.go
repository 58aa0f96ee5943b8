package acd

import "context"

// AddParent puts a node into one more folder, under its own name.
func (s *NodesService) AddParent(ctx context.Context, id, parentID string) (*Node, error) {
	return s.change(ctx, request{op: opAddParent, args: []string{parentID, id}, target: id}, id,
		func(n *Node) bool { return n.HasParent(parentID) })
}

// RemoveParent takes a node out of a folder. It is [ErrNotFound] if the node is
// not in it; no other parent is touched. A node without any parent is invisible
// and not trashed.
func (s *NodesService) RemoveParent(ctx context.Context, id, parentID string) (*Node, error) {
	return s.change(ctx, request{op: opRemoveParent, args: []string{parentID, id}, target: id}, id,
		func(n *Node) bool { return !n.HasParent(parentID) })
}
