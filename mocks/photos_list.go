package mocks

import (
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// tokenless says that the pages of this listing have no token of the next one. Photos gives one for a few sets of
// parameters only: for nodes with tempLink=false and without asset, for children with asset=ALL and tempLink=true.
func (c *call) tokenless() bool {
	if c.d.opt.noPageTokens {
		return true
	}
	if !c.d.photos() || !c.v2() {
		return false
	}
	v := c.query
	switch c.route.op {
	case OpNodesList:
		return v.Get("tempLink") != "false" || v.Has("asset")
	case OpNodesChildren:
		return v.Get("tempLink") != "true" || v.Get("asset") != "ALL"
	}
	return true
}

// checkOffset refuses what is too far down a listing. The media search has no such end.
func checkOffset(q *store.Query) error {
	if q.Offset > 0 && q.Offset+q.Limit > maxOffset {
		return errTooFar
	}
	return nil
}

// page is the page of a listing that a query asks for, with what the options let go wrong with it.
func (c *call) page(q *store.Query) (*store.Page, error) {
	q.Tokenless = c.tokenless()
	asked := q.Offset
	if c.d.opt.photos.repeatPage && q.Tokenless && asked >= q.Limit {
		q.Offset -= q.Limit
	}
	p, err := c.d.store.List(q, c.now.UnixMilli())
	if err != nil {
		return nil, err
	}
	if last := q.Offset+len(p.Nodes) >= p.Total; c.d.opt.photos.driftCount && q.Tokenless && !last {
		p.Total += [3]int{0, +1, -1}[asked/q.Limit%3]
	}
	return p, nil
}
