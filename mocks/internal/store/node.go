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
	Asset // of a file: a part of it that is no file of its own
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

// live says whether a node of this status takes part in the name space of its parents.
func (s status) Live() bool { return s <= Pending }

// Node is one entry of the drive. A million of them must fit, so what most nodes lack stands in extra.
type Node struct {
	ID             ids.Node
	Name, Lower    string // lower shares name's bytes where it can
	Kind           Kind
	Status         status
	TrashedItself  bool // as opposed to through an ancestor
	Version        int64
	ContentVersion int64
	Created        int64 // Unix milliseconds
	Modified       int64
	ord            uint64 // place in the order of creation
	Seq            uint64 // last place in the change feed
	trashOrd       uint64
	Edges          []Edge // to the parents
	Dir            *Directory
	Blob           *Blob
	MIME           string
	twinPrev       *Node // the nodes of one blob
	twinNext       *Node
	lag            *lagState
	Extra          *extra
}

// Edge is one parent of a node; seq is the child's place among the children.
type Edge struct {
	Parent *Node
	seq    uint64
}

type Directory struct {
	Children []*Node // ordered by the seq of their edge, whatever their status
	Names    map[string]*Node
	live     int
	anyNames bool // the children may have equal names, which is so in an album
	ghosts   []ghost
}

type extra struct {
	Labels      []string
	Description string
	CreatedBy   string
	OwnerID     string
	Restricted  bool // only the application that made it sees it
	ofStranger  bool // made by another application, and restricted
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

// More is what stands in extra, for reading.
func (n *Node) More() *extra {
	if n.Extra == nil {
		return &noExtra
	}
	return n.Extra
}

// Edit is what stands in extra, for writing.
func (n *Node) Edit() *extra {
	if n.Extra == nil {
		n.Extra = new(extra)
	}
	return n.Extra
}

// Hidden says that n is to stay out of sight of everybody for now.
func (n *Node) Hidden(now int64) bool {
	x := n.More()
	return x.HiddenUntil > now || x.ofStranger
}

// SetOrigin says who made a node. Of one that is restricted nobody else sees anything.
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
