package store

import (
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

type Kind uint8

const (
	Folder Kind = iota
	File
	Album
	Asset // a part of a file, such as the video of a live photo; it is not a file itself
)

func (k Kind) String() string {
	switch k {
	case Folder:
		return "FOLDER"
	case File:
		return "FILE"
	case Asset:
		return "ASSET"
	}
	return "VISUAL_COLLECTION"
}

type status uint8

const (
	Available status = iota
	Pending
	Trashed
	Purged
)

func (s status) String() string {
	return [...]string{"AVAILABLE", "PENDING", "TRASH", "PURGED"}[s]
}

// Live reports whether a node of this status is not in the trash and not purged. Only such a node
// occupies its name in its parents.
func (s status) Live() bool { return s <= Pending }

// Node is one node of the drive. A million nodes must fit into memory, so values that most nodes do
// not have are in Extra.
type Node struct {
	ID             ids.Node
	Name, Lower    string // Lower shares the bytes of Name if possible
	Kind           Kind
	Status         status
	TrashedItself  bool // trashed itself, not together with an ancestor
	Version        int64
	ContentVersion int64
	Created        int64 // Unix milliseconds
	Modified       int64
	ord            uint64 // index in the order of creation
	Seq            uint64 // place of the last change in the change feed
	trashOrd       uint64
	Edges          []Edge // to the parents
	Dir            *Directory
	Blob           *Blob
	MIME           string
	twinPrev       *Node // the previous and the next node of the same blob
	twinNext       *Node
	lag            *lagState
	Extra          *extra
}

// Edge is one parent of a node. The children of a parent are ordered by seq.
type Edge struct {
	Parent *Node
	seq    uint64
}

type Directory struct {
	Children []*Node // ordered by the seq of their edges; they may have any status
	Names    map[string]*Node
	live     int
	anyNames bool // the children may have equal names, as in an album
	ghosts   []ghost
}

type extra struct {
	Labels      []string
	Description string
	CreatedBy   string
	OwnerID     string
	Restricted  bool // only the application that made the node may see it
	ofStranger  bool // restricted, and made by another application
	Properties  map[string]map[string]string
	Settings    map[string]bool
	ContentDate string
	LocalID     string
	Picture     Picture
	HiddenUntil int64
	Photo       *Photo
}

type Picture struct{ Width, Height int }

var noExtra extra

// More returns the additional values of n. The caller must not change them.
func (n *Node) More() *extra {
	if n.Extra == nil {
		return &noExtra
	}
	return n.Extra
}

// Edit returns the additional values of n. The caller may change them.
func (n *Node) Edit() *extra {
	if n.Extra == nil {
		n.Extra = new(extra)
	}
	return n.Extra
}

// Hidden reports whether nobody may see n now.
func (n *Node) Hidden(now int64) bool {
	x := n.More()
	return x.HiddenUntil > now || x.ofStranger
}

// SetOrigin sets who made a node. A restricted node of another application is hidden.
func (n *Node) SetOrigin(app, ownerID string, restricted, stranger bool) {
	x := n.Edit()
	x.CreatedBy, x.OwnerID, x.Restricted, x.ofStranger = app, ownerID, restricted, restricted && stranger
}

func (n *Node) EdgeSeq(parent *Node) (uint64, bool) {
	for _, e := range n.Edges {
		if e.Parent == parent {
			return e.seq, true
		}
	}
	return 0, false
}

func (n *Node) Size() int64 {
	if n.Blob == nil {
		return 0
	}
	return n.Blob.Size
}

func Extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || i == len(name)-1 || len(name)-i > 33 {
		return ""
	}
	return name[i+1:]
}
