package photos

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// A Facet is one value that can be searched for, and how many photos and videos have it.
type Facet struct {
	Value string // in the form that [Query] takes
	Name  string // readable name, if the service has one that differs from Value
	Count int64
}

// Facets holds the values that the photos of a query have. A program can offer them as search
// terms.
type Facets struct {
	Count    int64 // of all photos and videos that the query finds
	Types    []Facet
	Years    []Facet
	People   []Facet
	Things   []Facet
	Location []Facet
	// Others holds the other facets, by the service's own name.
	Others map[string][]Facet
}

// Facets returns the values that the photos and videos of a query have. The service takes them from
// its search index, which does not have the newest uploads yet.
func (l *Library) Facets(ctx context.Context, q Query) (*Facets, error) {
	answer, err := l.ask(ctx, "Library.Facets", q)
	if err != nil {
		return nil, err
	}
	f := &Facets{Count: answer.Count, Others: map[string][]Facet{}}
	for name, facets := range answer.Aggregations {
		switch name {
		case "type":
			f.Types = facets
		case "time", "timeYear":
			f.Years = append(f.Years, facets...)
		case "people", "allPeople", "clusterId":
			f.People = mergeFacets(f.People, facets)
		case "things":
			f.Things = facets
		case "location":
			f.Location = facets
		default:
			f.Others[name] = facets
		}
	}
	return f, nil
}

// mergeFacets adds those facets whose values are not there yet.
func mergeFacets(all, more []Facet) []Facet {
	for _, f := range more {
		if !slices.ContainsFunc(all, func(g Facet) bool { return g.Value == f.Value }) {
			all = append(all, f)
		}
	}
	return all
}

// aggregations holds facets by name. Their form is known only from other clients: a list of
// objects, or an object of numbers. A part in another form is left out without an error, because
// the search is useful without it.
type aggregations map[string]facetList

type facetList []Facet

// UnmarshalJSON reads both forms.
func (a *aggregations) UnmarshalJSON(text []byte) error {
	var byName map[string]json.RawMessage
	if json.Unmarshal(text, &byName) != nil {
		return nil
	}
	*a = aggregations{}
	for name, raw := range byName {
		if list := readFacets(raw); len(list) > 0 {
			(*a)[name] = list
		}
	}
	return nil
}

func readFacets(raw json.RawMessage) (list []Facet) {
	var objects []json.RawMessage
	if json.Unmarshal(raw, &objects) == nil {
		for _, o := range objects {
			if f, ok := readFacet(o); ok {
				list = append(list, f)
			}
		}
		return list
	}
	var counts map[string]int64
	if json.Unmarshal(raw, &counts) == nil {
		for value, n := range counts {
			list = append(list, Facet{Value: value, Count: n})
		}
		slices.SortFunc(list, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	}
	return list
}

func readFacet(raw json.RawMessage) (Facet, bool) {
	var o struct {
		Match, Value, Key, ClusterID, Name, ClusterName any
		Count                                           int64
		SearchData                                      struct{ ClusterName, Name string }
	}
	if json.Unmarshal(raw, &o) != nil {
		return Facet{}, false
	}
	f := Facet{Count: o.Count, Name: o.SearchData.ClusterName}
	if f.Name == "" {
		f.Name = o.SearchData.Name
	}
	for _, v := range []any{o.Match, o.Value, o.Key, o.ClusterID, o.Name} {
		if text := scalar(v); f.Value == "" {
			f.Value = text
		}
	}
	for _, v := range []any{o.ClusterName, o.Name} {
		if text := scalar(v); f.Name == "" && text != f.Value {
			f.Name = text
		}
	}
	return f, f.Value != ""
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64, bool:
		text, _ := json.Marshal(v)
		return string(text)
	}
	return ""
}
