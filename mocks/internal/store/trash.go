package store

import (
	"slices"
	"sort"
	"time"
)

// Trash puts n into the trash, and the nodes below n that are in no other live folder.
func (s *Store) Trash(n *Node, now time.Time, delay time.Duration) {
	s.Lagged(n, now, delay)
	n.TrashedItself = true
	s.setStatus(n, Trashed)
	s.trashOrd++
	n.trashOrd = s.trashOrd
	s.Trashed = append(s.Trashed, n)
	s.Touch(n, now)
	s.trashBelow(n, now, delay)
}

func (s *Store) trashBelow(n *Node, now time.Time, delay time.Duration) {
	if n.Dir == nil {
		return
	}
	for _, c := range n.Dir.Children {
		if c.Status.Live() && !c.HasLiveParent() {
			s.Lagged(c, now, delay)
			s.setStatus(c, Trashed)
			s.Touch(c, now)
			s.trashBelow(c, now, delay)
		}
	}
}

// Revived returns n and the nodes that leave the trash together with n: those below n that were not
// trashed themselves.
func Revived(n *Node) []*Node {
	list := []*Node{n}
	seen := map[*Node]bool{n: true}
	for i := 0; i < len(list); i++ {
		if list[i].Dir == nil {
			continue
		}
		for _, c := range list[i].Dir.Children {
			if c.Status == Trashed && !c.TrashedItself && !seen[c] {
				seen[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// RestoreConflict returns two nodes that would have the same name in the same folder after the
// nodes in list were restored. It returns nil if there are no such nodes.
func RestoreConflict(list []*Node) (parent, other, mine *Node) {
	type place struct {
		parent *Node
		name   string
	}
	claimed := map[place]*Node{}
	for _, n := range list {
		for _, e := range n.Edges {
			if e.Parent.Dir.anyNames {
				continue
			}
			at := place{e.Parent, n.Lower}
			if o := Taken(e.Parent, n.Lower, n); o != nil {
				return e.Parent, o, n
			}
			if o := claimed[at]; o != nil {
				return e.Parent, o, n
			}
			claimed[at] = n
		}
	}
	return nil, nil, nil
}

func (s *Store) Restore(n *Node, list []*Node, now time.Time, delay time.Duration) {
	s.forgetTrash(n)
	n.TrashedItself = false
	for _, c := range list {
		s.Lagged(c, now, delay)
		s.setStatus(c, Available)
		s.Touch(c, now)
	}
}

func (s *Store) forgetTrash(n *Node) {
	if !n.TrashedItself {
		return
	}
	i := sort.Search(len(s.Trashed), func(i int) bool { return s.Trashed[i].trashOrd >= n.trashOrd })
	if i < len(s.Trashed) && s.Trashed[i] == n {
		s.Trashed = slices.Delete(s.Trashed, i, i+1)
	}
}

// Purge removes n for good, and the nodes below n that have no other parent.
func (s *Store) Purge(n *Node, now time.Time) {
	if n.Status == Purged {
		return
	}
	s.forgetTrash(n)
	s.setStatus(n, Purged)
	for len(n.Edges) > 0 {
		s.Unlink(n, n.Edges[0].Parent)
	}
	for n.Dir != nil && len(n.Dir.Children) > 0 {
		c := n.Dir.Children[0]
		s.Unlink(c, n)
		if !c.inFolder() {
			s.Purge(c, now)
		} else {
			s.Touch(c, now)
		}
	}
	old := n.Blob
	s.detach(n)
	s.Release(old)
	delete(s.ByID, n.ID)
	if i := s.indexOf(n.ord); i < len(s.Nodes) && s.Nodes[i] == n {
		s.Nodes = slices.Delete(s.Nodes, i, i+1)
	}
	n.Extra, n.lag = nil, nil
	s.Touch(n, now)
}

// inFolder reports whether a folder holds the node. An album does not keep a node alive.
func (n *Node) inFolder() bool {
	return slices.ContainsFunc(n.Edges, func(e Edge) bool { return e.Parent.Kind == Folder })
}
