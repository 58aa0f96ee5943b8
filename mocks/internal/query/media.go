package query

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// MediaClause is one condition of the media search of Amazon Photos: one of the values must fit.
type MediaClause struct {
	field  string
	values []string
}

var mediaFields = []string{"type", "things", "timeYear", "timeMonth", "timeDay", "location", "people"}

// ParseMedia reads field:(value OR value) AND field:(value).
func ParseMedia(text string) ([]MediaClause, error) {
	if text == "" {
		return nil, nil
	}
	var list []MediaClause
	for part := range strings.SplitSeq(text, " AND ") {
		field, group, ok := strings.Cut(part, ":(")
		group, closed := strings.CutSuffix(group, ")")
		if !ok || !closed || !slices.Contains(mediaFields, field) {
			return nil, refuse(part)
		}
		list = append(list, MediaClause{field, strings.Split(group, " OR ")})
	}
	return list, nil
}

// Media is what the media search knows of a file.
type Media struct {
	Kind string    // PHOTOS, VIDEOS, or nothing
	At   time.Time // when it was taken
}

// Match says whether the condition holds. Of people, things and places the drive knows nothing, so
// that they match nothing.
func (c MediaClause) Match(m Media) bool {
	is := func(v int) bool { return slices.Contains(c.values, strconv.Itoa(v)) }
	switch c.field {
	case "type":
		return slices.Contains(c.values, m.Kind)
	case "timeYear":
		return is(m.At.Year())
	case "timeMonth":
		return is(int(m.At.Month()))
	case "timeDay":
		return is(m.At.Day())
	}
	return false
}
