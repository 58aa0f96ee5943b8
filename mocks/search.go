package mocks

import (
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// search is the media search of Amazon Photos. It knows types and times; of people, things and
// places a drive in memory knows nothing, so that they match nothing.
func (c *call) search() (*answer, error) {
	if !c.d.opt.dialect.Photos {
		return nil, errNoRoute
	}
	clauses, err := query.ParseMedia(c.query.Get("filters"))
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		q := store.Query{}
		if err := c.pageQuery(&q); err != nil {
			return nil, err
		}
		q.V2 = true
		present, err := c.rendering()
		if err != nil {
			return nil, err
		}
		var found []*store.Node
		for _, n := range c.d.store.Search(&q, c.now.UnixMilli()) {
			if n.Kind == store.File && !slices.ContainsFunc(clauses, func(s query.MediaClause) bool { return !s.Match(n.Media()) }) {
				found = append(found, n)
			}
		}
		store.SortNodes(found, q.Sort)
		p := &store.Page{Total: len(found)}
		found = found[min(q.Offset, len(found)):]
		p.Nodes = found[:min(q.Limit, len(found))]
		a := pageAnswer(p, c.d.store.Root, present)
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
