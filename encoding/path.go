package encoding

import "strings"

const fullSlash = "\uFF0F" // FULLWIDTH SOLIDUS, which stands in for a slash

// DecodeElement returns the element of a slash-separated path for a stored
// name. A name may hold a slash, an element may not: there the slash alone stays in its stored form
// "／", and a "／" of the name's own is quoted as "‛／". Under any set of flags each name has an
// element of its own, and each string without a slash is the element of one name.
func (e Encoding) DecodeElement(stored string) string { return hideSlashes(e.Decode(stored)) }

// EncodeElement returns the stored name for an element of a path. It is the reverse of
// [Encoding.DecodeElement]: DecodeElement(EncodeElement(s)) == s for every s without a slash, and
// EncodeElement(DecodeElement(s)) == s for every s that Encode wrote.
func (e Encoding) EncodeElement(element string) string { return e.Encode(showSlashes(element)) }

// DecodePath decodes every element of a slash-separated path of stored names. A
// path in which nothing is encoded is returned as it is, without an allocation.
func (e Encoding) DecodePath(path string) string { return mapElements(path, e.DecodeElement) }

// EncodePath encodes every element of a slash-separated path, without an
// allocation if none needs it. DecodePath(EncodePath(s)) == s for every s, if [Slash] is in
// the set. Without it the drive's names may hold slashes that no path of them can tell from
// its own; encode such a path element by element.
func (e Encoding) EncodePath(path string) string { return mapElements(path, e.EncodeElement) }

func mapElements(path string, f func(string) string) string {
	var b strings.Builder
	done := 0 // how much of path is in b
	for start := 0; start < len(path); {
		element, _, _ := strings.Cut(path[start:], "/")
		end := start + len(element)
		if mapped := f(element); mapped != element {
			b.WriteString(path[done:start])
			b.WriteString(mapped)
			done = end
		}
		start = end + 1
	}
	if done == 0 {
		return path
	}
	b.WriteString(path[done:])
	return b.String()
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
