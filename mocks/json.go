package mocks

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string as the service does: it also escapes < > & ' and =.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		n, plain := 1, isPlain(s[i])
		if s[i] >= utf8.RuneSelf {
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			plain = !(r == utf8.RuneError && n == 1) && r != '\u2028' && r != '\u2029'
		}
		if !plain {
			b = append(b, s[start:i]...)
			b = appendEscaped(b, s[i:i+n])
			start = i + n
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// isPlain reports whether a byte needs no escape in a string.
func isPlain(c byte) bool {
	switch c {
	case '"', '\\', '<', '>', '&', '\'', '=':
		return false
	}
	return c >= ' '
}

// appendEscaped writes one character that needs an escape.
func appendEscaped(b []byte, char string) []byte {
	switch char {
	case `"`, `\`:
		return append(b, '\\', char[0])
	case "\n":
		return append(b, '\\', 'n')
	case "\r":
		return append(b, '\\', 'r')
	case "\t":
		return append(b, '\\', 't')
	}
	r, _ := utf8.DecodeRuneInString(char)
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

func appendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendMap(b []byte, m map[string]string) []byte {
	b = append(b, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, k)
		b = append(b, ':')
		b = appendString(b, m[k])
	}
	return append(b, '}')
}
