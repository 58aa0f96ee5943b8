package mocks

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// mediaClause is one condition of the media search of Amazon Photos: one of the values must fit.
type mediaClause struct {
	field  string
	values []string
}

var mediaFields = []string{"type", "things", "timeYear", "timeMonth", "timeDay", "location", "people"}

// parseMedia reads field:(value OR value) AND field:(value).
func parseMedia(text string) ([]mediaClause, error) {
	if text == "" {
		return nil, nil
	}
	var list []mediaClause
	for part := range strings.SplitSeq(text, " AND ") {
		field, group, ok := strings.Cut(part, ":(")
		group, closed := strings.CutSuffix(group, ")")
		if !ok || !closed || !slices.Contains(mediaFields, field) {
			return nil, errFilter(part)
		}
		list = append(list, mediaClause{field, strings.Split(group, " OR ")})
	}
	return list, nil
}

// media is what the media search knows of a file.
type media struct {
	kind string    // PHOTOS, VIDEOS, or nothing
	at   time.Time // when it was taken
}

// match says whether the condition holds. Of people, things and places the drive knows nothing, so
// that they match nothing.
func (c mediaClause) match(m media) bool {
	is := func(v int) bool { return slices.Contains(c.values, strconv.Itoa(v)) }
	switch c.field {
	case "type":
		return slices.Contains(c.values, m.kind)
	case "timeYear":
		return is(m.at.Year())
	case "timeMonth":
		return is(int(m.at.Month()))
	case "timeDay":
		return is(m.at.Day())
	}
	return false
}
