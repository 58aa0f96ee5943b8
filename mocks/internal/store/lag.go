package store

import (
	"slices"
	"time"
)

// Searches see changes late. For a while they see a node as it was before its last changes,
// although a read of the node by its id returns the new state at once.

type lagState struct{ views []view }

// view is the former state of a node, which the search index still has.
type view struct {
	until       int64 // Unix milliseconds until which the index has this state
	absent      bool
	name, lower string
	status      status
	parents     []*Node
}

// ghost is a former child of a folder. Searches still find it in that folder.
type ghost struct {
	n     *Node
	until int64
}

// Lagged keeps the present state of n for searches. It is called before a change that searches are
// to see only after delay.
func (s *Store) Lagged(n *Node, now time.Time, delay time.Duration) {
	if delay <= 0 {
		return
	}
	v := view{until: now.Add(delay).UnixMilli(), absent: n.Version == 0, name: n.Name, lower: n.Lower, status: n.Status}
	for _, e := range n.Edges {
		v.parents = append(v.parents, e.Parent)
		dir := e.Parent.Dir
		dir.ghosts = slices.DeleteFunc(dir.ghosts, func(g ghost) bool { return g.until <= now.UnixMilli() })
		dir.ghosts = append(dir.ghosts, ghost{n, v.until})
	}
	if n.lag == nil {
		n.lag = &lagState{}
	}
	n.lag.views = append(n.lag.views, v)
	s.lagUntil = max(s.lagUntil, v.until)
}

// seen returns the state of n that searches have now, or nil if they are up to date.
func (n *Node) seen(now int64) *view {
	if n.lag == nil {
		return nil
	}
	for i := range n.lag.views {
		if v := &n.lag.views[i]; v.until > now {
			return v
		}
	}
	n.lag = nil
	return nil
}
