package foreign

import (
	"errors"
	"slices"
	"strings"
)

var errFilter = errors.New("Invalid filter: cannot be parsed") //nolint:staticcheck // the service's own words

// clause is one "field:value" of a filter.
type clause struct {
	field, value string
	prefix       bool
}

// parseFilter reads the classic form of a filter: clauses joined by AND. It does not read ranges or
// groups.
func parseFilter(expression string) ([]clause, error) {
	var clauses []clause
	for rest := strings.TrimSpace(expression); rest != ""; {
		field, after, ok := strings.Cut(rest, ":")
		if !ok || field == "" {
			return nil, errFilter
		}
		value, left, err := parseValue(after)
		if err != nil {
			return nil, err
		}
		c := clause{field: strings.TrimSpace(field), value: value}
		if strings.HasPrefix(left, "*") {
			c.prefix, left = true, left[1:]
		}
		clauses = append(clauses, c)
		if rest = strings.TrimSpace(left); rest == "" {
			break
		}
		if rest, ok = strings.CutPrefix(rest, "AND "); !ok {
			return nil, errFilter
		}
	}
	return clauses, nil
}

// parseValue reads a quoted or plain term with backslash escapes. It also returns the text after
// the term.
func parseValue(s string) (value, rest string, err error) {
	quoted := strings.HasPrefix(s, `"`)
	s = strings.TrimPrefix(s, `"`)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '"':
			return b.String(), s[i+1:], nil
		case !quoted && (c == ' ' || c == '*'):
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", errFilter
	}
	return b.String(), "", nil
}

func (c clause) selects(doc Doc) bool {
	switch c.field {
	case "isRoot":
		return doc["isRoot"] == true
	case "parents", "labels":
		values, _ := doc[c.field].([]any)
		return slices.Contains(values, any(c.value))
	}
	source, key := map[string]any(doc), c.field
	if inner, ok := strings.CutPrefix(c.field, "contentProperties."); ok {
		source, _ = doc["contentProperties"].(map[string]any)
		key = inner
	}
	have, _ := source[key].(string)
	if c.prefix {
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(c.value))
	}
	return strings.EqualFold(have, c.value)
}
