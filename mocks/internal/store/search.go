package mocks

import (
	"iter"
	"slices"
)

// search finds all that the query asks for.
func (d *store) search(q *listQuery, now int64) []*node {
	var out []*node
	sel := selection{listQuery: q, now: now, seen: indexed{root: d.root}}
	sel.byStatus, _ = q.filter.byStatus()
	for n := range d.candidates(q, now) {
		if sel.admits(n) {
			out = append(out, n)
		}
	}
	return out
}

// selection decides which nodes belong to the result of a query.
type selection struct {
	*listQuery
	now      int64
	byStatus bool    // the filter asks for a status itself
	seen     indexed // the node that is looked at
}

func (s *selection) admits(n *node) bool {
	v := n.seen(s.now)
	if v != nil && v.absent || n.hidden(s.now) || n.status == statusPurged || n.kind == kindAlbum && !s.v2 {
		return false
	}
	s.seen.node, s.seen.view = n, v
	status := s.seen.statusNow()
	switch {
	case s.trash:
		if status != statusTrash || !n.trashedItself {
			return false
		}
	case !s.byStatus && !status.live():
		return false
	}
	if s.folder != nil && !s.seen.hasParent(s.folder.id) {
		return false
	}
	return s.filter.match(&s.seen)
}

// candidates are the nodes among which the result is, from the narrowest index that helps, in the
// order of the listing.
func (d *store) candidates(q *listQuery, now int64) iter.Seq[*node] {
	if q.trash {
		return slices.Values(d.trashed)
	}
	if q.filter.exact(fieldIsRoot) != nil {
		return slices.Values([]*node{d.root})
	}
	folder := q.folder
	if c := q.filter.exact(fieldParents); c != nil && folder == nil {
		if folder = d.byID[c.id]; folder == nil {
			return slices.Values([]*node(nil))
		}
	}
	if folder != nil {
		return d.below(folder, q.filter, now)
	}
	if c := q.filter.exact(fieldMD5); c != nil {
		return slices.Values(d.withContent(c.md5))
	}
	return slices.Values(d.nodes)
}

// below are the candidates in one folder: the one of that name, or all that are or were there.
func (d *store) below(folder *node, f filter, now int64) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if folder.dir == nil {
			return
		}
		name := f.exact(fieldName)
		if _, liveOnly := f.byStatus(); name != nil && liveOnly && d.lagUntil <= now {
			if n := folder.dir.names[name.term.text]; n != nil {
				yield(n)
			}
			return
		}
		for _, n := range folder.dir.children {
			if !yield(n) {
				return
			}
		}
		seen := map[*node]bool{}
		for _, g := range folder.dir.ghosts {
			if _, still := g.n.edgeSeq(folder); g.until <= now || still || seen[g.n] {
				continue
			}
			seen[g.n] = true
			if !yield(g.n) {
				return
			}
		}
	}
}

// withContent are the files of one content, in the order of their creation.
func (d *store) withContent(sum [16]byte) []*node {
	var out []*node
	if b := d.blobs[sum]; b != nil {
		for n := b.first; n != nil; n = n.twinNext {
			out = append(out, n)
		}
	}
	sortNodes(out, nil)
	return out
}
