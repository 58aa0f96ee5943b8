package acd

import (
	"fmt"
	"strings"
	"time"

	"github.com/acd-sdk/acd/encoding"
)

// A Filter makes the service select nodes. The zero value selects all. Filters are made from a
// [Field] and joined by [And]. If a filter is wrong, the call that gets it fails with [ErrInvalid]
// before anything is sent.
type Filter struct {
	terms  []term
	photos bool // written in the dialect of Amazon Photos
}

// term is one field:value of an expression, or a raw part of one.
type term struct {
	field Field
	raw   string                                  // if not empty, sent unchanged
	value func(encoding.Encoding) (string, error) // returns the value as the query language writes it
}

// maxTerms is the service's own limit on the terms of a filter.
const maxTerms = 8

// A Field is a field of a node that a filter tests. The service decides which tests each field has:
// see each method.
type Field string

const (
	FieldName        Field = "name"
	FieldKind        Field = "kind"
	FieldStatus      Field = "status"
	FieldCreated     Field = "createdDate"
	FieldModified    Field = "modifiedDate"
	FieldLabels      Field = "labels"
	FieldDescription Field = "description"
	FieldParents     Field = "parents"
	FieldIsRoot      Field = "isRoot"
	FieldContentType Field = "contentProperties.contentType"
	FieldMD5         Field = "contentProperties.md5"
	FieldContentDate Field = "contentProperties.contentDate"
)

// tests are the tests that the service has for a field.
type tests struct{ equality, prefix, dates bool }

func (f Field) tests() tests {
	switch f {
	case FieldName:
		return tests{equality: true, prefix: true}
	case FieldKind, FieldStatus, FieldLabels, FieldDescription, FieldParents, FieldIsRoot, FieldMD5:
		return tests{equality: true}
	case FieldCreated, FieldModified, FieldContentDate:
		return tests{equality: true, dates: true}
	case FieldContentType:
		return tests{prefix: true}
	}
	return tests{}
}

func (f Field) filter(allowed bool, what string, value func(encoding.Encoding) (string, error)) Filter {
	if !allowed {
		value = func(encoding.Encoding) (string, error) {
			return "", fmt.Errorf("the service has no test for %s of %q", what, string(f))
		}
	}
	return Filter{terms: []term{{field: f, value: value}}}
}

// Is selects nodes whose field equals value. For labels and parents, it selects nodes that have
// value among theirs. Every field except [FieldContentType] has this test. Give a name in the
// caller's form (see [WithNameEncoding]). [FieldIsRoot] can only be compared with "true". Compare
// dates with [Field.Between].
func (f Field) Is(value string) Filter {
	return f.filter(f.tests().equality, "equality", func(e encoding.Encoding) (string, error) {
		switch {
		case value == "":
			return "", fmt.Errorf("an empty value for %q", string(f))
		case f == FieldIsRoot && value != "true":
			return "", fmt.Errorf("%q can only be \"true\"", string(f))
		case f == FieldMD5:
			value = strings.ToLower(value)
		case f == FieldName:
			return escapeTerm(e.Encode(value)), nil
		}
		return escapeTerm(value), nil
	})
}

// HasPrefix selects nodes whose field begins with prefix. Only [FieldName] and [FieldContentType]
// have this test; for the latter, prefix is a major type such as "image".
func (f Field) HasPrefix(prefix string) Filter {
	return f.filter(f.tests().prefix, "a prefix", func(e encoding.Encoding) (string, error) {
		switch {
		case prefix == "":
			return "", fmt.Errorf("an empty prefix for %q", string(f))
		case f == FieldContentType && strings.ContainsAny(prefix, "/"):
			return "", fmt.Errorf("%q has a test for a major type such as \"image\" only, not for %q", string(f), prefix)
		case f == FieldName:
			return escapeTerm(e.Encode(prefix)) + "*", nil
		}
		return escapeTerm(prefix) + "*", nil
	})
}

// Between selects nodes whose date is between from and to; both ends are included. If one of them
// is the zero time, the range has no limit at that end. Only dates have this test.
func (f Field) Between(from, to time.Time) Filter { return f.dates("[", from, to, "]") }

// After selects nodes whose date is after t. Only dates have this test.
func (f Field) After(t time.Time) Filter { return f.dates("{", t, time.Time{}, "]") }

// Before selects nodes whose date is before t. Only dates have this test.
func (f Field) Before(t time.Time) Filter { return f.dates("[", time.Time{}, t, "}") }

func (f Field) dates(open string, from, to time.Time, end string) Filter {
	return f.filter(f.tests().dates, "a range", func(encoding.Encoding) (string, error) {
		if from.IsZero() && to.IsZero() {
			return "", fmt.Errorf("a range of %q that is open at both ends", string(f))
		}
		lo, hi := bound(from), bound(to)
		// An open end is written as "*", with the bracket that excludes the bound.
		if lo == "*" {
			open = "{"
		}
		if hi == "*" {
			end = "}"
		}
		return open + lo + " TO " + hi + end, nil
	})
}

func bound(t time.Time) string {
	if t.IsZero() {
		return "*"
	}
	return `"` + t.UTC().Format("2006-01-02T15:04:05.000Z") + `"`
}

// RawFilter returns a filter that sends an expression of the service's query language unchanged.
func RawFilter(expression string) Filter {
	if expression == "" {
		return Filter{}
	}
	return Filter{terms: []term{{raw: expression}}}
}

// And selects the nodes that all of filters select. The service takes at most eight terms. It has
// no "or" and no "not".
func And(filters ...Filter) Filter {
	var all Filter
	for _, f := range filters {
		all.terms = append(all.terms, f.terms...)
		all.photos = all.photos || f.photos
	}
	return all
}

// PhotosAnyOf selects nodes whose field is one of values. The whole expression is then written in
// the dialect of Amazon Photos. The classic service does not know that dialect and refuses the
// expression.
func PhotosAnyOf(f Field, values ...string) Filter {
	g := f.filter(f.tests().equality, "equality", func(encoding.Encoding) (string, error) {
		if len(values) == 0 {
			return "", fmt.Errorf("no values for %q", string(f))
		}
		escaped := make([]string, len(values))
		for i, v := range values {
			escaped[i] = escapeTerm(v)
		}
		return "(" + strings.Join(escaped, " OR ") + ")", nil
	})
	g.photos = true
	return g
}

// query returns the expression as it is sent. e encodes the names in it.
func (f Filter) query(e encoding.Encoding) (string, error) {
	if len(f.terms) > maxTerms {
		return "", fmt.Errorf("%w: a filter of %d terms, and the service takes %d", ErrInvalid, len(f.terms), maxTerms)
	}
	parts := make([]string, len(f.terms))
	for i, t := range f.terms {
		if t.raw != "" {
			parts[i] = t.raw
			continue
		}
		value, err := t.value(e)
		if err != nil {
			return "", fmt.Errorf("%w: filter: %w", ErrInvalid, err)
		}
		parts[i] = string(t.field) + ":" + value
		if f.photos && !strings.HasPrefix(value, "(") {
			parts[i] = string(t.field) + ":(" + value + ")"
		}
	}
	return strings.Join(parts, " AND "), nil
}

// special are the characters that have a meaning in the query language.
const special = "+-&|!(){}[]^'\"~*?:\\ "

// escapeTerm puts a backslash before every character that has a meaning in the query language.
func escapeTerm(value string) string {
	var b strings.Builder
	for _, r := range value {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
