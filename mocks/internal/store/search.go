package store

import (
	"iter"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// Search finds all that the query asks for.
func (s *Store) Search(q *Query, now int64) []*Node {
	var out []*Node
	sel := selection{Query: q, now: now, seen: indexed{root: s.Root}}
	sel.byStatus, _ = q.Filter.ByStatus()
	for n := range s.candidates(q, now) {
		if sel.admits(n) {
			out = append(out, n)
		}
	}
	return out
}

// selection decides which nodes belong to the result of a query.
type selection struct {
	*Query
	now      int64
	byStatus bool    // the filter asks for a status itself
	seen     indexed // the node that is looked at
}

func (s *selection) admits(n *Node) bool {
	v := n.seen(s.now)
	if v != nil && v.absent || n.Hidden(s.now) || !s.listed(n) {
		return false
	}
	s.seen.Node, s.seen.view = n, v
	status := s.seen.statusNow()
	switch {
	case s.Trash:
		if status != Trashed || !n.TrashedItself {
			return false
		}
	case !s.byStatus && !status.Live():
		return false
	}
	if s.Folder != nil && !s.seen.HasParent(s.Folder.ID) {
		return false
	}
	return s.Filter.Match(&s.seen) && (s.Only == nil || s.Only(n))
}

// listed says that listings of this kind have such nodes. Assets are in those of their file only.
func (s *selection) listed(n *Node) bool {
	if n.Status == Purged || n.OnlyV2() && !s.V2 {
		return false
	}
	return n.Kind != Asset || s.Folder != nil && s.Folder.Kind == File
}

// candidates are the nodes among which the result is, from the narrowest index that helps, in the
// order of the listing.
func (s *Store) candidates(q *Query, now int64) iter.Seq[*Node] {
	if q.Trash {
		return slices.Values(s.Trashed)
	}
	if q.Filter.Exact(query.IsRoot) != nil {
		return slices.Values([]*Node{s.Root})
	}
	folder := q.Folder
	if c := q.Filter.Exact(query.Parents); c != nil && folder == nil {
		if folder = s.ByID[c.ID]; folder == nil {
			return slices.Values([]*Node(nil))
		}
	}
	if folder != nil {
		return s.below(folder, q.Filter, now)
	}
	if c := q.Filter.Exact(query.MD5); c != nil {
		return slices.Values(s.WithContent(c.MD5))
	}
	return slices.Values(s.Nodes)
}

// below are the candidates in one folder: the one of that name, or all that are or were there.
func (s *Store) below(folder *Node, f query.Filter, now int64) iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		if folder.Dir == nil {
			return
		}
		name := f.Exact(query.Name)
		if _, liveOnly := f.ByStatus(); name != nil && liveOnly && s.lagUntil <= now {
			if n := folder.Dir.Names[name.Term.Text]; n != nil {
				yield(n)
			}
			return
		}
		for _, n := range folder.Dir.Children {
			if !yield(n) {
				return
			}
		}
		seen := map[*Node]bool{}
		for _, g := range folder.Dir.ghosts {
			if _, still := g.n.EdgeSeq(folder); g.until <= now || still || seen[g.n] {
				continue
			}
			seen[g.n] = true
			if !yield(g.n) {
				return
			}
		}
	}
}

// WithContent are the files of one content, in the order of their creation.
func (s *Store) WithContent(sum [16]byte) []*Node {
	var out []*Node
	if b := s.blobs[sum]; b != nil {
		for n := b.first; n != nil; n = n.twinNext {
			out = append(out, n)
		}
	}
	SortNodes(out, nil)
	return out
}
