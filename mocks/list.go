package mocks

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

const maxOffset = 9999

func (c *call) listQuery(s scope) (*listQuery, error) {
	q := &listQuery{scope: s, limit: maxPage, token: c.query.Get("startToken"), v2: c.query.Get("resourceVersion") == "V2"}
	v := c.query
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return nil, errFilter("limit " + text + " is not between 1 and 200")
		}
		q.limit = n
	}
	if text := v.Get("offset"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, refuse(http.StatusBadRequest, "", "Invalid offset %s", text)
		}
		if n+q.limit > maxOffset {
			return nil, refuse(http.StatusBadRequest, "", "Offset + limit cannot be greater than 9999")
		}
		q.offset = n
	}
	if text := v.Get("filters"); text != "" {
		f, err := parseFilter(text, c.d.opt.dialect)
		if err != nil {
			return nil, err
		}
		q.filter = f
	}
	keys, err := parseSort(v.Get("sort"))
	if err != nil {
		return nil, err
	}
	q.sort = keys
	if q.present, err = c.rendering(); err != nil {
		return nil, err
	}
	rest := url.Values{}
	for k, list := range v {
		if k != "startToken" && k != "limit" && k != "tempLink" && k != "fields" && k != "asset" {
			rest[k] = list
		}
	}
	q.text = c.r.URL.Path + "?" + rest.Encode()
	return q, nil
}

// page is one page of a listing, not yet written.
type page struct {
	total int
	nodes []*node
	next  string
}

func (d *Drive) list(q *listQuery, c *call) (*page, error) {
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
func (d *Drive) plain(q *listQuery, now int64) bool {
	return len(q.filter) == 0 && len(q.sort) == 0 && q.offset == 0 && !d.opt.dialect.photos && !q.scope.trash && d.lagUntil <= now
}

func (d *Drive) plainTotal(q *listQuery) int {
	if f := q.scope.folder; f != nil {
		if f.dir == nil {
			return 0
		}
		return f.dir.live
	}
	return d.liveNodes
}

func (d *Drive) cursorPage(q *listQuery, after uint64, total int, c *call) (*page, error) {
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
func (d *Drive) nextPage(q *listQuery, c *call) (*page, error) {
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

func (d *Drive) pageOf(q *listQuery, c *call) (*page, error) {
	now := c.now.UnixMilli()
	key, pos, issued, ok := d.readListToken(q.token)
	l := d.listings[key]
	if !ok || l == nil || l.query != q.text || issued+d.opt.listTokenFor.Milliseconds() < now {
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

// search finds all that the query asks for, through the narrowest index that helps.
func (d *Drive) search(q *listQuery, now int64) []*node {
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

func (d *Drive) searchGhosts(folder *node, now int64, take func(*node)) {
	seen := map[*node]bool{}
	for _, g := range folder.dir.ghosts {
		if _, still := g.n.edgeSeq(folder); g.until > now && !still && !seen[g.n] {
			seen[g.n] = true
			take(g.n)
		}
	}
}

func (p *page) answer(root *node, r *rendering, extra ...[]byte) *answer {
	b := make([]byte, 0, 64+len(p.nodes)*640)
	b = append(b, `{"count":`...)
	b = appendInt(b, int64(p.total))
	if p.next != "" {
		b = append(b, `,"nextToken":`...)
		b = appendString(b, p.next)
	}
	b = append(b, `,"data":[`...)
	first := true
	for _, n := range p.nodes {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendNode(b, n, root, r)
	}
	for _, raw := range extra {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, raw...)
	}
	b = append(b, "]}"...)
	return reply(http.StatusOK, b)
}
