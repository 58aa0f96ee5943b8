package query

import (
	"crypto/md5"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// This package is the query language of the filters parameter.

type Field uint8

const (
	IsRoot Field = iota
	Name
	Kind
	Status
	Created
	Modified
	Labels
	Description
	Parents
	Size
	ContentType
	MD5
	ContentDate
	Extension
)

// ability is a set of operations that a field allows.
type ability uint8

const (
	canEqual ability = 1 << iota
	canPrefix
	canRange
	canSort
	canGroup
)

type fieldInfo struct {
	id  Field
	can ability
}

var filterFields = map[string]fieldInfo{
	"isRoot":                        {IsRoot, canEqual},
	"name":                          {Name, canEqual | canPrefix | canSort},
	"kind":                          {Kind, canEqual | canSort},
	"status":                        {Status, canEqual | canSort},
	"createdDate":                   {Created, canEqual | canRange | canSort},
	"modifiedDate":                  {Modified, canEqual | canRange | canSort},
	"labels":                        {Labels, canEqual | canGroup},
	"description":                   {Description, canEqual},
	"parents":                       {Parents, canEqual},
	"parentIds":                     {Parents, canEqual},
	"contentProperties.size":        {Size, canSort},
	"contentProperties.contentType": {ContentType, canPrefix | canSort},
	"contentProperties.md5":         {MD5, canEqual},
	"contentProperties.contentDate": {ContentDate, canEqual | canRange | canSort},
	"contentProperties.extension":   {Extension, canSort},
}

// A Subject is a node as searches see it. A method has a result only for the fields of its type.
type Subject interface {
	// Text returns the value of a text field, in the form in which values are compared and sorted.
	// It reports false if the node has no such value; the returned text is then used only for
	// sorting.
	Text(Field) (value string, ok bool)
	// Number returns the value of a date in Unix milliseconds, or the value of a size in bytes.
	Number(Field) (value int64, ok bool)
	IsRoot() bool
	Labels() []string
	HasParent(ids.Node) bool
	MD5() (sum [md5.Size]byte, ok bool)
}

// term is the value with which a field is compared.
type term struct {
	Text   string // in lower case if the comparison ignores case
	prefix bool
}

// clause is one condition on one field: a value, a range of dates, or a group of values.
type clause struct {
	field  Field
	Term   term
	time   int64          // the term as a date
	ID     ids.Node       // the term as an id
	MD5    [md5.Size]byte // the term as a digest
	ranged bool
	lo, hi bound
	group  []clause // used instead of a term, if not nil
	any    bool     // the values of the group are joined with OR
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

// Filter is a list of conditions that must all hold.
type Filter []clause

// Exact returns the last condition that compares the field with one whole value, or nil. The result
// of the filter has only nodes that meet this condition, so it may be used to choose an index.
func (f Filter) Exact(field Field) *clause {
	for i := range slices.Backward(f) {
		if c := &f[i]; c.field == field && c.group == nil && !c.ranged && !c.Term.prefix {
			return c
		}
	}
	return nil
}

// ByStatus reports whether the filter has a condition on the status, and whether only available
// nodes can match.
func (f Filter) ByStatus() (asked, liveOnly bool) {
	liveOnly = true
	for _, c := range f {
		if c.field == Status {
			asked = true
			liveOnly = c.group == nil && c.Term.Text == "available"
		}
	}
	return asked, liveOnly
}

// Match reports whether a node meets all conditions.
func (f Filter) Match(s Subject) bool {
	for i := range f {
		if !f[i].match(s) {
			return false
		}
	}
	return true
}

func (c *clause) match(s Subject) bool {
	if c.group != nil {
		matches := func(one clause) bool { return one.match(s) }
		if c.any {
			return slices.ContainsFunc(c.group, matches)
		}
		return !slices.ContainsFunc(c.group, func(one clause) bool { return !matches(one) })
	}
	switch c.field {
	case IsRoot:
		return s.IsRoot()
	case Labels:
		return slices.ContainsFunc(s.Labels(), c.matchText)
	case Parents:
		return s.HasParent(c.ID)
	case MD5:
		sum, ok := s.MD5()
		return ok && sum == c.MD5 && c.MD5 != [md5.Size]byte{}
	case Created, Modified:
		ms, ok := s.Number(c.field)
		return ok && c.matchDate(ms)
	case ContentDate:
		text, _ := s.Text(c.field)
		ms, err := parseDate(text)
		return err == nil && c.matchDate(ms)
	}
	text, ok := s.Text(c.field)
	return ok && c.matchText(text)
}

func (c *clause) matchText(s string) bool {
	if c.Term.prefix {
		return strings.HasPrefix(s, c.Term.Text)
	}
	return s == c.Term.Text
}

func (c *clause) matchDate(ms int64) bool {
	if c.ranged {
		return c.lo.admits(ms, true) && c.hi.admits(ms, false)
	}
	return ms == c.time
}
