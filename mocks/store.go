package mocks

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// The graph of nodes. Everything here runs under Drive.mu.

// newNode makes a node that is in no folder yet; a zero id is replaced by a new one.
func (d *Drive) newNode(k kind, name string, id nodeID, now time.Time) *node {
	if id == (nodeID{}) {
		id = d.newID()
	}
	d.ord++
	ms := now.UnixMilli()
	n := &node{id: id, name: name, lower: lowered(name), kind: k, created: ms, modified: ms, ord: d.ord}
	if k != kindFile {
		n.dir = &folder{}
	}
	d.register(n)
	return n
}

// lowered is the form in which names are compared. It shares the name's bytes if nothing changes.
func lowered(name string) string { return strings.ToLower(name) }

func (d *Drive) register(n *node) {
	d.byID[n.id] = n
	d.nodes = append(d.nodes, n)
	if n.status.live() {
		d.liveNodes++
	}
}

// touch records a change: a new version, a new place in the feed, a line in the journal on disk.
func (d *Drive) touch(n *node, now time.Time) {
	n.version++
	n.modified = now.UnixMilli()
	d.publish(n)
}

func (d *Drive) publish(n *node) {
	d.seq++
	n.seq = d.seq
	d.feed.append(n)
	d.feed.forget(d.opt.keepHistory)
	d.feed.compact(len(d.nodes))
	d.persist(n)
}

// link makes parent a parent of n. The caller has checked the name.
func (d *Drive) link(n, parent *node) {
	d.edgeSeq++
	d.linkAt(n, parent, d.edgeSeq)
}

func (d *Drive) linkAt(n, parent *node, seq uint64) {
	n.edges = append(n.edges, edge{parent, seq})
	dir := parent.dir
	dir.children = append(dir.children, n)
	if n.status.live() {
		dir.add(n)
	}
}

func (d *Drive) unlink(n, parent *node) {
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

func (d *Drive) rename(n *node, name string) {
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

func (d *Drive) setStatus(n *node, s status) {
	was, is := n.status.live(), s.live()
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
	n.status = s
	if !was && is {
		d.account(n, +1)
	}
}

// account counts a live file in the usage, or no more.
func (d *Drive) account(n *node, sign int64) {
	if n.kind != kindFile || n.blob == nil {
		return
	}
	u := &d.usage[categoryOf(n.mime)]
	u.bytes += sign * n.blob.size
	u.count += sign
}

// setBlob gives a file its content.
func (d *Drive) setBlob(n *node, b *blob, mime string) {
	live := n.status.live()
	if live {
		d.account(n, -1)
	}
	old := n.blob
	d.detach(n)
	n.blob, n.mime = b, mime
	if b != nil {
		n.twinNext = b.first
		if b.first != nil {
			b.first.twinPrev = n
		}
		b.first = n
		d.usedBytes += b.size
	}
	if live {
		d.account(n, +1)
	}
	d.release(old)
}

func (d *Drive) detach(n *node) {
	b := n.blob
	if b == nil {
		return
	}
	if n.twinPrev != nil {
		n.twinPrev.twinNext = n.twinNext
	} else {
		b.first = n.twinNext
	}
	if n.twinNext != nil {
		n.twinNext.twinPrev = n.twinPrev
	}
	n.twinPrev, n.twinNext, n.blob = nil, nil, nil
	d.usedBytes -= b.size
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

// trash puts n into the trash, and what is below it and in no other live folder.
func (d *Drive) trash(n *node, now time.Time, delay time.Duration) {
	d.lagged(n, now, delay)
	n.trashedItself = true
	d.setStatus(n, statusTrash)
	d.trashOrd++
	n.trashOrd = d.trashOrd
	d.trashed = append(d.trashed, n)
	d.touch(n, now)
	d.trashBelow(n, now, delay)
}

func (d *Drive) trashBelow(n *node, now time.Time, delay time.Duration) {
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

func (d *Drive) restore(n *node, list []*node, now time.Time, delay time.Duration) {
	d.forgetTrash(n)
	n.trashedItself = false
	for _, c := range list {
		d.lagged(c, now, delay)
		d.setStatus(c, statusAvailable)
		d.touch(c, now)
	}
}

func (d *Drive) forgetTrash(n *node) {
	if !n.trashedItself {
		return
	}
	i := sort.Search(len(d.trashed), func(i int) bool { return d.trashed[i].trashOrd >= n.trashOrd })
	if i < len(d.trashed) && d.trashed[i] == n {
		d.trashed = slices.Delete(d.trashed, i, i+1)
	}
}

// purge removes n for ever, with all below it that no other folder holds.
func (d *Drive) purge(n *node, now time.Time) {
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

// indexOf is the place of the first node created at or after ord.
func (d *Drive) indexOf(ord uint64) int {
	return sort.Search(len(d.nodes), func(i int) bool { return d.nodes[i].ord >= ord })
}
