package query

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// MediaClause is one condition of the media search of Amazon Photos. A node meets it if one of the
// values fits.
type MediaClause struct {
	Field  string
	values []string
}

// mediaFields are the fields on which a media search can have conditions.
var mediaFields = []string{
	"type", "things", "timeYear", "timeMonth", "timeDay", "location", "people", "clusterId",
	"favorite", "settings.favorite", "settings.hidden", "extension",
}

// ParseMedia reads clauses joined by AND: field:(value OR value), or field:value.
func ParseMedia(text string) ([]MediaClause, error) {
	if text == "" {
		return nil, nil
	}
	var list []MediaClause
	for part := range strings.SplitSeq(text, " AND ") {
		c, ok := parseMediaClause(part)
		if !ok {
			return nil, refuse(part)
		}
		list = append(list, c)
	}
	return list, nil
}

func parseMediaClause(part string) (MediaClause, bool) {
	field, value, ok := strings.Cut(strings.TrimSpace(part), ":")
	if !ok || value == "" || !slices.Contains(mediaFields, field) {
		return MediaClause{}, false
	}
	c := MediaClause{Field: field, values: []string{value}}
	if group, opened := strings.CutPrefix(value, "("); opened {
		group, closed := strings.CutSuffix(group, ")")
		if !closed {
			return c, false
		}
		c.values = strings.Split(group, " OR ")
	} else if strings.ContainsAny(value, "()") {
		return c, false
	}
	for i, v := range c.values {
		c.values[i] = strings.Trim(strings.TrimSpace(v), `"`)
		if c.values[i] == "" {
			return c, false
		}
	}
	return c, true
}

// Media is what the media search knows of a node.
type Media struct {
	Kind             string    // PHOTOS, VIDEOS, ALBUMS, or empty
	At               time.Time // when it was taken
	Favorite, Hidden bool
	Extension        string
	People, Things   []string
	Location         string
}

// Match reports whether a node meets the condition.
func (c MediaClause) Match(m *Media) bool {
	return slices.ContainsFunc(m.Values(c.Field), func(has string) bool {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, has) })
	})
}

// Values returns the values that a node has in a field.
func (m *Media) Values(field string) []string {
	switch field {
	case "type":
		return []string{m.Kind}
	case "timeYear":
		return []string{strconv.Itoa(m.At.Year())}
	case "timeMonth":
		return []string{strconv.Itoa(int(m.At.Month()))}
	case "timeDay":
		return []string{strconv.Itoa(m.At.Day())}
	case "favorite", "settings.favorite":
		return []string{strconv.FormatBool(m.Favorite)}
	case "settings.hidden":
		return []string{strconv.FormatBool(m.Hidden)}
	case "extension":
		return []string{m.Extension}
	case "people", "clusterId", "allPeople":
		return m.People
	case "things":
		return m.Things
	case "location":
		return []string{m.Location}
	}
	return nil
}
