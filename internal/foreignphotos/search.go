package foreignphotos

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// WithHiddenLeftOut keeps hidden nodes out of searches that do not ask for them with settings.hidden.
// Whether the service does so is not said; 5 names hidden nodes among the missing ones.
func WithHiddenLeftOut() Option { return func(o *settings) { o.hiddenLeftOut = true } }

func (s *Service) routeSearch(mux *http.ServeMux) {
	s.handle(mux, "GET search", s.search)
	s.handle(mux, "GET search/aggregation", s.aggregation)
}

// searchFields are the fields of 4.1; kind is not one of them, and is refused.
func searchFields() map[string]string {
	return map[string]string{"type": "", "timeYear": "", "timeMonth": "", "timeDay": "", "things": "", "location": "", "people": "",
		"favorite": "", "settings.hidden": "", "extension": ""}
}

// search answers a search (4.1). It has no limit of 9999, and no nextToken.
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

// indexed takes out what was uploaded too recently to be found, and counts this search for it.
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

// searchValues are a node's values of a search field.
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

// timeValues takes the date of the picture as it is on the wall, or else that of the upload (4.6).
func timeValues(field string, doc Doc) []string {
	t, err := parseDate(text(doc, "contentProperties.contentDate"))
	if err != nil {
		if t, err = parseDate(text(doc, "createdDate")); err != nil {
			return nil
		}
	}
	return []string{fmt.Sprint(map[string]int{"timeYear": t.Year(), "timeMonth": int(t.Month()), "timeDay": t.Day()}[field])}
}

// mediaType is the type of 4.1, "" for what a search does not find.
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

// isSet reads a setting that a test may have written as a string.
func isSet(doc Doc, setting string) bool {
	settings, _ := doc["settings"].(Doc)
	return settings[setting] == true || settings[setting] == "true"
}

// aggregation counts the values of one category (wire.md A). The form of the answer is not in the
// reference; it is the one that a search carries too.
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
