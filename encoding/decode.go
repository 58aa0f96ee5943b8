package encoding

import (
	"strings"
	"unicode/utf8"
)

// Decode returns the name that was stored. What no [Encoding.Encode] wrote is
// read as rclone reads it. A name in which nothing is encoded is returned as it is,
// without an allocation.
func (e Encoding) Decode(stored string) string {
	if nextCoded(stored) == len(stored) {
		return stored
	}
	hex := e&InvalidUtf8 != 0
	if !hex && e&ends != 0 {
		// Hex is read only where Encode wrote it: rclone takes it literally.
		if name := e.decode(stored, true); e.Encode(name) == stored {
			return name
		}
	}
	return e.decode(stored, hex)
}

// decode reads quoted hex digits as a byte if hex is set, else as they are.
func (e Encoding) decode(stored string, hex bool) string {
	if e&Dot != 0 {
		if name := decodeDots(stored); name != "" {
			return name
		}
	}
	var buf [128]byte
	out, body := e.decodeFirst(buf[:0], stored)
	body, last := e.decodeLast(body)
	out = e.appendDecoded(out, body, hex)
	return string(append(out, last...))
}

// decodeDots is the reverse of encodeDots.
func decodeDots(stored string) string {
	switch stored {
	case "．":
		return "."
	case "．．":
		return ".."
	case "‛．":
		return "．"
	case "‛．‛．":
		return "．．"
	}
	return ""
}

// decodeFirst reads what a Left flag wrote.
func (e Encoding) decodeFirst(out []byte, s string) (_ []byte, rest string) {
	unquoted, quoted := strings.CutPrefix(s, string(quote))
	r, rest, ok := e.cutFirst(unquoted)
	if !ok || r < utf8.RuneSelf {
		return out, s
	}
	return appendMeant(out, r, quoted), rest
}

// decodeLast reads what a Right flag wrote.
func (e Encoding) decodeLast(s string) (rest string, last []byte) {
	r, rest, ok := e.cutLast(s)
	if !ok || r < utf8.RuneSelf {
		return s, nil
	}
	rest, quoted := strings.CutSuffix(rest, string(quote))
	return rest, appendMeant(nil, r, quoted)
}

// appendMeant appends a replacement character that is meant itself, being quoted,
// or the character that it stands in for.
func appendMeant(out []byte, r rune, quoted bool) []byte {
	if quoted {
		return utf8.AppendRune(out, r)
	}
	c, _ := standsFor(r)
	return append(out, c)
}

// appendDecoded reads what is not at an end.
func (e Encoding) appendDecoded(out []byte, s string, hex bool) []byte {
	for {
		i := nextCoded(s)
		out = append(out, s[:i]...)
		if s = s[i:]; s == "" {
			return out
		}
		unquoted, quoted := strings.CutPrefix(s, string(quote))
		r, size := utf8.DecodeRuneInString(unquoted)
		switch b, isHex := hexByte(unquoted); {
		case quoted && r == quote:
			out, s = utf8.AppendRune(out, quote), unquoted[size:]
		case e.isStandIn(r):
			out, s = appendMeant(out, r, quoted), unquoted[size:]
		case quoted && hex && isHex:
			out, s = append(out, b), unquoted[2:]
		case quoted: // nothing follows that could be
			out, s = utf8.AppendRune(out, quote), unquoted
		default: // a replacement character of another flag
			out, s = utf8.AppendRune(out, r), unquoted[size:]
		}
	}
}

// nextCoded returns the index of the first quote or replacement character of any
// flag in s, or len(s).
func nextCoded(s string) int {
	for i := range len(s) {
		if !mayStandIn(s[i]) {
			continue
		}
		r, _ := utf8.DecodeRuneInString(s[i:])
		if _, ok := standsFor(r); ok || r == quote {
			return i
		}
	}
	return len(s)
}

func hexByte(s string) (byte, bool) {
	if len(s) < 2 {
		return 0, false
	}
	hi, lo := hexDigit(s[0]), hexDigit(s[1])
	return hi<<4 | lo, hi < 16 && lo < 16
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
