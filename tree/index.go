package tree

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
)

// An index is the content of a tree. Nodes and edges are identified by their places in lists. This
// needs a quarter of the memory that pointers and small slices would need. A node keeps its place
// as long as the index exists.
type index struct {
	enc   encoding.Encoding
	seed  maphash.Seed
	nodes chunks[record]
	edges chunks[edge]
	free  uint32 // first edge that is not in use; the others follow by more

	ids   map[string]uint32  // id to node
	names map[nameKey]uint32 // first edge of a shown node with that key; the others follow by sameName
	sums  map[md5sum]uint32  // first shown file with that MD5; the others follow by nextSum

	root  uint32
	known int
}

// A record is one of three things: a node; an id that other nodes name as their parent and that no
// report has described yet; or the id and version of a purged node.
type record struct {
	id       string
	name     string // as it is stored on the drive
	kind     acd.Kind
	status   acd.Status
	version  int64
	size     int64
	modified int64 // milliseconds since the Unix epoch, noTime if unknown
	sum      md5sum
	parents  uint32 // first edge to a parent; the others follow by more
	children uint32 // first edge to a child; the others follow by next
	nextSum  uint32
	prevSum  uint32
	hasSum   bool
	known    bool
	isRoot   bool
}

const noTime = math.MinInt64

// An edge says that child names parent as a parent. The edge is in the parent's list of children
// only while the child is shown.
type edge struct {
	parent, child uint32
	more          uint32 // the edge to the child's next parent
	next, prev    uint32 // in the parent's list of children
	sameName      uint32 // the next edge with the same nameKey
}

// A nameKey is the key for finding a name in a folder. Different names may have the same key.
type nameKey struct {
	parent uint32
	hash   uint32
}

func newIndex(enc encoding.Encoding) *index {
	return &index{
		enc: enc, seed: maphash.MakeSeed(),
		ids: map[string]uint32{}, names: map[nameKey]uint32{}, sums: map[md5sum]uint32{},
	}
}

// shown reports whether the node is listed in its parents and counts as a duplicate of others. A
// node in the trash is not shown.
func (r *record) shown() bool {
	return r.known && r.status != acd.StatusTrash
}

// place returns the place of the node with that id. If there is none, it makes an empty record.
func (x *index) place(id string) uint32 {
	i, ok := x.ids[id]
	if !ok {
		i = x.nodes.add()
		x.nodes.at(i).id = id
		x.ids[id] = i
	}
	return i
}

// apply takes in one report and reports whether that changed anything. It ignores a report that is
// older than what is known.
func (x *index) apply(rep *report) bool {
	if rep.ID == "" {
		return false
	}
	status := plainStatus(rep.Status)
	if status == acd.StatusPurged {
		return x.purge(rep)
	}
	if rep.Name == "" && !rep.IsRoot {
		return false
	}
	i := x.place(rep.ID)
	r := x.nodes.at(i)
	if rep.Version < r.version || rep.Version == r.version && r.status == acd.StatusPurged || x.same(r, rep, status) {
		return false
	}
	x.hide(i)
	if !r.known {
		r.known = true
		x.known++
	}
	r.name, r.kind, r.status, r.version = rep.Name, plainKind(rep.Kind), status, rep.Version
	r.size = max(rep.Content.Size, 0)
	r.sum, r.hasSum = parseMD5(rep.Content.MD5)
	r.modified = milliseconds(rep.Modified)
	x.setRoot(i, rep.IsRoot)
	x.setParents(i, rep.Parents)
	x.show(i)
	return true
}

// purge forgets everything about a node except its id and version. A purge without a version is
// always accepted, because no other report can come after a purge. purge reports whether that
// changed anything.
func (x *index) purge(rep *report) bool {
	i := x.place(rep.ID)
	r := x.nodes.at(i)
	if rep.Version != 0 && rep.Version < r.version || r.status == acd.StatusPurged && rep.Version <= r.version {
		return false
	}
	x.hide(i)
	x.setRoot(i, false)
	x.setParents(i, nil)
	if r.known {
		x.known--
	}
	*r = record{id: r.id, status: acd.StatusPurged, version: max(r.version, rep.Version), modified: noTime, children: r.children}
	return true
}

func (x *index) setRoot(i uint32, is bool) {
	x.nodes.at(i).isRoot = is
	switch {
	case is:
		x.root = i
	case x.root == i:
		x.root = 0
	}
}

// setParents replaces the edges of a node. The node must be hidden.
func (x *index) setParents(i uint32, ids []string) {
	last := &x.nodes.at(i).parents
	for e := *last; e != 0; {
		next := x.edges.at(e).more
		*x.edges.at(e) = edge{more: x.free}
		x.free = e
		e = next
	}
	*last = 0
	for _, id := range distinct(ids) {
		e := x.newEdge()
		*x.edges.at(e) = edge{parent: x.place(id), child: i}
		*last = e
		last = &x.edges.at(e).more
	}
}

// distinct returns the ids without repeated and empty ones.
func distinct(ids []string) []string {
	if len(ids) == 1 && ids[0] != "" {
		return ids
	}
	seen := make(map[string]bool, len(ids))
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		repeated := seen[id] || id == ""
		seen[id] = true
		return repeated
	})
}

func (x *index) newEdge() uint32 {
	if x.free == 0 {
		return x.edges.add()
	}
	e := x.free
	x.free = x.edges.at(e).more
	return e
}

// show adds a node to the lists of its parents and to the list of files with the same content. The
// root is in no folder.
func (x *index) show(i uint32) {
	r := x.nodes.at(i)
	if !r.shown() {
		return
	}
	if r.kind == acd.KindFile && r.hasSum {
		r.prevSum, r.nextSum = 0, x.sums[r.sum]
		if r.nextSum != 0 {
			x.nodes.at(r.nextSum).prevSum = i
		}
		x.sums[r.sum] = i
	}
	if r.isRoot || r.parents == 0 {
		return
	}
	hash := x.hash(x.fold(r.name))
	for e := r.parents; e != 0; e = x.edges.at(e).more {
		x.link(e, hash)
	}
}

// hide undoes show. It must be called before the node's name, parents or MD5 change.
func (x *index) hide(i uint32) {
	r := x.nodes.at(i)
	if !r.shown() {
		return
	}
	if r.kind == acd.KindFile && r.hasSum {
		x.dropSum(r)
	}
	if r.isRoot || r.parents == 0 {
		return
	}
	hash := x.hash(x.fold(r.name))
	for e := r.parents; e != 0; e = x.edges.at(e).more {
		x.unlink(e, hash)
	}
}

func (x *index) dropSum(r *record) {
	if r.nextSum != 0 {
		x.nodes.at(r.nextSum).prevSum = r.prevSum
	}
	switch {
	case r.prevSum != 0:
		x.nodes.at(r.prevSum).nextSum = r.nextSum
	case r.nextSum != 0:
		x.sums[r.sum] = r.nextSum
	default:
		delete(x.sums, r.sum)
	}
	r.prevSum, r.nextSum = 0, 0
}

func (x *index) link(e, hash uint32) {
	at := x.edges.at(e)
	parent := x.nodes.at(at.parent)
	at.prev, at.next = 0, parent.children
	if at.next != 0 {
		x.edges.at(at.next).prev = e
	}
	parent.children = e
	key := nameKey{at.parent, hash}
	at.sameName = x.names[key]
	x.names[key] = e
}

func (x *index) unlink(e, hash uint32) {
	at := x.edges.at(e)
	if at.next != 0 {
		x.edges.at(at.next).prev = at.prev
	}
	if at.prev != 0 {
		x.edges.at(at.prev).next = at.next
	} else {
		x.nodes.at(at.parent).children = at.next
	}
	x.dropName(e, nameKey{at.parent, hash})
	at.next, at.prev, at.sameName = 0, 0, 0
}

func (x *index) dropName(e uint32, key nameKey) {
	first, rest := x.names[key], x.edges.at(e).sameName
	switch {
	case first != e:
		before := x.edges.at(first)
		for before.sameName != e {
			before = x.edges.at(before.sameName)
		}
		before.sameName = rest
	case rest != 0:
		x.names[key] = rest
	default:
		delete(x.names, key)
	}
}

// fold returns the same text for all stored names that the service or a path treats as one name. It
// changes the stored form to lower case, not the decoded one: a decoded name may not be valid
// UTF-8, and then it has no lower case.
func (x *index) fold(stored string) string {
	return strings.ToLower(x.enc.Encode(x.enc.Decode(stored)))
}

func (x *index) hash(folded string) uint32 { return uint32(maphash.String(x.seed, folded)) }

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixMilli()
}
