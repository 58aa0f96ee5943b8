package store

import (
	"slices"
	"sort"
)

// This file has the graph of nodes. All callers hold Drive.mu.

// Link makes parent a parent of n. The caller must have checked that the name is free.
func (s *Store) Link(n, parent *Node) {
	s.edgeSeq++
	s.linkAt(n, parent, s.edgeSeq)
}

func (s *Store) linkAt(n, parent *Node, seq uint64) {
	n.Edges = append(n.Edges, Edge{parent, seq})
	dir := parent.Dir
	dir.Children = append(dir.Children, n)
	if n.Status.Live() {
		dir.add(n)
	}
}

func (s *Store) Unlink(n, parent *Node) {
	dir := parent.Dir
	i, ok := dir.find(n, parent)
	if !ok {
		return
	}
	dir.Children = slices.Delete(dir.Children, i, i+1)
	n.Edges = slices.DeleteFunc(n.Edges, func(e Edge) bool { return e.Parent == parent })
	if n.Status.Live() {
		dir.drop(n)
	}
}

// find returns the index of n among the children. The children are ordered by the seq of their
// edges.
func (f *Directory) find(n, parent *Node) (int, bool) {
	seq, ok := n.EdgeSeq(parent)
	if !ok {
		return 0, false
	}
	i := f.after(parent, seq-1)
	return i, i < len(f.Children) && f.Children[i] == n
}

// after returns the index of the first child whose edge has a seq greater than seq.
func (f *Directory) after(parent *Node, seq uint64) int {
	return sort.Search(len(f.Children), func(i int) bool {
		s, _ := f.Children[i].EdgeSeq(parent)
		return s > seq
	})
}

func (f *Directory) add(n *Node) {
	f.live++
	if f.anyNames {
		return
	}
	if f.Names == nil {
		f.Names = make(map[string]*Node)
	}
	f.Names[n.Lower] = n
}

func (f *Directory) drop(n *Node) {
	delete(f.Names, n.Lower)
	f.live--
}

// Taken returns the live child of parent with that lower-case name. It returns nil if there is
// none, or if that child is self.
func Taken(parent *Node, lower string, self *Node) *Node {
	if other := parent.Dir.Names[lower]; other != self {
		return other
	}
	return nil
}

func (s *Store) Rename(n *Node, name string) {
	if n.Status.Live() {
		for _, e := range n.Edges {
			e.Parent.Dir.drop(n)
		}
	}
	n.Name, n.Lower = name, lowered(name)
	if n.Status.Live() {
		for _, e := range n.Edges {
			e.Parent.Dir.add(n)
		}
	}
}

func (s *Store) setStatus(n *Node, to status) {
	was, is := n.Status.Live(), to.Live()
	switch {
	case was && !is:
		s.liveNodes--
		s.account(n, -1)
		for _, e := range n.Edges {
			e.Parent.Dir.drop(n)
		}
	case !was && is:
		s.liveNodes++
		for _, e := range n.Edges {
			e.Parent.Dir.add(n)
		}
	}
	n.Status = to
	if !was && is {
		s.account(n, +1)
	}
}

// AncestorOf reports whether a is n or above n.
func AncestorOf(a, n *Node) bool {
	seen := map[*Node]bool{}
	var up func(*Node) bool
	up = func(n *Node) bool {
		if n == a {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, e := range n.Edges {
			if up(e.Parent) {
				return true
			}
		}
		return false
	}
	return up(n)
}

// HasLiveParent reports whether n is in a folder that is not in the trash. If n is in no folder at
// all, an album that is not in the trash counts instead.
func (n *Node) HasLiveParent() bool {
	var folders, albums bool
	inFolder := false
	for _, e := range n.Edges {
		if e.Parent.Kind == Album {
			albums = albums || e.Parent.Status.Live()
			continue
		}
		inFolder = true
		folders = folders || e.Parent.Status.Live()
	}
	return folders || !inFolder && albums
}
