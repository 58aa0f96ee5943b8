package mocks

import (
	"encoding/hex"
	"strings"
	"time"
)

// queryError says what is wrong with a filter or a sort order.
type queryError struct{ reason string }

func (e *queryError) Error() string { return "Invalid filter: " + e.reason }

func errFilter(reason string) error { return &queryError{reason} }

type filterDialect struct {
	strict bool // field names and AND only as documented
	photos bool // groups, parenthesised clauses, prefixes on every string
}

type filterParser struct {
	s string
	filterDialect
}

// maxFilters is how many conditions the service accepts in one filter.
const maxFilters = 8

const filterSpecials = `+-&|!(){}[]^'"~*?:\ `

// parseFilter reads the value of the filters parameter; an empty one asks for nothing.
func parseFilter(s string, dialect filterDialect) (filter, error) {
	if s == "" {
		return nil, nil
	}
	p := filterParser{s: s, filterDialect: dialect}
	var f filter
	for {
		c, err := p.clause()
		if err != nil {
			return nil, err
		}
		if f = append(f, c); len(f) > maxFilters {
			return nil, errFilter("more than 8 filter parameters")
		}
		if p.s == "" {
			return f, nil
		}
		if !p.and() {
			return nil, errFilter("expected AND before " + p.s)
		}
	}
}

func (p *filterParser) and() bool {
	const word = " AND "
	if len(p.s) < len(word) || !strings.EqualFold(p.s[:len(word)], word) || p.strict && p.s[:len(word)] != word {
		return false
	}
	p.s = p.s[len(word):]
	return true
}

func (p *filterParser) clause() (clause, error) {
	if strings.HasPrefix(p.s, "(") {
		if !p.photos {
			return clause{}, errFilter("unexpected ( at " + p.s)
		}
		p.s = p.s[1:]
		c, err := p.clause()
		if err == nil && !strings.HasPrefix(p.s, ")") {
			err = errFilter("unbalanced (")
		}
		if err != nil {
			return c, err
		}
		p.s = p.s[1:]
		return c, nil
	}
	name, rest, ok := strings.Cut(p.s, ":")
	if !ok {
		return clause{}, errFilter("expected field:value at " + p.s)
	}
	info, ok := p.lookup(name)
	if !ok {
		return clause{}, errFilter("unknown field " + name)
	}
	p.s = rest
	c := clause{field: info.id}
	switch {
	case strings.HasPrefix(p.s, "["), strings.HasPrefix(p.s, "{"):
		if info.can&canRange == 0 {
			return c, errFilter("no range on " + name)
		}
		return c, p.rangeOf(&c)
	case strings.HasPrefix(p.s, "("):
		if info.can&canGroup == 0 && !p.photos {
			return c, errFilter("no group on " + name)
		}
		return c, p.group(&c, info)
	}
	t, err := p.term(info)
	if err != nil {
		return c, err
	}
	c.term = t
	return c, c.resolve()
}

func (p *filterParser) lookup(name string) (fieldInfo, bool) {
	if info, ok := filterFields[name]; ok || p.strict {
		return info, ok
	}
	for k, info := range filterFields {
		if strings.EqualFold(k, name) {
			return info, true
		}
	}
	return fieldInfo{}, false
}

// term reads a plain or quoted value.
func (p *filterParser) term(info fieldInfo) (term, error) {
	var t term
	var err error
	if strings.HasPrefix(p.s, `"`) {
		t.text, err = p.quoted(info.id == fieldParents || info.can&canRange != 0)
	} else {
		t.text, t.prefix, err = p.plain(info.id == fieldParents)
	}
	if err != nil {
		return t, err
	}
	if t.prefix {
		if info.can&canPrefix == 0 && !p.photos {
			return t, errFilter("no prefix on this field: " + t.text + "*")
		}
		if info.id == fieldContentType && !p.photos && strings.Contains(t.text, "/") {
			return t, errFilter("only the major content type can be matched")
		}
	} else if info.can&canEqual == 0 && !p.photos {
		return t, errFilter("no equality on this field: " + t.text)
	}
	switch info.id {
	case fieldName, fieldContentType, fieldKind, fieldStatus:
		t.text = strings.ToLower(t.text)
	case fieldIsRoot:
		if t.text != "true" {
			return t, errFilter("isRoot must be true")
		}
	}
	return t, nil
}

// plain reads up to the next space, or to the end of a group. Ids may hold a hyphen as they are.
func (p *filterParser) plain(hyphen bool) (text string, prefix bool, err error) {
	var b strings.Builder
	for p.s != "" {
		c := p.s[0]
		switch {
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return "", false, err
			}
			continue
		case c == ' ' || c == ')':
			if b.Len() == 0 {
				return "", false, errFilter("empty value")
			}
			return b.String(), false, nil
		case c == '*':
			p.s = p.s[1:]
			if b.Len() == 0 || p.s != "" && p.s[0] != ' ' && p.s[0] != ')' {
				return "", false, errFilter("* is allowed only at the end of a value")
			}
			return b.String(), true, nil
		case c == '-' && hyphen:
		case strings.IndexByte(filterSpecials, c) >= 0:
			return "", false, errFilter("unescaped " + string(c))
		}
		b.WriteByte(c)
		p.s = p.s[1:]
	}
	if b.Len() == 0 {
		return "", false, errFilter("empty value")
	}
	return b.String(), false, nil
}

// quoted reads a value in quotes. Dates and ids hold - and : as they are.
func (p *filterParser) quoted(loose bool) (string, error) {
	var b strings.Builder
	p.s = p.s[1:]
	for p.s != "" {
		c := p.s[0]
		switch {
		case c == '"':
			p.s = p.s[1:]
			return b.String(), nil
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
			continue
		case loose && (c == '-' || c == ':' || c == '+'):
		case strings.IndexByte(filterSpecials, c) >= 0:
			return "", errFilter("unescaped " + string(c) + " in quotes")
		}
		b.WriteByte(c)
		p.s = p.s[1:]
	}
	return "", errFilter("unbalanced quote")
}

func (p *filterParser) escape(b *strings.Builder) error {
	if len(p.s) < 2 || strings.IndexByte(filterSpecials, p.s[1]) < 0 {
		return errFilter(`\ before a character that is not special`)
	}
	b.WriteByte(p.s[1])
	p.s = p.s[2:]
	return nil
}

func (p *filterParser) rangeOf(c *clause) error {
	c.ranged = true
	c.lo.exclusive = p.s[0] == '{'
	p.s = p.s[1:]
	if err := p.bound(&c.lo); err != nil {
		return err
	}
	const to = " TO "
	if !strings.HasPrefix(p.s, to) {
		return errFilter("expected TO in a range")
	}
	p.s = p.s[len(to):]
	if err := p.bound(&c.hi); err != nil {
		return err
	}
	if p.s == "" || p.s[0] != ']' && p.s[0] != '}' {
		return errFilter("unbalanced bracket")
	}
	c.hi.exclusive = p.s[0] == '}'
	p.s = p.s[1:]
	return nil
}

func (p *filterParser) bound(b *bound) error {
	if strings.HasPrefix(p.s, "*") {
		b.open = true
		p.s = p.s[1:]
		return nil
	}
	if !strings.HasPrefix(p.s, `"`) {
		return errFilter("a bound of a range is * or quoted")
	}
	text, err := p.quoted(true)
	if err != nil {
		return err
	}
	b.ms, err = parseDate(text)
	return err
}

func (p *filterParser) group(c *clause, info fieldInfo) error {
	p.s = p.s[1:]
	joined := ""
	for {
		t, err := p.term(info)
		if err != nil {
			return err
		}
		one := clause{field: c.field, term: t}
		if err := one.resolve(); err != nil {
			return err
		}
		c.group = append(c.group, one)
		if strings.HasPrefix(p.s, ")") {
			p.s = p.s[1:]
			break
		}
		word := ""
		for _, w := range []string{" AND ", " OR "} {
			if strings.HasPrefix(p.s, w) {
				word = w
			}
		}
		switch {
		case word == "":
			return errFilter("unbalanced (")
		case joined != "" && joined != word:
			return errFilter("AND and OR in one group")
		case word == " OR " && !p.photos:
			return errFilter("no OR on this field")
		}
		joined, p.s = word, p.s[len(word):]
	}
	c.any = joined == " OR "
	if len(c.group) == 1 {
		*c = c.group[0]
	}
	return nil
}

// resolve prepares what is compared by value rather than as text.
func (c *clause) resolve() error {
	text := c.term.text
	var err error
	switch c.field {
	case fieldCreated, fieldModified, fieldContentDate:
		c.time, err = parseDate(text)
	case fieldParents:
		c.id, _ = parseID(text)
	case fieldMD5:
		if raw, bad := hex.DecodeString(text); bad == nil && len(raw) == len(c.md5) && strings.ToLower(text) == text {
			copy(c.md5[:], raw)
		}
	}
	return err
}

func parseDate(text string) (int64, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, errFilter("not a date: " + text)
	}
	return t.UnixMilli(), nil
}
