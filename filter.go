package acd

import "strings"

// A Filter selects nodes on the service's side. The zero value selects all.
type Filter struct{ text string }

// RawFilter is an expression of the service's query language, sent as it is.
func RawFilter(expression string) Filter { return Filter{expression} }

func (f Filter) query() (string, error) { return f.text, nil }

func exactly(field, value string) Filter { return Filter{field + ":" + escapeTerm(value)} }

// escapeTerm quotes every character that the query language gives a meaning.
func escapeTerm(value string) string {
	var b strings.Builder
	for _, r := range value {
		if strings.ContainsRune("+-&|!(){}[]^'\"~*?:\\ ", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
