package mocks

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The query language of the filters parameter.

type fieldID uint8

const (
	fieldIsRoot fieldID = iota
	fieldName
	fieldKind
	fieldStatus
	fieldCreated
	fieldModified
	fieldLabels
	fieldDescription
	fieldParents
	fieldSize
	fieldContentType
	fieldMD5
	fieldContentDate
	fieldExtension
)

// ability is what may be asked of a field.
type ability uint8

const (
	canEqual ability = 1 << iota
	canPrefix
	canRange
	canSort
	canGroup
)

type fieldInfo struct {
	id  fieldID
	can ability
}

var filterFields = map[string]fieldInfo{
	"isRoot":                        {fieldIsRoot, canEqual},
	"name":                          {fieldName, canEqual | canPrefix | canSort},
	"kind":                          {fieldKind, canEqual | canSort},
	"status":                        {fieldStatus, canEqual | canSort},
	"createdDate":                   {fieldCreated, canEqual | canRange | canSort},
	"modifiedDate":                  {fieldModified, canEqual | canRange | canSort},
	"labels":                        {fieldLabels, canEqual | canGroup},
	"description":                   {fieldDescription, canEqual},
	"parents":                       {fieldParents, canEqual},
	"parentIds":                     {fieldParents, canEqual},
	"contentProperties.size":        {fieldSize, canSort},
	"contentProperties.contentType": {fieldContentType, canPrefix | canSort},
	"contentProperties.md5":         {fieldMD5, canEqual},
	"contentProperties.contentDate": {fieldContentDate, canEqual | canRange | canSort},
	"contentProperties.extension":   {fieldExtension, canSort},
}

// term is one thing that a field is compared with.
type term struct {
	text   string // lower-cased where the comparison ignores case
	prefix bool
}

type clause struct {
	field  fieldID
	terms  []term // one, or those of a group
	any    bool   // the group is joined with OR
	ranged bool
	lo, hi bound
	time   int64 // of an equality of dates
	id     nodeID
	md5    [16]byte
}

type bound struct {
	open      bool // no bound at this end
	exclusive bool
	ms        int64
}

type filter []clause

func errFilter(why string) error {
	return refuse(http.StatusBadRequest, "", "Invalid filter: %s", why)
}

type filterDialect struct {
	strict bool // field names and AND only as documented
	photos bool // groups, parenthesised clauses, prefixes on every string
}

type filterParser struct {
	s string
	filterDialect
}

const filterSpecials = `+-&|!(){}[]^'"~*?:\ `

func parseFilter(s string, dialect filterDialect) (filter, error) {
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
	c.terms = []term{t}
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
		c.terms = append(c.terms, t)
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
	if len(c.terms) == 1 {
		return c.resolve()
	}
	return nil
}

// resolve prepares what is compared by value rather than as text.
func (c *clause) resolve() error {
	text := c.terms[0].text
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

func (b bound) admits(ms int64, low bool) bool {
	switch {
	case b.open:
		return true
	case ms == b.ms:
		return !b.exclusive
	}
	return (ms > b.ms) == low
}

// byStatus says whether the filter asks for a status, and whether it can match live nodes only.
func (f filter) byStatus() (asked, liveOnly bool) {
	liveOnly = true
	for _, c := range f {
		if c.field == fieldStatus {
			asked = true
			liveOnly = len(c.terms) == 1 && c.terms[0].text == "available"
		}
	}
	return asked, liveOnly
}

// match compares what searches know of n.
func (f filter) match(n, root *node, v *view) bool {
	for i := range f {
		if !f[i].match(n, root, v) {
			return false
		}
	}
	return true
}

func (c *clause) match(n, root *node, v *view) bool {
	if len(c.terms) > 1 {
		for i := range c.terms {
			one := clause{field: c.field, terms: c.terms[i : i+1]}
			if one.resolve() == nil && one.match(n, root, v) == c.any {
				return c.any
			}
		}
		return !c.any
	}
	switch c.field {
	case fieldIsRoot:
		return n == root
	case fieldName:
		if n == root {
			return false
		}
		if v != nil {
			return c.text(v.lower)
		}
		return c.text(n.lower)
	case fieldKind:
		return c.text(strings.ToLower(n.kind.String()))
	case fieldStatus:
		s := n.status
		if v != nil {
			s = v.status
		}
		return c.text(strings.ToLower(s.String()))
	case fieldCreated:
		return c.date(n.created)
	case fieldModified:
		return c.date(n.modified)
	case fieldContentDate:
		ms, err := parseDate(n.more().contentDate)
		return err == nil && c.date(ms)
	case fieldLabels:
		return slices.ContainsFunc(n.more().labels, c.text)
	case fieldDescription:
		return c.text(n.more().description)
	case fieldParents:
		return c.parent(n, v)
	case fieldContentType:
		return n.blob != nil && c.text(strings.ToLower(n.mime))
	case fieldExtension:
		return n.blob != nil && c.text(extension(n.name))
	case fieldMD5:
		return n.blob != nil && n.blob.md5 == c.md5 && c.md5 != [16]byte{}
	}
	return false
}

func (c *clause) parent(n *node, v *view) bool {
	if v != nil {
		return slices.ContainsFunc(v.parents, func(p *node) bool { return p.id == c.id })
	}
	return slices.ContainsFunc(n.edges, func(e edge) bool { return e.parent.id == c.id })
}

func (c *clause) text(s string) bool {
	t := c.terms[0]
	if t.prefix {
		return strings.HasPrefix(s, t.text)
	}
	return s == t.text
}

func (c *clause) date(ms int64) bool {
	if c.ranged {
		return c.lo.admits(ms, true) && c.hi.admits(ms, false)
	}
	return ms == c.time
}
