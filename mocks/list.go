package mocks

import (
	"net/http"
	"net/url"
	"strconv"
)

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
