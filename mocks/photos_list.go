package mocks

import (
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// tokenless reports whether the pages of this listing have no token of the next page. Photos gives
// such a token only for two sets of parameters: for nodes with tempLink=false and without asset,
// and for children with asset=ALL and tempLink=true.
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

// checkOffset refuses a listing beyond offset 9999. The media search has no such limit.
func checkOffset(q *store.Query) error {
	if q.Offset > 0 && q.Offset+q.Limit > maxOffset {
		return errTooFar
	}
	return nil
}

// page returns the requested page of a listing. The options may make the page or its count wrong.
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
