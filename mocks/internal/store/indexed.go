package mocks

import (
	"cmp"
	"crypto/md5"
	"slices"
	"strings"
)

// indexed is a node as the search index knows it: its present state, except for what the index has
// not noticed yet.
type indexed struct {
	*node
	root *node
	view *view // nil: the index is up to date
}

func (x *indexed) isRoot() bool { return x.node == x.root }

func (x *indexed) labels() []string { return x.more().labels }

func (x *indexed) hasParent(id nodeID) bool {
	if x.view != nil {
		return slices.ContainsFunc(x.view.parents, func(p *node) bool { return p.id == id })
	}
	return slices.ContainsFunc(x.edges, func(e edge) bool { return e.parent.id == id })
}

func (x *indexed) md5() (sum [md5.Size]byte, ok bool) {
	if x.blob == nil {
		return sum, false
	}
	return x.blob.md5, true
}

// statusNow is the status that the index believes in.
func (x *indexed) statusNow() status {
	if x.view != nil {
		return x.view.status
	}
	return x.node.status
}

func (x *indexed) text(f fieldID) (string, bool) {
	switch f {
	case fieldName:
		if x.view != nil {
			return x.view.lower, !x.isRoot()
		}
		return x.lower, !x.isRoot()
	case fieldKind:
		return kindTexts[x.kind], true
	case fieldStatus:
		return statusTexts[x.statusNow()], true
	case fieldDescription:
		return x.more().description, true
	case fieldContentType:
		return strings.ToLower(x.mime), x.blob != nil
	case fieldExtension:
		return extension(x.name), x.blob != nil
	case fieldContentDate:
		return x.more().contentDate, true
	}
	return "", false
}

// How filters name kinds and statuses.
var (
	kindTexts   = [...]string{kindFolder: "folder", kindFile: "file", kindAlbum: "visual_collection"}
	statusTexts = [...]string{statusAvailable: "available", statusPending: "pending", statusTrash: "trash", statusPurged: "purged"}
)

func (x *indexed) number(f fieldID) (int64, bool) {
	switch f {
	case fieldCreated:
		return x.created, true
	case fieldModified:
		return x.modified, true
	case fieldSize:
		return x.size(), true
	}
	return 0, false
}

// sortNodes sorts by the keys, and by the order of creation where they do not tell nodes apart.
func sortNodes(nodes []*node, keys []sortKey) {
	var x, y indexed
	slices.SortFunc(nodes, func(a, b *node) int {
		x.node, y.node = a, b
		return cmp.Or(compare(keys, &x, &y), cmp.Compare(a.ord, b.ord))
	})
}
