package mocks

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// Snapshot is everything that a drive holds, without ids and times. Two drives, or a drive and an
// expected state, can therefore be compared with go-cmp.
type Snapshot struct {
	// Tree holds the nodes that are not in the trash, by path, without a leading slash. A node with
	// several parents is there once for each of them. A node without a parent is under "(no
	// parent)/".
	Tree map[string]Entry
	// Trash holds the nodes that were trashed themselves, and all nodes below them. Its paths start
	// at the trashed node.
	Trash map[string]Entry
}

// Entry is one node of a [Snapshot].
type Entry struct {
	Kind        string // FILE, FOLDER and others
	Status      string // AVAILABLE, PENDING, TRASH
	Size        int64
	MD5         string
	Description string
	Labels      []string
	Properties  map[string]map[string]string // by owner
}

// Paths returns the paths of Tree, sorted.
func (s Snapshot) Paths() []string { return slices.Sorted(maps.Keys(s.Tree)) }

// Snapshot returns what the drive holds now. It includes committed changes that clients cannot see
// yet.
func (d *Drive) Snapshot() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.store.Settle(d.now())
	s := Snapshot{Tree: map[string]Entry{}, Trash: map[string]Entry{}}
	open := map[*store.Node]bool{} // the folders between the root and n; needed because a folder may be below itself
	var walk func(into map[string]Entry, path string, n *store.Node)
	walk = func(into map[string]Entry, path string, n *store.Node) {
		into[path] = entryOf(n)
		if n.Dir == nil || open[n] {
			return
		}
		open[n] = true
		for _, c := range n.Dir.Children {
			if c.Status.Live() == n.Status.Live() && !c.TrashedItself {
				walk(into, strings.TrimPrefix(path+"/"+c.Name, "/"), c)
			}
		}
		delete(open, n)
	}
	walk(s.Tree, "", d.store.Root)
	delete(s.Tree, "")
	for _, n := range d.store.Nodes {
		if n != d.store.Root && len(n.Edges) == 0 && n.Status.Live() {
			walk(s.Tree, "(no parent)/"+n.Name, n)
		}
	}
	for _, n := range d.store.Trashed {
		walk(s.Trash, n.Name, n)
	}
	return s
}

func entryOf(n *store.Node) Entry {
	x := n.More()
	e := Entry{Kind: n.Kind.String(), Status: n.Status.String(), Description: x.Description, Labels: slices.Clone(x.Labels)}
	if n.Blob != nil {
		e.Size, e.MD5 = n.Blob.Size, hex.EncodeToString(n.Blob.MD5[:])
	}
	for owner, group := range x.Properties {
		if len(group) > 0 {
			if e.Properties == nil {
				e.Properties = map[string]map[string]string{}
			}
			e.Properties[owner] = maps.Clone(group)
		}
	}
	return e
}
