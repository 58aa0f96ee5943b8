package mocks

import (
	"crypto/md5"
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

// subject is a node as searches see it. Each method answers for the fields of its kind only.
type subject interface {
	// text is the value of a field that holds text, in the form in which it is compared and sorted. It
	// is not ok if the node has no such value; what it returns then serves only for sorting.
	text(fieldID) (value string, ok bool)
	// number is the value of a date in Unix milliseconds, or of a size in bytes.
	number(fieldID) (value int64, ok bool)
	isRoot() bool
	labels() []string
	hasParent(nodeID) bool
	md5() (sum [md5.Size]byte, ok bool)
}

// term is what a field is compared with.
type term struct {
	text   string // lower-cased where the comparison ignores case
	prefix bool
}

// clause is one condition on one field: a value, a range of dates, or a group of values.
type clause struct {
	field  fieldID
	term   term
	time   int64          // the term as a date
	id     nodeID         // the term as an id
	md5    [md5.Size]byte // the term as a digest
	ranged bool
	lo, hi bound
	group  []clause // instead of a term
	any    bool     // the group is joined with OR
}

type bound struct {
	open      bool // no bound at this end
	exclusive bool
	ms        int64
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

// filter is a list of conditions that must all hold.
type filter []clause

// exact is the last clause that compares the field with one whole value, or nil. What it excludes is
// excluded from the result, so that it may choose an index.
func (f filter) exact(field fieldID) *clause {
	for i := range slices.Backward(f) {
		if c := &f[i]; c.field == field && c.group == nil && !c.ranged && !c.term.prefix {
			return c
		}
	}
	return nil
}

// byStatus says whether the filter asks for a status, and whether it can match available nodes only.
func (f filter) byStatus() (asked, liveOnly bool) {
	liveOnly = true
	for _, c := range f {
		if c.field == fieldStatus {
			asked = true
			liveOnly = c.group == nil && c.term.text == "available"
		}
	}
	return asked, liveOnly
}

// match says whether all conditions hold for a node.
func (f filter) match(s subject) bool {
	for i := range f {
		if !f[i].match(s) {
			return false
		}
	}
	return true
}

func (c *clause) match(s subject) bool {
	if c.group != nil {
		matches := func(one clause) bool { return one.match(s) }
		if c.any {
			return slices.ContainsFunc(c.group, matches)
		}
		return !slices.ContainsFunc(c.group, func(one clause) bool { return !matches(one) })
	}
	switch c.field {
	case fieldIsRoot:
		return s.isRoot()
	case fieldLabels:
		return slices.ContainsFunc(s.labels(), c.matchText)
	case fieldParents:
		return s.hasParent(c.id)
	case fieldMD5:
		sum, ok := s.md5()
		return ok && sum == c.md5 && c.md5 != [md5.Size]byte{}
	case fieldCreated, fieldModified:
		ms, ok := s.number(c.field)
		return ok && c.matchDate(ms)
	case fieldContentDate:
		text, _ := s.text(c.field)
		ms, err := parseDate(text)
		return err == nil && c.matchDate(ms)
	}
	text, ok := s.text(c.field)
	return ok && c.matchText(text)
}

func (c *clause) matchText(s string) bool {
	if c.term.prefix {
		return strings.HasPrefix(s, c.term.text)
	}
	return s == c.term.text
}

func (c *clause) matchDate(ms int64) bool {
	if c.ranged {
		return c.lo.admits(ms, true) && c.hi.admits(ms, false)
	}
	return ms == c.time
}
