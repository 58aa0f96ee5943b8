package mocks

import "errors"

// Listings: nodes, children and trash are one thing over different candidates.

// listing is the rest of one that has more than a page. A cursor suffices where the order is that of
// a list which the drive keeps; a filtered or sorted result stands there whole, eight bytes a node.
type listing struct {
	query  string
	total  int
	result []*node
	cursor bool
	used   int64
}

// listQuery is what a listing asks for.
type listQuery struct {
	folder *node // only its children; nil: all nodes
	trash  bool  // only what was trashed by itself
	filter filter
	sort   []sortKey
	limit  int
	offset int
	token  string // of the page; empty: the first one
	text   string // all that the token is bound to
	v2     bool   // albums are shown
}

// page is one page of a listing, not yet written.
type page struct {
	total int
	nodes []*node
	next  string
}

// list is one page of a listing.
func (d *store) list(q *listQuery, now int64) (*page, error) {
	if q.token != "" {
		return d.nextPage(q, now)
	}
	if d.plain(q, now) {
		return d.cursorPage(q, 0, d.plainTotal(q), now)
	}
	result := d.search(q, now)
	if len(q.sort) > 0 {
		sortNodes(result, q.sort)
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
	return len(q.filter) == 0 && len(q.sort) == 0 && q.offset == 0 && !d.albums && !q.trash && d.lagUntil <= now
}

func (d *store) plainTotal(q *listQuery) int {
	if f := q.folder; f != nil {
		if f.dir == nil {
			return 0
		}
		return f.dir.live
	}
	return d.liveNodes
}

func (d *store) cursorPage(q *listQuery, after uint64, total int, now int64) (*page, error) {
	p := &page{total: total}
	nodes, place := d.nodes, func(n *node) uint64 { return n.ord }
	start := 0
	if f := q.folder; f == nil {
		start = d.indexOf(after + 1)
	} else if f.dir == nil {
		return p, nil
	} else {
		nodes, place = f.dir.children, func(n *node) uint64 { seq, _ := n.edgeSeq(f); return seq }
		start = f.dir.after(f, after)
	}
	for _, n := range nodes[start:] {
		if !n.status.live() || n.hidden(now) {
			continue
		}
		if len(p.nodes) == q.limit {
			key := q.token
			if key == "" {
				key = d.keepListing(&listing{query: q.text, total: total, cursor: true, used: now})
			}
			p.next = d.listToken(key, place(p.nodes[len(p.nodes)-1]), now)
			break
		}
		p.nodes = append(p.nodes, n)
	}
	return p, nil
}

// errListToken means that a list token is not one, has expired, or is of another listing.
var errListToken = errors.New("list token expired")

// nextPage is the page of a token, or the one behind it if a fault has lost that.
func (d *store) nextPage(q *listQuery, now int64) (*page, error) {
	lost := d.lostPages[q.token]
	p, err := d.pageOf(q, now)
	if err != nil || !lost {
		return p, err
	}
	if p.next == "" {
		p.nodes = nil
		return p, nil
	}
	q.token = p.next
	return d.pageOf(q, now)
}

func (d *store) pageOf(q *listQuery, now int64) (*page, error) {
	key, pos, issued, ok := d.readListToken(q.token)
	l := d.listings[key]
	if !ok || l == nil || l.query != q.text || issued+d.listTokenFor.Milliseconds() < now {
		return nil, errListToken
	}
	l.used = now
	if l.cursor {
		q.token = key
		return d.cursorPage(q, pos, l.total, now)
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
