package tree

import (
	"bytes"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/acd-sdk/acd"
)

// Get finds a node by its id, also if the node is in the trash.
func (t *Tree) Get(id string) (Node, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := t.x.find(id)
	if i == 0 {
		return Node{}, false
	}
	return t.x.node(i), true
}

// Root returns the root folder. It returns false if the feed has not reported the root.
func (t *Tree) Root() (Node, bool) { return t.Lookup("") }

// Lookup finds a node by its path from the root. It ignores slashes at both ends of the path. The
// service forbids several nodes of the same path, but races allow them. Then Lookup takes, at each
// level, the node with the smallest id.
func (t *Tree) Lookup(path string) (Node, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.x == nil || t.x.root == 0 || !t.x.nodes.at(t.x.root).shown() {
		return Node{}, false
	}
	at := t.resolve(strings.Trim(path, "/"))
	if at == 0 {
		return Node{}, false
	}
	return t.x.node(at), true
}

// Children yields the nodes in a folder, in no order. The loop may use and change the tree. A node
// that leaves the folder before its turn is not yielded, and neither is a node that comes after the
// start of the loop.
func (t *Tree) Children(id string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		t.mu.RLock()
		x := t.x
		folder := x.find(id)
		places := x.childPlaces(folder)
		t.mu.RUnlock()
		for batch := range slices.Chunk(places, 256) {
			for _, n := range t.stillIn(x, folder, batch) {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// stillIn returns those of the nodes that are still in the folder.
func (t *Tree) stillIn(x *index, folder uint32, places []uint32) []Node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.x != x {
		return nil
	}
	nodes := make([]Node, 0, len(places))
	for _, i := range places {
		if x.isIn(i, folder) {
			nodes = append(nodes, x.node(i))
		}
	}
	return nodes
}

// ByMD5 returns the files whose content has that MD5, in hex. Files in the trash are not among
// them. If there are several, they are duplicates. They are in no order.
func (t *Tree) ByMD5(md5 string) []Node {
	sum, ok := parseMD5(md5)
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !ok || t.x == nil {
		return nil
	}
	var nodes []Node
	for i := t.x.sums[sum]; i != 0; i = t.x.nodes.at(i).nextSum {
		nodes = append(nodes, t.x.node(i))
	}
	return nodes
}

// Totals counts the files and folders below a folder, at any depth, and the bytes of the files. A
// node with several parents below the folder counts once. The folder itself does not count. Totals
// walks all of these nodes, which takes about 0.1 s for a million nodes.
func (t *Tree) Totals(folderID string) (files, folders int, bytes int64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	t.x.walk(t.x.find(folderID), func(r *record) {
		switch r.kind {
		case acd.KindFile:
			files++
			bytes += r.size
		case acd.KindFolder:
			folders++
		}
	})
	return files, folders, bytes
}

// find returns the place of a node that can be found by id, or 0.
func (x *index) find(id string) uint32 {
	if x == nil {
		return 0
	}
	i, ok := x.ids[id]
	if !ok || !x.nodes.at(i).known {
		return 0
	}
	return i
}

func (x *index) node(i uint32) Node {
	r := x.nodes.at(i)
	n := Node{
		ID: r.id, Name: x.enc.Decode(r.name), RawName: r.name, IsRoot: r.isRoot, Kind: r.kind, Status: r.status,
		Parents: x.parentIDs(r), Size: r.size, Version: r.version,
	}
	if r.hasSum {
		n.MD5 = r.sum.String()
	}
	if r.modified != noTime {
		n.Modified = time.UnixMilli(r.modified).UTC()
	}
	return n
}

func (x *index) parentIDs(r *record) []string {
	if r.parents == 0 {
		return nil
	}
	ids := make([]string, 0, 1)
	for e := r.parents; e != 0; e = x.edges.at(e).more {
		ids = append(ids, x.nodes.at(x.edges.at(e).parent).id)
	}
	return ids
}

// child returns the node in a folder that an element of a path names, or 0.
func (x *index) child(folder uint32, element string) uint32 {
	stored := x.enc.EncodeElement(element)
	var room [128]byte
	folded := appendLower(room[:0], stored)
	var found uint32
	for e := x.names[nameKey{folder, uint32(maphash.Bytes(x.seed, folded))}]; e != 0; e = x.edges.at(e).sameName {
		i := x.edges.at(e).child
		r := x.nodes.at(i)
		if (r.name == stored || x.folds(r.name, folded)) && (found == 0 || r.id < x.nodes.at(found).id) {
			found = i
		}
	}
	return found
}

// appendLower appends s in lower case to out, which must be empty. Most names are ASCII: for these
// it needs no allocation if out has enough room.
func appendLower(out []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return append(out[:0], strings.ToLower(s)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

// folds reports whether a stored name, folded, equals folded.
func (x *index) folds(stored string, folded []byte) bool {
	var room [128]byte
	// If encoding and decoding do not change the stored name, lower case is enough, and is faster.
	if len(stored) == len(folded) && x.enc.Encode(stored) == stored && x.enc.Decode(stored) == stored {
		return bytes.Equal(appendLower(room[:0], stored), folded)
	}
	return x.fold(stored) == string(folded)
}

func (x *index) childPlaces(folder uint32) []uint32 {
	if folder == 0 {
		return nil
	}
	var places []uint32
	for e := x.nodes.at(folder).children; e != 0; e = x.edges.at(e).next {
		places = append(places, x.edges.at(e).child)
	}
	return places
}

func (x *index) isIn(i, folder uint32) bool {
	r := x.nodes.at(i)
	if !r.shown() || r.isRoot {
		return false
	}
	for e := r.parents; e != 0; e = x.edges.at(e).more {
		if x.edges.at(e).parent == folder {
			return true
		}
	}
	return false
}

// walk visits every node below a folder once. Only a node with several parents can be reached
// twice, or the folder itself if it is below itself. So only these are remembered as seen.
func (x *index) walk(folder uint32, visit func(*record)) {
	if folder == 0 {
		return
	}
	seen := map[uint32]bool{folder: true}
	for todo := []uint32{folder}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for e := x.nodes.at(at).children; e != 0; e = x.edges.at(e).next {
			i := x.edges.at(e).child
			r := x.nodes.at(i)
			if i == folder || x.edges.at(r.parents).more != 0 {
				if seen[i] {
					continue
				}
				seen[i] = true
			}
			visit(r)
			if r.children != 0 {
				todo = append(todo, i)
			}
		}
	}
}
