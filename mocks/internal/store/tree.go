package mocks

import (
	"slices"
	"sort"
)

// The graph of nodes. Everything here runs under Drive.mu.

// link makes parent a parent of n. The caller has checked the name.
func (d *store) link(n, parent *node) {
	d.edgeSeq++
	d.linkAt(n, parent, d.edgeSeq)
}

func (d *store) linkAt(n, parent *node, seq uint64) {
	n.edges = append(n.edges, edge{parent, seq})
	dir := parent.dir
	dir.children = append(dir.children, n)
	if n.status.live() {
		dir.add(n)
	}
}

func (d *store) unlink(n, parent *node) {
	dir := parent.dir
	i, ok := dir.find(n, parent)
	if !ok {
		return
	}
	dir.children = slices.Delete(dir.children, i, i+1)
	n.edges = slices.DeleteFunc(n.edges, func(e edge) bool { return e.parent == parent })
	if n.status.live() {
		dir.drop(n)
	}
}

// find is the place of n among the children, which are ordered by the seq of their edge.
func (f *folder) find(n, parent *node) (int, bool) {
	seq, ok := n.edgeSeq(parent)
	if !ok {
		return 0, false
	}
	i := f.after(parent, seq-1)
	return i, i < len(f.children) && f.children[i] == n
}

// after is the place of the first child whose edge comes after seq.
func (f *folder) after(parent *node, seq uint64) int {
	return sort.Search(len(f.children), func(i int) bool {
		s, _ := f.children[i].edgeSeq(parent)
		return s > seq
	})
}

func (f *folder) add(n *node) {
	if f.names == nil {
		f.names = make(map[string]*node)
	}
	f.names[n.lower] = n
	f.live++
}

func (f *folder) drop(n *node) {
	delete(f.names, n.lower)
	f.live--
}

// taken is the live child of parent with that lower-cased name, if it is not self.
func taken(parent *node, lower string, self *node) *node {
	if other := parent.dir.names[lower]; other != self {
		return other
	}
	return nil
}

func (d *store) rename(n *node, name string) {
	if n.status.live() {
		for _, e := range n.edges {
			e.parent.dir.drop(n)
		}
	}
	n.name, n.lower = name, lowered(name)
	if n.status.live() {
		for _, e := range n.edges {
			e.parent.dir.add(n)
		}
	}
}

func (d *store) setStatus(n *node, to status) {
	was, is := n.status.live(), to.live()
	switch {
	case was && !is:
		d.liveNodes--
		d.account(n, -1)
		for _, e := range n.edges {
			e.parent.dir.drop(n)
		}
	case !was && is:
		d.liveNodes++
		for _, e := range n.edges {
			e.parent.dir.add(n)
		}
	}
	n.status = to
	if !was && is {
		d.account(n, +1)
	}
}

// ancestorOf says whether a is n or above n.
func ancestorOf(a, n *node) bool {
	seen := map[*node]bool{}
	var up func(*node) bool
	up = func(n *node) bool {
		if n == a {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, e := range n.edges {
			if up(e.parent) {
				return true
			}
		}
		return false
	}
	return up(n)
}

// hasLiveParent says whether some folder still shows n.
func (n *node) hasLiveParent() bool {
	for _, e := range n.edges {
		if e.parent.status.live() {
			return true
		}
	}
	return false
}
