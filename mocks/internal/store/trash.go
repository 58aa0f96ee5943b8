package mocks

import (
	"slices"
	"sort"
	"time"
)

// trash puts n into the trash, and what is below it and in no other live folder.
func (d *store) trash(n *node, now time.Time, delay time.Duration) {
	d.lagged(n, now, delay)
	n.trashedItself = true
	d.setStatus(n, statusTrash)
	d.trashOrd++
	n.trashOrd = d.trashOrd
	d.trashed = append(d.trashed, n)
	d.touch(n, now)
	d.trashBelow(n, now, delay)
}

func (d *store) trashBelow(n *node, now time.Time, delay time.Duration) {
	if n.dir == nil {
		return
	}
	for _, c := range n.dir.children {
		if c.status.live() && !c.hasLiveParent() {
			d.lagged(c, now, delay)
			d.setStatus(c, statusTrash)
			d.touch(c, now)
			d.trashBelow(c, now, delay)
		}
	}
}

// revived lists n and what comes back with it: all below that was not trashed by itself.
func revived(n *node) []*node {
	list := []*node{n}
	seen := map[*node]bool{n: true}
	for i := 0; i < len(list); i++ {
		if list[i].dir == nil {
			continue
		}
		for _, c := range list[i].dir.children {
			if c.status == statusTrash && !c.trashedItself && !seen[c] {
				seen[c] = true
				list = append(list, c)
			}
		}
	}
	return list
}

// restoreConflict finds two nodes that would have one name in one folder after the restore.
func restoreConflict(list []*node) (parent, other, mine *node) {
	type place struct {
		parent *node
		name   string
	}
	claimed := map[place]*node{}
	for _, n := range list {
		for _, e := range n.edges {
			at := place{e.parent, n.lower}
			if o := taken(e.parent, n.lower, n); o != nil {
				return e.parent, o, n
			}
			if o := claimed[at]; o != nil {
				return e.parent, o, n
			}
			claimed[at] = n
		}
	}
	return nil, nil, nil
}

func (d *store) restore(n *node, list []*node, now time.Time, delay time.Duration) {
	d.forgetTrash(n)
	n.trashedItself = false
	for _, c := range list {
		d.lagged(c, now, delay)
		d.setStatus(c, statusAvailable)
		d.touch(c, now)
	}
}

func (d *store) forgetTrash(n *node) {
	if !n.trashedItself {
		return
	}
	i := sort.Search(len(d.trashed), func(i int) bool { return d.trashed[i].trashOrd >= n.trashOrd })
	if i < len(d.trashed) && d.trashed[i] == n {
		d.trashed = slices.Delete(d.trashed, i, i+1)
	}
}

// purge removes n for ever, with all below it that no other folder holds.
func (d *store) purge(n *node, now time.Time) {
	if n.status == statusPurged {
		return
	}
	d.forgetTrash(n)
	d.setStatus(n, statusPurged)
	for len(n.edges) > 0 {
		d.unlink(n, n.edges[0].parent)
	}
	for n.dir != nil && len(n.dir.children) > 0 {
		c := n.dir.children[0]
		d.unlink(c, n)
		if len(c.edges) == 0 {
			d.purge(c, now)
		} else {
			d.touch(c, now)
		}
	}
	old := n.blob
	d.detach(n)
	d.release(old)
	delete(d.byID, n.id)
	if i := d.indexOf(n.ord); i < len(d.nodes) && d.nodes[i] == n {
		d.nodes = slices.Delete(d.nodes, i, i+1)
	}
	n.extra, n.lag = nil, nil
	d.touch(n, now)
}
