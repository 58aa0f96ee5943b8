package mocks

import (
	"slices"
)

// Listings: nodes, children and trash are one thing over different candidates.

// scope is what a listing chooses from.
type scope struct {
	folder *node // its children
	trash  bool  // what was trashed by itself
}

// listing is the rest of one that has more than a page. A cursor suffices where the order is that of
// a list which the drive keeps; a filtered or sorted result stands there whole, eight bytes a node.
type listing struct {
	query  string
	total  int
	result []*node
	cursor bool
	used   int64
}

type listQuery struct {
	filter  filter
	sort    []sortKey
	limit   int
	offset  int
	token   string
	text    string // all that a token is bound to
	scope   scope
	present *rendering
	v2      bool // albums are shown
}

// page is one page of a listing, not yet written.
type page struct {
	total int
	nodes []*node
	next  string
}

func (d *store) list(q *listQuery, c *call) (*page, error) {
	now := c.now.UnixMilli()
	if q.token != "" {
		return d.nextPage(q, c)
	}
	if d.plain(q, now) {
		return d.cursorPage(q, 0, d.plainTotal(q), c)
	}
	result := d.search(q, now)
	if len(q.sort) > 0 {
		slices.SortFunc(result, compareBy(q.sort))
	}
	total := len(result)
	result = result[min(q.offset, total):]
	p := &page{total: total, nodes: result[:min(q.limit, len(result))]}
	if len(p.nodes) < len(result) {
		key := d.keepListing(&listing{query: q.text, total: total, result: result, used: now})
		p.next = d.listToken(key, uint64(len(p.nodes)), now)
	}
	return p, nil
}

// plain says whether the listing is a stretch of a list that the drive keeps in order.
func (d *store) plain(q *listQuery, now int64) bool {
	return len(q.filter) == 0 && len(q.sort) == 0 && q.offset == 0 && !d.albums && !q.scope.trash && d.lagUntil <= now
}

func (d *store) plainTotal(q *listQuery) int {
	if f := q.scope.folder; f != nil {
		if f.dir == nil {
			return 0
		}
		return f.dir.live
	}
	return d.liveNodes
}

func (d *store) cursorPage(q *listQuery, after uint64, total int, c *call) (*page, error) {
	p := &page{total: total}
	nodes, place := d.nodes, func(n *node) uint64 { return n.ord }
	start := 0
	if f := q.scope.folder; f == nil {
		start = d.indexOf(after + 1)
	} else if f.dir == nil {
		return p, nil
	} else {
		nodes, place = f.dir.children, func(n *node) uint64 { s, _ := n.edgeSeq(f); return s }
		start = f.dir.after(f, after)
	}
	for _, n := range nodes[start:] {
		if !n.status.live() || n.more().hiddenUntil > c.now.UnixMilli() {
			continue
		}
		if len(p.nodes) == q.limit {
			key := q.token
			if key == "" {
				key = d.keepListing(&listing{query: q.text, total: total, cursor: true, used: c.now.UnixMilli()})
			}
			p.next = d.listToken(key, place(p.nodes[len(p.nodes)-1]), c.now.UnixMilli())
			break
		}
		p.nodes = append(p.nodes, n)
	}
	return p, nil
}

// nextPage is the page of a token, or the one behind it if a fault has lost that.
func (d *store) nextPage(q *listQuery, c *call) (*page, error) {
	lost := d.lostPages[q.token]
	p, err := d.pageOf(q, c)
	if err != nil || !lost {
		return p, err
	}
	if p.next == "" {
		p.nodes = nil
		return p, nil
	}
	q.token = p.next
	return d.pageOf(q, c)
}

func (d *store) pageOf(q *listQuery, c *call) (*page, error) {
	now := c.now.UnixMilli()
	key, pos, issued, ok := d.readListToken(q.token)
	l := d.listings[key]
	if !ok || l == nil || l.query != q.text || issued+d.listTokenFor.Milliseconds() < now {
		return nil, errNextToken
	}
	l.used = now
	if l.cursor {
		q.token = key
		return d.cursorPage(q, pos, l.total, c)
	}
	p := &page{total: l.total}
	rest := l.result[min(pos, uint64(len(l.result))):]
	taken := 0
	for _, n := range rest {
		if len(p.nodes) == q.limit {
			break
		}
		taken++
		if n.status != statusPurged {
			p.nodes = append(p.nodes, n)
		}
	}
	if taken < len(rest) {
		p.next = d.listToken(key, pos+uint64(taken), now)
	}
	return p, nil
}
