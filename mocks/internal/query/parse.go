package query

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// An Error describes what is wrong with a filter or a sort order.
type Error struct{ reason string }

func (e *Error) Error() string { return "Invalid filter: " + e.reason }

func refuse(reason string) error { return &Error{reason} }

type Dialect struct {
	Strict bool // accept field names and AND only as documented
	Photos bool // accept groups, parenthesised clauses, and prefixes on every string
}

type filterParser struct {
	s string
	Dialect
}

// maxFilters is how many conditions the service accepts in one filter.
const maxFilters = 8

const filterSpecials = `+-&|!(){}[]^'"~*?:\ `

// ParseFilter reads the value of the filters parameter. An empty value is an empty filter.
func ParseFilter(s string, dialect Dialect) (Filter, error) {
	if s == "" {
		return nil, nil
	}
	p := filterParser{s: s, Dialect: dialect}
	var f Filter
	for {
		c, err := p.clause()
		if err != nil {
			return nil, err
		}
		if f = append(f, c); len(f) > maxFilters {
			return nil, refuse("more than 8 filter parameters")
		}
		if p.s == "" {
			return f, nil
		}
		if !p.and() {
			return nil, refuse("expected AND before " + p.s)
		}
	}
}

func (p *filterParser) and() bool {
	const word = " AND "
	if len(p.s) < len(word) || !strings.EqualFold(p.s[:len(word)], word) || p.Strict && p.s[:len(word)] != word {
		return false
	}
	p.s = p.s[len(word):]
	return true
}

func (p *filterParser) clause() (clause, error) {
	if strings.HasPrefix(p.s, "(") {
		if !p.Photos {
			return clause{}, refuse("unexpected ( at " + p.s)
		}
		p.s = p.s[1:]
		c, err := p.clause()
		if err == nil && !strings.HasPrefix(p.s, ")") {
			err = refuse("unbalanced (")
		}
		if err != nil {
			return c, err
		}
		p.s = p.s[1:]
		return c, nil
	}
	name, rest, ok := strings.Cut(p.s, ":")
	if !ok {
		return clause{}, refuse("expected field:value at " + p.s)
	}
	info, ok := p.lookup(name)
	if !ok {
		return clause{}, refuse("unknown field " + name)
	}
	p.s = rest
	c := clause{field: info.id}
	switch {
	case strings.HasPrefix(p.s, "["), strings.HasPrefix(p.s, "{"):
		if info.can&canRange == 0 {
			return c, refuse("no range on " + name)
		}
		return c, p.rangeOf(&c)
	case strings.HasPrefix(p.s, "("):
		if info.can&canGroup == 0 && !p.Photos {
			return c, refuse("no group on " + name)
		}
		return c, p.group(&c, info)
	}
	t, err := p.term(info)
	if err != nil {
		return c, err
	}
	c.Term = t
	return c, c.resolve()
}

func (p *filterParser) lookup(name string) (fieldInfo, bool) {
	if info, ok := filterFields[name]; ok || p.Strict {
		return info, ok
	}
	for k, info := range filterFields {
		if strings.EqualFold(k, name) {
			return info, true
		}
	}
	return fieldInfo{}, false
}

// term reads a value, with or without quotes.
func (p *filterParser) term(info fieldInfo) (term, error) {
	var t term
	var err error
	if strings.HasPrefix(p.s, `"`) {
		t.Text, err = p.quoted(info.id == Parents || info.can&canRange != 0)
	} else {
		t.Text, t.prefix, err = p.plain(info.id == Parents)
	}
	if err != nil {
		return t, err
	}
	if t.prefix {
		if info.can&canPrefix == 0 && !p.Photos {
			return t, refuse("no prefix on this field: " + t.Text + "*")
		}
		if info.id == ContentType && !p.Photos && strings.Contains(t.Text, "/") {
			return t, refuse("only the major content type can be matched")
		}
	} else if info.can&canEqual == 0 && !p.Photos {
		return t, refuse("no equality on this field: " + t.Text)
	}
	switch info.id {
	case Name, ContentType, Kind, Status:
		t.Text = strings.ToLower(t.Text)
	case IsRoot:
		if t.Text != "true" {
			return t, refuse("isRoot must be true")
		}
	}
	return t, nil
}

// plain reads a value without quotes, up to the next space or the end of a group. Ids may contain a
// hyphen without an escape.
func (p *filterParser) plain(hyphen bool) (text string, prefix bool, err error) {
	text, err = p.word(hyphen)
	if err != nil {
		return "", false, err
	}
	if prefix = p.s != "" && p.s[0] == '*'; prefix {
		p.s = p.s[1:]
		if text == "" || p.s != "" && p.s[0] != ' ' && p.s[0] != ')' {
			return "", false, refuse("* is allowed only at the end of a value")
		}
	}
	if text == "" {
		return "", false, refuse("empty value")
	}
	return text, prefix, nil
}

// word reads up to the character that ends a value without quotes: a space, a ) or a *.
func (p *filterParser) word(hyphen bool) (string, error) {
	var b strings.Builder
	for p.s != "" {
		switch c := p.s[0]; {
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
			continue
		case c == ' ', c == ')', c == '*':
			return b.String(), nil
		case c == '-' && hyphen:
		case strings.IndexByte(filterSpecials, c) >= 0:
			return "", refuse("unescaped " + string(c))
		}
		b.WriteByte(p.s[0])
		p.s = p.s[1:]
	}
	return b.String(), nil
}

// quoted reads a value in quotes. In dates and ids, - and : need no escape. In the dialect of
// Photos, only quotes and \ need one.
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
		case p.Photos, loose && (c == '-' || c == ':' || c == '+'):
		case strings.IndexByte(filterSpecials, c) >= 0:
			return "", refuse("unescaped " + string(c) + " in quotes")
		}
		b.WriteByte(c)
		p.s = p.s[1:]
	}
	return "", refuse("unbalanced quote")
}

func (p *filterParser) escape(b *strings.Builder) error {
	if len(p.s) < 2 || strings.IndexByte(filterSpecials, p.s[1]) < 0 {
		return refuse(`\ before a character that is not special`)
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
		return refuse("expected TO in a range")
	}
	p.s = p.s[len(to):]
	if err := p.bound(&c.hi); err != nil {
		return err
	}
	if p.s == "" || p.s[0] != ']' && p.s[0] != '}' {
		return refuse("unbalanced bracket")
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
		return refuse("a bound of a range is * or quoted")
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
		one := clause{field: c.field, Term: t}
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
			return refuse("unbalanced (")
		case joined != "" && joined != word:
			return refuse("AND and OR in one group")
		case word == " OR " && !p.Photos:
			return refuse("no OR on this field")
		}
		joined, p.s = word, p.s[len(word):]
	}
	c.any = joined == " OR "
	if len(c.group) == 1 {
		*c = c.group[0]
	}
	return nil
}

// resolve converts the value of a field that is not compared as text: a date, an id or an MD5.
func (c *clause) resolve() error {
	text := c.Term.Text
	var err error
	switch c.field {
	case Created, Modified, ContentDate:
		c.time, err = parseDate(text)
	case Parents:
		c.ID, _ = ids.Parse(text)
	case MD5:
		if raw, bad := hex.DecodeString(text); bad == nil && len(raw) == len(c.MD5) && strings.ToLower(text) == text {
			copy(c.MD5[:], raw)
		}
	}
	return err
}

func parseDate(text string) (int64, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, refuse("not a date: " + text)
	}
	return t.UnixMilli(), nil
}
