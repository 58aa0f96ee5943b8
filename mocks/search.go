package mocks

import (
	"net/http"
	"slices"
)

// search is the media search of Amazon Photos. It knows types and times; of people, things and
// places a drive in memory knows nothing, so that they match nothing.
func (c *call) search() (*answer, error) {
	if !c.d.opt.dialect.photos {
		return nil, errNoRoute
	}
	clauses, err := parseMedia(c.query.Get("filters"))
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		q := listQuery{}
		if err := c.pageQuery(&q); err != nil {
			return nil, err
		}
		q.v2 = true
		present, err := c.rendering()
		if err != nil {
			return nil, err
		}
		var found []*node
		for _, n := range c.d.store.search(&q, c.now.UnixMilli()) {
			if n.kind == kindFile && !slices.ContainsFunc(clauses, func(s mediaClause) bool { return !s.match(n.media()) }) {
				found = append(found, n)
			}
		}
		sortNodes(found, q.sort)
		p := &page{total: len(found)}
		found = found[min(q.offset, len(found)):]
		p.nodes = found[:min(q.limit, len(found))]
		a := p.answer(c.d.store.root, present)
		a.body = append(a.body[:len(a.body)-1], `,"aggregations":{}}`...)
		return a, nil
	})
}

// photoThumbnail is the thumbnail service of Amazon Photos.
func (c *call) photoThumbnail() (*answer, error) {
	if c.query.Get("viewBox") == "" {
		return nil, refuse(http.StatusBadRequest, "", "viewBox is required")
	}
	return c.download()
}
