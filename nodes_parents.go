package acd

import "context"

// AddParent adds a node to one more folder ("" is the drive's root), with the same name.
func (s *NodesService) AddParent(ctx context.Context, id, parentID string, opts ...WriteOption) (*Node, error) {
	parentID, err := s.folderID(ctx, parentID)
	if err != nil {
		return nil, err
	}
	n, err := s.change(ctx, request{op: opAddParent, args: []string{parentID, id}, target: id}, id,
		func(n *Node) bool { return n.HasParent(parentID) })
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opAddParent, writeOptionsOf(opts), n, place{folderID: parentID, raw: n.RawName})
}

// RemoveParent takes a node out of a folder. For the drive's root use [RootID]; "" fails with
// [ErrInvalid]. If the node is not in the folder, RemoveParent fails with [ErrNotFound]. Other
// parents are not changed. A node without any parent is invisible, but it is not in the trash.
func (s *NodesService) RemoveParent(ctx context.Context, id, parentID string, opts ...WriteOption) (*Node, error) {
	parentID, err := s.sourceID(ctx, opRemoveParent, id, parentID)
	if err != nil {
		return nil, err
	}
	n, err := s.change(ctx, request{op: opRemoveParent, args: []string{parentID, id}, target: id}, id,
		func(n *Node) bool { return !n.HasParent(parentID) })
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opRemoveParent, writeOptionsOf(opts), n, place{folderID: parentID, raw: n.RawName, absent: true})
}
