package acd

import (
	"fmt"
	"strings"
	"time"

	"github.com/acd-sdk/acd/encoding"
)

// A Filter selects nodes on the service's side. The zero value selects all.
// Filters are made from a [Field] and joined by [And]; a mistake in one is
// [ErrInvalid] from the call that it is given to, before anything is sent.
type Filter struct {
	terms  []term
	photos bool // in the dialect of Amazon Photos
}

// term is one field:value of an expression, or a raw piece of one.
type term struct {
	field Field
	raw   string                                  // if not empty, sent as it is
	value func(encoding.Encoding) (string, error) // written in the query language
}

// maxTerms is the service's own limit.
const maxTerms = 8

// A Field is what a filter looks at. Which tests a field has is the service's
// choice: see each method.
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

// tests says which tests the service has for a field.
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

// Is selects nodes whose field is value; of labels and parents, those that have
// it among theirs. Every field has it but [FieldContentType]. A name is given
// as the caller's world has it. [FieldIsRoot] knows only "true", and dates are compared by [Field.Between].
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

// HasPrefix selects nodes whose field begins with prefix. Only [FieldName] has it, and
// [FieldContentType] with a major type such as "image".
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

// Between selects nodes whose date is neither before from nor after to. A zero
// time leaves that end open. Only dates have it.
func (f Field) Between(from, to time.Time) Filter { return f.dates("[", from, to, "]") }

// After selects nodes whose date is after t. Only dates have it.
func (f Field) After(t time.Time) Filter { return f.dates("{", t, time.Time{}, "]") }

// Before selects nodes whose date is before t. Only dates have it.
func (f Field) Before(t time.Time) Filter { return f.dates("[", time.Time{}, t, "}") }

func (f Field) dates(open string, from, to time.Time, end string) Filter {
	return f.filter(f.tests().dates, "a range", func(encoding.Encoding) (string, error) {
		if from.IsZero() && to.IsZero() {
			return "", fmt.Errorf("a range of %q that is open at both ends", string(f))
		}
		lo, hi := bound(from), bound(to)
		// An open end is written with the bracket that leaves its bound out.
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

// RawFilter is an expression of the service's query language, sent as it is.
func RawFilter(expression string) Filter {
	if expression == "" {
		return Filter{}
	}
	return Filter{terms: []term{{raw: expression}}}
}

// And selects what every one of filters selects. The service takes at most
// eight terms; it has no "or", and no "not".
func And(filters ...Filter) Filter {
	var all Filter
	for _, f := range filters {
		all.terms = append(all.terms, f.terms...)
		all.photos = all.photos || f.photos
	}
	return all
}

// PhotosAnyOf selects nodes whose field is one of values. Only the dialect of
// Amazon Photos has it: the classic service refuses the whole expression, which
// is then written in that dialect.
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

// query writes the expression, with names as the drive has them.
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

// special are the characters that the query language gives a meaning.
const special = "+-&|!(){}[]^'\"~*?:\\ "

// escapeTerm puts a backslash before every character that the query language would not take as text.
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
