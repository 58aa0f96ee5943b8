package mocks

import (
	"slices"
	"strings"
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
