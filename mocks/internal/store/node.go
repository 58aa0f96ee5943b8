package mocks

import (
	"strings"
)

type kind uint8

const (
	kindFolder kind = iota
	kindFile
	kindAlbum
)

func (k kind) String() string {
	switch k {
	case kindFolder:
		return "FOLDER"
	case kindFile:
		return "FILE"
	}
	return "VISUAL_COLLECTION"
}

type status uint8

const (
	statusAvailable status = iota
	statusPending
	statusTrash
	statusPurged
)

func (s status) String() string {
	return [...]string{"AVAILABLE", "PENDING", "TRASH", "PURGED"}[s]
}

// live says whether a node of this status takes part in the name space of its parents.
func (s status) live() bool { return s <= statusPending }

// node is one entry of the drive. A million of them must fit, so what most nodes lack stands in extra.
type node struct {
	id             nodeID
	name, lower    string // lower shares name's bytes where it can
	kind           kind
	status         status
	trashedItself  bool // as opposed to through an ancestor
	version        int64
	contentVersion int64
	created        int64 // Unix milliseconds
	modified       int64
	ord            uint64 // place in the order of creation
	seq            uint64 // last place in the change feed
	trashOrd       uint64
	edges          []edge // to the parents
	dir            *folder
	blob           *blob
	mime           string
	twinPrev       *node // the nodes of one blob
	twinNext       *node
	lag            *lagState
	extra          *extra
}

// edge is one parent of a node; seq is the child's place among the children.
type edge struct {
	parent *node
	seq    uint64
}

type folder struct {
	children []*node // ordered by the seq of their edge, whatever their status
	names    map[string]*node
	live     int
	ghosts   []ghost
}

type extra struct {
	labels      []string
	description string
	createdBy   string
	properties  map[string]map[string]string
	settings    map[string]bool
	contentDate string
	localID     string
	picture     picture
	hiddenUntil int64
}

type picture struct{ width, height int }

var noExtra extra

// more is what stands in extra, for reading.
func (n *node) more() *extra {
	if n.extra == nil {
		return &noExtra
	}
	return n.extra
}

// edit is what stands in extra, for writing.
func (n *node) edit() *extra {
	if n.extra == nil {
		n.extra = new(extra)
	}
	return n.extra
}

// hidden says that n is to stay out of sight of everybody for now.
func (n *node) hidden(now int64) bool { return n.more().hiddenUntil > now }

func (n *node) edgeSeq(parent *node) (uint64, bool) {
	for _, e := range n.edges {
		if e.parent == parent {
			return e.seq, true
		}
	}
	return 0, false
}

func (n *node) size() int64 {
	if n.blob == nil {
		return 0
	}
	return n.blob.size
}

func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || i == len(name)-1 || len(name)-i > 33 {
		return ""
	}
	return name[i+1:]
}
