package encoding

import "strings"

const fullSlash = "\uFF0F" // FULLWIDTH SOLIDUS, the replacement character for a slash

// DecodeElement returns the path element for a stored name. A name may hold a slash, but an element
// of a slash-separated path may not. So in the element a slash keeps its stored form "／", and a "／"
// that belongs to the name is quoted as "‛／". All other characters are decoded. Under any set of
// flags, two different names have different elements, and each string without a slash is the
// element of exactly one name.
func (e Encoding) DecodeElement(stored string) string { return hideSlashes(e.Decode(stored)) }

// EncodeElement returns the stored name for an element of a path. It is the reverse of
// [Encoding.DecodeElement]: DecodeElement(EncodeElement(s)) == s for every s without a slash, and
// EncodeElement(DecodeElement(s)) == s for every s that Encode wrote.
func (e Encoding) EncodeElement(element string) string { return e.Encode(showSlashes(element)) }

// DecodePath decodes every element of a slash-separated path of stored names. If nothing in path is
// encoded, DecodePath returns it unchanged and allocates nothing.
func (e Encoding) DecodePath(path string) string { return mapElements(path, e.DecodeElement) }

// EncodePath encodes every element of a slash-separated path. If no element needs encoding,
// EncodePath allocates nothing. If [Slash] is set, DecodePath(EncodePath(s)) == s for every s.
// Without Slash, a stored name may hold a slash, and a path of stored names then cannot tell this
// slash from a separator: encode each element alone.
func (e Encoding) EncodePath(path string) string { return mapElements(path, e.EncodeElement) }

func mapElements(path string, f func(string) string) string {
	var b strings.Builder
	done := 0 // how many bytes of path b already holds or replaces
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

// hideSlashes writes a slash as "／" and "／" as "‛／". It doubles the quote characters directly
// before either of them, because otherwise showSlashes could not tell the two apart. Everything
// else stays unchanged.
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
