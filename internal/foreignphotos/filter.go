package foreignphotos

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

var errFilter = errors.New("Invalid filter: cannot be parsed") //nolint:staticcheck // the service's own words

// clause is one "field:value" of a filter (docs/wire.md, 4.2).
type clause struct {
	field  string
	terms  []term
	all    bool // every term must match; otherwise one is enough
	bounds *bounds
}

type term struct {
	text   string
	prefix bool
}

type bounds struct {
	low, high         string // "*": no bound
	withLow, withHigh bool   // whether the bound itself belongs to the range
}

// parseFilter reads clauses that are joined by AND. Each clause may stand in parentheses.
func parseFilter(expression string) ([]clause, error) {
	var clauses []clause
	for rest := strings.TrimSpace(expression); rest != ""; {
		inner, wrapped := strings.CutPrefix(rest, "(")
		c, left, err := parseClause(inner)
		if err != nil {
			return nil, err
		}
		if wrapped {
			var closed bool
			if left, closed = strings.CutPrefix(strings.TrimSpace(left), ")"); !closed {
				return nil, errFilter
			}
		}
		clauses = append(clauses, c)
		if rest = strings.TrimSpace(left); rest == "" {
			break
		}
		var joined bool
		if rest, joined = strings.CutPrefix(rest, "AND "); !joined {
			return nil, errFilter
		}
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return nil, errFilter
		}
	}
	if len(clauses) > 8 {
		return nil, errors.New("Invalid filter: more than 8 filter parameters") //nolint:staticcheck // the service's own words
	}
	return clauses, nil
}

func parseClause(s string) (c clause, rest string, err error) {
	field, value, found := strings.Cut(s, ":")
	if !found || field == "" || strings.ContainsAny(field, " ()") {
		return c, "", errFilter
	}
	c.field = field
	switch {
	case strings.HasPrefix(value, "("):
		c.terms, c.all, rest, err = parseGroup(value[1:])
	case strings.HasPrefix(value, "["), strings.HasPrefix(value, "{"):
		c.bounds, rest, err = parseRange(value)
	default:
		var one term
		one, rest, err = parseTerm(value, " )")
		c.terms = []term{one}
	}
	return c, rest, err
}

// parseGroup reads "a OR b)". A term without quotes goes on to the next OR or AND, because a city's
// name may have spaces.
func parseGroup(s string) (terms []term, all bool, rest string, err error) {
	words := map[bool]bool{} // whether AND (true) and OR (false) were there
	for {
		var one term
		if one, s, err = parseTerm(strings.TrimLeft(s, " "), ")"); err != nil {
			return nil, false, "", err
		}
		terms = append(terms, one)
		s = strings.TrimLeft(s, " ")
		switch {
		case strings.HasPrefix(s, ")"):
			if len(words) > 1 {
				return nil, false, "", errFilter
			}
			return terms, words[true], s[1:], nil
		case strings.HasPrefix(s, "OR "):
			words[false], s = true, s[3:]
		case strings.HasPrefix(s, "AND "):
			words[true], s = true, s[4:]
		default:
			return nil, false, "", errFilter
		}
	}
}

// parseTerm reads a quoted or plain term with backslash escapes, up to one of the characters in
// end. A plain term also ends before " OR " and " AND ".
func parseTerm(s, end string) (one term, rest string, err error) {
	quoted := strings.HasPrefix(s, `"`)
	s = strings.TrimPrefix(s, `"`)
	var b strings.Builder
	i := 0
	for ; i < len(s) && !endsTerm(s[i:], quoted, end); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		} else if !quoted && strings.IndexByte(`":[]{}(`, s[i]) >= 0 { // these characters must be escaped
			return one, "", errFilter
		}
		b.WriteByte(s[i])
	}
	rest = s[i:]
	if quoted {
		if rest == "" {
			return one, "", errFilter
		}
		rest = rest[1:]
	}
	one.text = b.String()
	if strings.HasPrefix(rest, "*") {
		one.prefix, rest = true, rest[1:]
	}
	if one.text == "" && !quoted {
		return one, "", errFilter
	}
	return one, rest, nil
}

func endsTerm(s string, quoted bool, end string) bool {
	if quoted {
		return s[0] == '"'
	}
	return s[0] == '*' || strings.IndexByte(end, s[0]) >= 0 || strings.HasPrefix(s, " OR ") || strings.HasPrefix(s, " AND ")
}

func parseRange(s string) (*bounds, string, error) {
	end := strings.IndexAny(s, "]}")
	if end < 0 {
		return nil, "", errFilter
	}
	low, high, found := strings.Cut(s[1:end], " TO ")
	if !found {
		return nil, "", errFilter
	}
	b := &bounds{withLow: s[0] == '[', withHigh: s[end] == ']'}
	for _, side := range []struct {
		text string
		into *string
	}{{low, &b.low}, {high, &b.high}} {
		*side.into = side.text
		if side.text == "*" {
			continue
		}
		if len(side.text) < 2 || side.text[0] != '"' || side.text[len(side.text)-1] != '"' {
			return nil, "", errFilter
		}
		*side.into = strings.ReplaceAll(side.text[1:len(side.text)-1], `\`, "")
		if _, err := parseDate(*side.into); err != nil {
			return nil, "", fmt.Errorf("Invalid filter: %w", err) //nolint:staticcheck // the service's own words
		}
	}
	return b, s[end+1:], nil
}

// check returns an error for an unknown field, and for a prefix or a range on a field that does not
// allow one.
func check(clauses []clause, fields map[string]string) error {
	for _, c := range clauses {
		what, known := fields[c.field]
		prefix := slices.ContainsFunc(c.terms, func(t term) bool { return t.prefix })
		switch {
		case !known:
			return fmt.Errorf("Invalid filter: unknown field %s", c.field) //nolint:staticcheck // the service's own words
		case prefix && what != "prefix", c.bounds != nil && what != "date":
			return fmt.Errorf("Invalid filter: not allowed for %s", c.field) //nolint:staticcheck // the service's own words
		}
	}
	return nil
}

// selects reports whether a clause matches the values that a node has for the field.
func (c clause) selects(values []string) bool {
	if c.bounds != nil {
		return slices.ContainsFunc(values, c.bounds.hold)
	}
	has := func(t term) bool {
		return slices.ContainsFunc(values, func(value string) bool {
			if t.prefix {
				return len(value) >= len(t.text) && strings.EqualFold(value[:len(t.text)], t.text)
			}
			return strings.EqualFold(value, t.text)
		})
	}
	if c.all {
		return !slices.ContainsFunc(c.terms, func(t term) bool { return !has(t) })
	}
	return slices.ContainsFunc(c.terms, has)
}

func (b *bounds) hold(value string) bool {
	t, err := parseDate(value)
	if err != nil {
		return false
	}
	if low, err := parseDate(b.low); err == nil && (t.Before(low) || t.Equal(low) && !b.withLow) {
		return false
	}
	if high, err := parseDate(b.high); err == nil && (t.After(high) || t.Equal(high) && !b.withHigh) {
		return false
	}
	return true
}

func parseDate(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Parse("2006-01-02T15:04:05", s) // a node of AddOdd has such a date
	}
	return t, nil
}

// parseSort reads ['createdDate DESC'] with single or double quotes. Without a sort, nodes come in
// the order in which they were added.
func parseSort(s string, fields ...string) (field string, descending bool, err error) {
	if s == "" {
		return "", false, nil
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if len(inner) != len(s)-2 || len(inner) < 2 || inner[0] != inner[len(inner)-1] || inner[0] != '\'' && inner[0] != '"' {
		return "", false, fmt.Errorf("Invalid sort: %s", strconv.Quote(s)) //nolint:staticcheck // the service's own words
	}
	field, direction, _ := strings.Cut(inner[1:len(inner)-1], " ")
	if !slices.Contains(fields, field) || direction != "ASC" && direction != "DESC" {
		return "", false, fmt.Errorf("Invalid sort: %s", strconv.Quote(s)) //nolint:staticcheck // the service's own words
	}
	return field, direction == "DESC", nil
}
