package mocks

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

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
