package mocks

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Snapshot is all that a drive holds, without ids and times, so that two drives or a drive and an
// expectation can be compared with go-cmp.
type Snapshot struct {
	// Tree holds the live nodes by path, without a leading slash. A node with several parents is
	// there several times; one without any is under "(no parent)/".
	Tree map[string]Entry
	// Trash holds what was trashed by itself, by its path in the trash.
	Trash map[string]Entry
}

// Entry is one node of a [Snapshot].
type Entry struct {
	Kind        string // FILE, FOLDER
	Status      string // AVAILABLE, PENDING, TRASH
	Size        int64
	MD5         string
	Description string
	Labels      []string
	Properties  map[string]map[string]string // by owner
}

// Paths are the paths of the tree in order.
func (s Snapshot) Paths() []string { return slices.Sorted(maps.Keys(s.Tree)) }

// Snapshot is what the drive holds now. What is committed but still hidden from clients is in it.
func (d *Drive) Snapshot() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.store.settle(d.now())
	s := Snapshot{Tree: map[string]Entry{}, Trash: map[string]Entry{}}
	open := map[*node]bool{} // folders on the way down, against cycles
	var walk func(into map[string]Entry, path string, n *node)
	walk = func(into map[string]Entry, path string, n *node) {
		into[path] = n.entry()
		if n.dir == nil || open[n] {
			return
		}
		open[n] = true
		for _, c := range n.dir.children {
			if c.status.live() == n.status.live() && !c.trashedItself {
				walk(into, strings.TrimPrefix(path+"/"+c.name, "/"), c)
			}
		}
		delete(open, n)
	}
	walk(s.Tree, "", d.store.root)
	delete(s.Tree, "")
	for _, n := range d.store.nodes {
		if n != d.store.root && len(n.edges) == 0 && n.status.live() {
			walk(s.Tree, "(no parent)/"+n.name, n)
		}
	}
	for _, n := range d.store.trashed {
		walk(s.Trash, n.name, n)
	}
	return s
}

func (n *node) entry() Entry {
	x := n.more()
	e := Entry{Kind: n.kind.String(), Status: n.status.String(), Description: x.description, Labels: slices.Clone(x.labels)}
	if n.blob != nil {
		e.Size, e.MD5 = n.blob.size, hex.EncodeToString(n.blob.md5[:])
	}
	for owner, group := range x.properties {
		if len(group) > 0 {
			if e.Properties == nil {
				e.Properties = map[string]map[string]string{}
			}
			e.Properties[owner] = maps.Clone(group)
		}
	}
	return e
}
