package mocks

import (
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// search serves the media search of Amazon Photos.
func (c *call) search() (*answer, error) {
	if !c.d.opt.dialect.Photos {
		return nil, errNoRoute
	}
	context, err := searchContext(c.query.Get("searchContext"))
	if err != nil {
		return nil, err
	}
	return c.searchIn(context)
}

// searchGroup serves a search among the nodes of one group.
func (c *call) searchGroup() (*answer, error) {
	group := c.id
	if c.share != nil && c.share.group != group {
		return nil, errNotFound(group)
	}
	return c.searchIn(func(n *store.Node) bool { return n.Photo().Group == group })
}

// searchIn answers with a page of the nodes that match the filters and for which context returns
// true.
func (c *call) searchIn(context func(*store.Node) bool) (*answer, error) {
	clauses, err := query.ParseMedia(c.query.Get("filters"))
	if err != nil {
		return nil, err
	}
	group, err := timeGroup(c.query.Get("groupByForTime"))
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		q := store.Query{Only: c.sought(clauses, context)}
		if err := c.pageQuery(&q); err != nil {
			return nil, err
		}
		q.V2 = true
		present, err := c.rendering()
		if err != nil {
			return nil, err
		}
		p, err := c.page(&q)
		if err != nil {
			return nil, err
		}
		a := pageAnswer(p, c.d.store.Root, present, c.fault.distort(p)...)
		a.body = append(a.body[:len(a.body)-1], `,"aggregations":`...)
		a.body = append(appendFacets(a.body, c.d.facets(&q, c.now, group)), '}')
		return a, nil
	})
}

// sought returns a function that reports whether the search shows a node. If no filter is about
// settings.hidden, hidden nodes are not shown; if none is about type, albums are not shown. What
// the service does without such filters is not known.
func (c *call) sought(clauses []query.MediaClause, context func(*store.Node) bool) func(*store.Node) bool {
	asks := func(field string) bool {
		return slices.ContainsFunc(clauses, func(s query.MediaClause) bool { return s.Field == field })
	}
	hidden, types := asks("settings.hidden"), asks("type")
	now := c.now.UnixMilli()
	return func(n *store.Node) bool {
		if !(n.Kind == store.File || n.Kind == store.Album && types) || n.Photo().Indexed > now || !context(n) {
			return false
		}
		m := n.Media()
		if m.Hidden && !hidden {
			return false
		}
		return !slices.ContainsFunc(clauses, func(s query.MediaClause) bool { return !s.Match(&m) })
	}
}

// searchContext returns a function that reports whether a node belongs to the named search context.
func searchContext(text string) (func(*store.Node) bool, error) {
	switch text {
	case "", "customer", "unknown":
		return func(n *store.Node) bool { return n.More().OwnerID == "" }, nil
	case "family":
		return func(n *store.Node) bool { return n.More().OwnerID == "" || n.Photo().Group == familyGroup }, nil
	case "groups":
		return func(n *store.Node) bool { return n.Photo().Group != "" && n.Photo().Group != familyGroup }, nil
	case "all":
		return func(*store.Node) bool { return true }, nil
	}
	return nil, refuse(http.StatusBadRequest, "", "Invalid searchContext %s", text)
}

// familyGroup is the group of the nodes that members of the family share.
const familyGroup = "family"

// photoThumbnail serves the thumbnail service of Amazon Photos.
func (c *call) photoThumbnail() (*answer, error) {
	if c.query.Get("viewBox") == "" {
		return nil, refuse(http.StatusBadRequest, "", "viewBox is required")
	}
	return c.download()
}
