package mocks

import (
	"net/http"
	"net/url"
	"strconv"
)

const maxOffset = 9999

func (c *call) listNodes() (*answer, error) { return c.list(listQuery{}) }

func (c *call) listTrash() (*answer, error) { return c.list(listQuery{trash: true}) }

func (c *call) listChildren() (*answer, error) {
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		return c.listLocked(listQuery{folder: n})
	})
}

func (c *call) list(q listQuery) (*answer, error) {
	return c.locked(func() (*answer, error) { return c.listLocked(q) })
}

// listLocked answers with the page that the query of the request asks for, among what q begins with.
func (c *call) listLocked(q listQuery) (*answer, error) {
	f, err := parseFilter(c.query.Get("filters"), c.d.opt.dialect)
	if err != nil {
		return nil, err
	}
	q.filter = f
	if err := c.pageQuery(&q); err != nil {
		return nil, err
	}
	present, err := c.rendering()
	if err != nil {
		return nil, err
	}
	p, err := c.d.store.list(&q, c.now.UnixMilli())
	if err != nil {
		return nil, err
	}
	return p.answer(c.d.store.root, present, c.fault.distort(p)...), nil
}

// pageQuery reads how the result is sorted and which page of it is asked for.
func (c *call) pageQuery(q *listQuery) error {
	v := c.query
	q.limit, q.token, q.v2 = maxPage, v.Get("startToken"), v.Get("resourceVersion") == "V2"
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return refuse(http.StatusBadRequest, "", "Invalid filter: limit %s is not between 1 and 200", text)
		}
		q.limit = n
	}
	if text := v.Get("offset"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return refuse(http.StatusBadRequest, "", "Invalid offset %s", text)
		}
		if n+q.limit > maxOffset {
			return refuse(http.StatusBadRequest, "", "Offset + limit cannot be greater than 9999")
		}
		q.offset = n
	}
	keys, err := parseSort(v.Get("sort"))
	if err != nil {
		return err
	}
	q.sort = keys
	rest := url.Values{}
	for k, list := range v {
		if k != "startToken" && k != "limit" && k != "tempLink" && k != "fields" && k != "asset" {
			rest[k] = list
		}
	}
	q.text = c.r.URL.Path + "?" + rest.Encode()
	return nil
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
