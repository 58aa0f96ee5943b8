package mocks

import "slices"

// search finds all that the query asks for, through the narrowest index that helps.
func (d *store) search(q *listQuery, now int64) []*node {
	var out []*node
	lagging := d.lagUntil > now
	byStatus, liveOnly := q.filter.byStatus()
	folder := q.scope.folder
	take := func(n *node) {
		v := n.seen(now)
		if v != nil && v.absent || n.more().hiddenUntil > now || n.status == statusPurged || n.kind == kindAlbum && !q.v2 {
			return
		}
		s := n.status
		if v != nil {
			s = v.status
		}
		if q.scope.trash {
			if s != statusTrash || !n.trashedItself {
				return
			}
		} else if !byStatus && !s.live() {
			return
		}
		if folder != nil {
			here := clause{field: fieldParents, id: folder.id}
			if !here.parent(n, v) {
				return
			}
		}
		if q.filter.match(n, d.root, v) {
			out = append(out, n)
		}
	}
	if q.scope.trash {
		for _, n := range d.trashed {
			take(n)
		}
		return out
	}
	var name, digest *clause
	for i := range q.filter {
		c := &q.filter[i]
		if len(c.terms) != 1 || c.terms[0].prefix {
			continue
		}
		switch {
		case c.field == fieldIsRoot:
			take(d.root)
			return out
		case c.field == fieldParents && folder == nil:
			if folder = d.byID[c.id]; folder == nil {
				return nil
			}
		case c.field == fieldName:
			name = c
		case c.field == fieldMD5:
			digest = c
		}
	}
	switch {
	case folder != nil && folder.dir == nil:
	case folder != nil && name != nil && liveOnly && !lagging:
		if n := folder.dir.names[name.terms[0].text]; n != nil {
			take(n)
		}
	case folder != nil:
		for _, n := range folder.dir.children {
			take(n)
		}
		d.searchGhosts(folder, now, take)
	case digest != nil:
		if b := d.blobs[digest.md5]; b != nil {
			for n := b.first; n != nil; n = n.twinNext {
				take(n)
			}
		}
		slices.SortFunc(out, compareBy(nil))
	default:
		for _, n := range d.nodes {
			take(n)
		}
	}
	return out
}

func (d *store) searchGhosts(folder *node, now int64, take func(*node)) {
	seen := map[*node]bool{}
	for _, g := range folder.dir.ghosts {
		if _, still := g.n.edgeSeq(folder); g.until > now && !still && !seen[g.n] {
			seen[g.n] = true
			take(g.n)
		}
	}
}
