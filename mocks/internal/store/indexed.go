package store

import (
	"cmp"
	"crypto/md5"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/query"
)

// indexed is a node as the search index knows it. That is its present state, except for the changes
// that the index has not seen yet.
type indexed struct {
	*Node
	root *Node
	view *view // the state that the index knows; nil: the present state
}

func (x *indexed) IsRoot() bool { return x.Node == x.root }

func (x *indexed) Labels() []string { return x.More().Labels }

func (x *indexed) HasParent(id ids.Node) bool {
	if x.view != nil {
		return slices.ContainsFunc(x.view.parents, func(p *Node) bool { return p.ID == id })
	}
	return slices.ContainsFunc(x.Edges, func(e Edge) bool { return e.Parent.ID == id })
}

func (x *indexed) MD5() (sum [md5.Size]byte, ok bool) {
	if x.Blob == nil {
		return sum, false
	}
	return x.Blob.MD5, true
}

// statusNow returns the status that the index knows.
func (x *indexed) statusNow() status {
	if x.view != nil {
		return x.view.status
	}
	return x.Node.Status
}

func (x *indexed) Text(f query.Field) (string, bool) {
	switch f {
	case query.Name:
		if x.view != nil {
			return x.view.lower, !x.IsRoot()
		}
		return x.Lower, !x.IsRoot()
	case query.Kind:
		return kindTexts[x.Kind], true
	case query.Status:
		return statusTexts[x.statusNow()], true
	case query.Description:
		return x.More().Description, true
	case query.ContentType:
		return strings.ToLower(x.MIME), x.Blob != nil
	case query.Extension:
		return Extension(x.Name), x.Blob != nil
	case query.ContentDate:
		return x.More().ContentDate, true
	}
	return "", false
}

// The names of kinds and statuses in filters.
var (
	kindTexts   = [...]string{Folder: "folder", File: "file", Album: "visual_collection", Asset: "asset"}
	statusTexts = [...]string{Available: "available", Pending: "pending", Trashed: "trash", Purged: "purged"}
)

func (x *indexed) Number(f query.Field) (int64, bool) {
	switch f {
	case query.Created:
		return x.Created, true
	case query.Modified:
		return x.Modified, true
	case query.Size:
		return x.Size(), true
	}
	return 0, false
}

// SortNodes sorts by the keys. Nodes that are equal in all keys are in the order of their creation.
func SortNodes(nodes []*Node, keys []query.SortKey) {
	var x, y indexed
	slices.SortFunc(nodes, func(a, b *Node) int {
		x.Node, y.Node = a, b
		return cmp.Or(query.Compare(keys, &x, &y), cmp.Compare(a.ord, b.ord))
	})
}
