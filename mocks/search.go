package mocks

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// search is the media search of Amazon Photos. It knows types and times; of people, things and
// places a drive in memory knows nothing, so that they match nothing.
func (c *call) search() (*answer, error) {
	if !c.d.opt.dialect.photos {
		return nil, errNoRoute
	}
	clauses, err := parseSearch(c.query.Get("filters"))
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		// The filter is of another language than that of listings; all else is the same.
		c.query.Del("filters")
		c.query.Set("resourceVersion", "V2")
		q, err := c.listQuery(scope{})
		if err != nil {
			return nil, err
		}
		var found []*node
		for _, n := range c.d.search(q, c.now.UnixMilli()) {
			if n.kind == kindFile && !slices.ContainsFunc(clauses, func(s searchClause) bool { return !s.match(n) }) {
				found = append(found, n)
			}
		}
		slices.SortFunc(found, compareBy(q.sort))
		p := &page{total: len(found)}
		found = found[min(q.offset, len(found)):]
		p.nodes = found[:min(q.limit, len(found))]
		a := p.answer(c.d.root, q.present)
		a.body = append(a.body[:len(a.body)-1], `,"aggregations":{}}`...)
		return a, nil
	})
}

type searchClause struct {
	field  string
	values []string
}

var searchFields = []string{"type", "things", "timeYear", "timeMonth", "timeDay", "location", "people"}

// parseSearch reads field:(value OR value) AND field:(value).
func parseSearch(text string) ([]searchClause, error) {
	if text == "" {
		return nil, nil
	}
	var list []searchClause
	for part := range strings.SplitSeq(text, " AND ") {
		field, group, ok := strings.Cut(part, ":(")
		group, closed := strings.CutSuffix(group, ")")
		if !ok || !closed || !slices.Contains(searchFields, field) {
			return nil, errFilter(part)
		}
		list = append(list, searchClause{field, strings.Split(group, " OR ")})
	}
	return list, nil
}

func (s searchClause) match(n *node) bool {
	when, err := time.Parse(time.RFC3339Nano, n.more().contentDate)
	if err != nil {
		when = time.UnixMilli(n.created).UTC()
	}
	is := func(v int) bool { return slices.Contains(s.values, strconv.Itoa(v)) }
	switch s.field {
	case "type":
		return slices.Contains(s.values, map[category]string{categoryPhoto: "PHOTOS", categoryVideo: "VIDEOS"}[categoryOf(n.mime)])
	case "timeYear":
		return is(when.Year())
	case "timeMonth":
		return is(int(when.Month()))
	case "timeDay":
		return is(when.Day())
	}
	return false
}

// photoThumbnail is the thumbnail service of Amazon Photos.
func (c *call) photoThumbnail() (*answer, error) {
	if c.query.Get("viewBox") == "" {
		return nil, refuse(http.StatusBadRequest, "", "viewBox is required")
	}
	return c.download()
}
