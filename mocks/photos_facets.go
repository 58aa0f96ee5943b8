package mocks

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// facets are the counts of a search: category, value, number of nodes found.
type facets map[string]map[string]int

// facetNames returns the categories, sorted by name.
func facetNames() []string {
	return []string{"allPeople", "clusterId", "favorite", "location", "people", "things", "time", "type"}
}

// timeGroup returns a function that names the year, month or day to which a date belongs.
func timeGroup(text string) (func(time.Time) string, error) {
	form := map[string]string{"": "2006", "year": "2006", "month": "2006-01", "day": "2006-01-02"}[text]
	if form == "" {
		return nil, refuse(http.StatusBadRequest, "", "Invalid groupByForTime %s", text)
	}
	return func(t time.Time) string { return t.Format(form) }, nil
}

// facets counts all nodes that a search finds, not only those of the requested page. The caller
// holds Drive.mu.
func (d *Drive) facets(q *store.Query, now time.Time, group func(time.Time) string) facets {
	key := fmt.Sprint(q.Text, d.store.Seq)
	if d.lastFacets.key == key && d.store.IndexedUntil <= now.UnixMilli() && !d.store.Lagging(now.UnixMilli()) {
		return d.lastFacets.facets
	}
	all := facets{}
	for _, name := range facetNames() {
		all[name] = map[string]int{}
	}
	for _, n := range d.store.Found(q, now.UnixMilli()) {
		m := n.Media()
		for _, name := range facetNames() {
			if name == "time" {
				all[name][group(m.At)]++
				continue
			}
			for _, v := range m.Values(name) {
				if v != "" {
					all[name][v]++
				}
			}
		}
	}
	d.lastFacets.key, d.lastFacets.facets = key, all
	return all
}

// appendFacets writes the categories. In each category the most frequent values come first.
func appendFacets(b []byte, all facets) []byte {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = appendFacet(b, name, all[name])
	}
	return append(b, '}')
}

func appendFacet(b []byte, name string, values map[string]int) []byte {
	order := slices.SortedFunc(maps.Keys(values), func(x, y string) int {
		return cmp.Or(cmp.Compare(values[y], values[x]), cmp.Compare(x, y))
	})
	b = append(b, '[')
	for i, v := range order {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"value":`...)
		b = appendString(b, v)
		b = append(b, `,"count":`...)
		b = appendInt(b, int64(values[v]))
		if name == "people" || name == "allPeople" || name == "clusterId" {
			b = append(b, `,"searchData":{"clusterId":`...)
			b = append(appendString(b, v), '}')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// aggregate answers with the counts of a search, without its nodes.
func (c *call) aggregate() (*answer, error) {
	names := facetNames()
	switch category := c.query.Get("category"); {
	case category == "all":
	case slices.Contains(names, category):
		names = []string{category}
	default:
		return nil, refuse(http.StatusBadRequest, "", "Invalid category %s", category)
	}
	clauses, err := query.ParseMedia(c.query.Get("filters"))
	if err != nil {
		return nil, err
	}
	context, err := searchContext(c.query.Get("searchContext"))
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
		all := maps.Clone(c.d.facets(&q, c.now, group))
		maps.DeleteFunc(all, func(name string, _ map[string]int) bool { return !slices.Contains(names, name) })
		b := append([]byte(nil), `{"aggregations":`...)
		return reply(http.StatusOK, append(appendFacets(b, all), '}')), nil
	})
}
