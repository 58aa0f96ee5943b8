package foreignphotos

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// WithHiddenLeftOut leaves hidden nodes out of a search that does not filter by settings.hidden.
// The reference does not say whether the real service does this. In docs/wire-photos.md, 5, hidden
// nodes are among those that users miss.
func WithHiddenLeftOut() Option { return func(o *settings) { o.hiddenLeftOut = true } }

func (s *Service) routeSearch(mux *http.ServeMux) {
	s.handle(mux, "GET search", s.search)
	s.handle(mux, "GET search/aggregation", s.aggregation)
}

// searchFields returns the fields that a search can filter by (docs/wire-photos.md, 4.1). kind is
// not one of them: a search with kind is refused.
func searchFields() map[string]string {
	return map[string]string{"type": "", "timeYear": "", "timeMonth": "", "timeDay": "", "things": "", "location": "", "people": "",
		"favorite": "", "settings.hidden": "", "extension": ""}
}

// search answers a search (docs/wire-photos.md, 4.1). A search has no limit of 9999 and no
// nextToken.
func (s *Service) search(r *http.Request, _ Doc) reply {
	clauses, sort, falling, err := searchOrder(r)
	if err != nil {
		return fail(http.StatusBadRequest, "", err.Error())
	}
	q := r.URL.Query()
	others := q.Get("searchContext") != "" && q.Get("searchContext") != "customer"
	asksHidden := slices.ContainsFunc(clauses, func(c clause) bool { return c.field == "settings.hidden" })
	ids := s.choose(fmt.Sprint("search ", others, q.Get("filters"), q.Get("sort")), selection{clauses: clauses, values: s.searchValues,
		sort: sort, falling: falling, within: func(doc Doc) bool {
			return alive(doc) && mediaType(doc) != "" && doc["kind"] != "ASSET" && (others || doc["ownerId"] == s.owner) &&
				(asksHidden || !s.opt.hiddenLeftOut || !isSet(doc, "hidden"))
		}})
	ids = s.indexed(ids)
	answer := s.page(r, ids, true)
	if body, isDoc := answer.body.(Doc); isDoc && answer.status == http.StatusOK {
		body["aggregations"] = Doc{"type": s.aggregate("type", ids), "time": s.aggregate("timeYear", ids)}
	}
	return answer
}

// searchOrder reads and checks the parameters of a search.
func searchOrder(r *http.Request) (clauses []clause, sort string, falling bool, err error) {
	q := r.URL.Query()
	if clauses, err = parseFilter(q.Get("filters")); err == nil {
		err = check(clauses, searchFields())
	}
	if err != nil {
		return nil, "", false, err
	}
	for key, allowed := range map[string][]string{
		"searchContext":   {"customer", "family", "groups", "all", "unknown"},
		"groupByForTime":  {"day", "month", "year"},
		"lowResThumbnail": {"true", "false"},
	} {
		if q.Has(key) && !slices.Contains(allowed, q.Get(key)) {
			return nil, "", false, errors.New("Invalid value of " + key)
		}
	}
	sort, falling, err = parseSort(q.Get("sort"), "createdDate", "contentProperties.contentDate")
	return clauses, sort, falling, err
}

// indexed removes the ids that were uploaded too recently to be found. It also counts this search
// for each of them.
func (l *Library) indexed(ids []string) []string {
	if len(l.late) == 0 {
		return ids
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return l.late[id] > 0 })
	for id, left := range l.late {
		if l.late[id]--; left <= 1 {
			delete(l.late, id)
		}
	}
	return ids
}

// searchValues returns the values that a node has for a search field.
func (l *Library) searchValues(field, id string, doc Doc) []string {
	switch field {
	case "type":
		return []string{mediaType(doc)}
	case "timeYear", "timeMonth", "timeDay":
		return timeValues(field, doc)
	case "favorite":
		return []string{fmt.Sprint(isSet(doc, "favorite"))}
	case "settings.hidden":
		return []string{fmt.Sprint(isSet(doc, "hidden"))}
	case "extension":
		return []string{text(doc, "contentProperties.extension")}
	}
	return l.tags[id][field]
}

// timeValues uses the local date of the picture, or the date of the upload if the picture has none
// (docs/wire-photos.md, 4.6).
func timeValues(field string, doc Doc) []string {
	t, err := parseDate(text(doc, "contentProperties.contentDate"))
	if err != nil {
		if t, err = parseDate(text(doc, "createdDate")); err != nil {
			return nil
		}
	}
	return []string{fmt.Sprint(map[string]int{"timeYear": t.Year(), "timeMonth": int(t.Month()), "timeDay": t.Day()}[field])}
}

// mediaType returns the search type of a node (docs/wire-photos.md, 4.1), or "" if no search finds
// the node.
func mediaType(doc Doc) string {
	kind := text(doc, "contentProperties.contentType")
	switch {
	case doc["kind"] == "VISUAL_COLLECTION":
		return "ALBUMS"
	case strings.HasPrefix(kind, "image/"):
		return "PHOTOS"
	case strings.HasPrefix(kind, "video/"):
		return "VIDEOS"
	}
	return ""
}

// isSet reports whether a setting is on. A test may have written the setting as a string.
func isSet(doc Doc, setting string) bool {
	settings, _ := doc["settings"].(Doc)
	return settings[setting] == true || settings[setting] == "true"
}

// aggregation counts the values of one category (docs/wire.md, A). The reference does not give the
// form of the response. It is the same here as the aggregations in a search.
func (s *Service) aggregation(r *http.Request, _ Doc) reply {
	fields := map[string]string{"allPeople": "people", "clusterId": "people", "people": "people", "things": "things",
		"location": "location", "time": "timeYear", "type": "type", "favorite": "favorite"}
	category := r.URL.Query().Get("category")
	field, known := fields[category]
	if !known {
		return invalid("Value at 'category'")
	}
	var ids []string
	for _, id := range s.order {
		if doc := s.docs[id]; alive(doc) && mediaType(doc) != "" && doc["kind"] == "FILE" {
			ids = append(ids, id)
		}
	}
	return ok(Doc{"aggregations": Doc{category: s.aggregate(field, ids)}})
}

func (l *Library) aggregate(field string, ids []string) []Doc {
	counts := map[string]int{}
	var order []string
	for _, id := range ids {
		for _, value := range l.searchValues(field, id, l.docs[id]) {
			if counts[value]++; counts[value] == 1 {
				order = append(order, value)
			}
		}
	}
	list := []Doc{}
	for _, value := range order {
		list = append(list, Doc{"value": value, "count": counts[value]})
	}
	return list
}
