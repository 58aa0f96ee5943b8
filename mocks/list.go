package mocks

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

const maxOffset = 9999

var errTooFar = refuse(http.StatusBadRequest, "", "Offset + limit cannot be greater than 9999")

func (c *call) listNodes() (*answer, error) { return c.list(store.Query{}) }

func (c *call) listTrash() (*answer, error) { return c.list(store.Query{Trash: true}) }

func (c *call) listChildren() (*answer, error) {
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		return c.listLocked(store.Query{Folder: n})
	})
}

func (c *call) list(q store.Query) (*answer, error) {
	return c.locked(func() (*answer, error) { return c.listLocked(q) })
}

// listLocked answers a listing with the page that the request asks for. The other fields of q say
// in what to search. The caller holds Drive.mu.
func (c *call) listLocked(q store.Query) (*answer, error) {
	f, err := query.ParseFilter(c.query.Get("filters"), c.d.opt.dialect)
	if err != nil {
		return nil, err
	}
	q.Filter = f
	if err := c.pageQuery(&q); err != nil {
		return nil, err
	}
	if err := checkOffset(&q); err != nil {
		return nil, err
	}
	c.latestFirst(&q)
	present, err := c.rendering()
	if err != nil {
		return nil, err
	}
	p, err := c.page(&q)
	if err != nil {
		return nil, err
	}
	return pageAnswer(p, c.d.store.Root, present, c.fault.distort(p)...), nil
}

// pageQuery reads the order of the result and the requested page from the request.
func (c *call) pageQuery(q *store.Query) error {
	v := c.query
	q.Limit, q.Token, q.V2 = maxPage, v.Get("startToken"), v.Get("resourceVersion") == "V2" || c.share != nil
	if err := parseLimits(v, q); err != nil {
		return err
	}
	keys, err := query.ParseSort(v.Get("sort"))
	if err != nil {
		return err
	}
	q.Sort = keys
	rest := url.Values{}
	for k, list := range v {
		if k != "startToken" && k != "limit" && k != "offset" && k != "tempLink" && k != "fields" && k != "asset" {
			rest[k] = list
		}
	}
	q.Text = c.r.URL.Path + "?" + rest.Encode()
	return nil
}

// parseLimits reads the length and the offset of the requested page.
func parseLimits(v url.Values, q *store.Query) error {
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return refuse(http.StatusBadRequest, "", "Invalid filter: limit %s is not between 1 and 200", text)
		}
		q.Limit = n
	}
	if text := v.Get("offset"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return refuse(http.StatusBadRequest, "", "Invalid offset %s", text)
		}
		q.Offset = n
	}
	return nil
}

func pageAnswer(p *store.Page, root *store.Node, r *rendering, extra ...[]byte) *answer {
	b := make([]byte, 0, 64+len(p.Nodes)*640)
	b = append(b, `{"count":`...)
	b = appendInt(b, int64(p.Total))
	if p.Next != "" {
		b = append(b, `,"nextToken":`...)
		b = appendString(b, p.Next)
	}
	b = append(b, `,"data":[`...)
	first := true
	for _, n := range p.Nodes {
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
