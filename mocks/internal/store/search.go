package store

import (
	"iter"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// Search returns all nodes that the query asks for.
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
	byStatus bool    // the filter has a condition on the status
	seen     indexed // the node that is being checked
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

// listed reports whether this query may return n at all. Assets are only in the listing of their
// file.
func (s *selection) listed(n *Node) bool {
	if n.Status == Purged || n.OnlyV2() && !s.V2 {
		return false
	}
	return n.Kind != Asset || s.Folder != nil && s.Folder.Kind == File
}

// candidates returns the nodes among which the result is, in the order of the listing. It uses the
// smallest index that contains the result.
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

// below returns the candidates in one folder. If searches are up to date and the filter asks for
// one name, that is the node of that name. Otherwise it is every node that is in the folder, or was
// there before a change that searches have not seen.
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

// WithContent returns the nodes with one content, in the order of their creation.
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
