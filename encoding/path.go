package encoding

import "strings"

const fullSlash = "\uFF0F" // FULLWIDTH SOLIDUS, which stands in for a slash

// DecodeElement returns the element of a slash-separated path for a stored
// name. A name may hold a slash, an element may not: there the slash alone stays in its stored form
// "／", and a "／" of the name's own is quoted as "‛／".
func (e Encoding) DecodeElement(stored string) string { return hideSlashes(e.Decode(stored)) }

// EncodeElement returns the stored name for an element of a path.
func (e Encoding) EncodeElement(element string) string { return e.Encode(showSlashes(element)) }

// DecodePath decodes every element of a slash-separated path of stored names.
func (e Encoding) DecodePath(path string) string { return mapElements(path, e.DecodeElement) }

// EncodePath encodes every element of a slash-separated path.
func (e Encoding) EncodePath(path string) string { return mapElements(path, e.EncodeElement) }

func mapElements(path string, f func(string) string) string {
	elements := strings.Split(path, "/")
	for i, el := range elements {
		elements[i] = f(el)
	}
	return strings.Join(elements, "/")
}

// hideSlashes writes a slash as "／" and "／" as "‛／", and doubles the quote characters right
// before either, which alone makes the way back unique. All else stays.
func hideSlashes(name string) string {
	if !strings.ContainsAny(name, "/"+fullSlash) {
		return name
	}
	var b strings.Builder
	quotes := 0
	for i := 0; i < len(name); {
		switch rest := name[i:]; {
		case strings.HasPrefix(rest, string(quote)):
			quotes++
			b.WriteRune(quote)
			i += quoteLen
			continue
		case rest[0] == '/':
			writeQuotes(&b, quotes)
			b.WriteString(fullSlash)
			i++
		case strings.HasPrefix(rest, fullSlash):
			writeQuotes(&b, quotes+1)
			b.WriteString(fullSlash)
			i += len(fullSlash)
		default:
			b.WriteByte(rest[0])
			i++
		}
		quotes = 0
	}
	return b.String()
}

func writeQuotes(b *strings.Builder, n int) {
	for range n {
		b.WriteRune(quote)
	}
}

// showSlashes is the reverse of hideSlashes.
func showSlashes(element string) string {
	if !strings.Contains(element, fullSlash) {
		return element
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(element, fullSlash)
		if !found {
			b.WriteString(element)
			return b.String()
		}
		text := strings.TrimRight(before, string(quote))
		quotes := (len(before) - len(text)) / quoteLen
		b.WriteString(text)
		writeQuotes(&b, quotes/2)
		if quotes%2 == 0 {
			b.WriteByte('/')
		} else {
			b.WriteString(fullSlash)
		}
		element = after
	}
}
