package encoding

import (
	"strings"
	"unicode/utf8"
)

// Decode returns the name whose stored form is stored. If no [Encoding.Encode] can have written
// stored, Decode reads it as rclone does. If nothing in stored is encoded, Decode returns it
// unchanged and allocates nothing.
func (e Encoding) Decode(stored string) string {
	if nextCoded(stored) == len(stored) {
		return stored
	}
	hex := e&InvalidUtf8 != 0
	if !hex && e&ends != 0 {
		// Hex is read only where Encode wrote it, because rclone reads hex literally without
		// InvalidUtf8.
		if name := e.decode(stored, true); e.Encode(name) == stored {
			return name
		}
	}
	return e.decode(stored, hex)
}

// decode reads quoted hex digits as a byte if hex is set. Otherwise they stay unchanged.
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

// decodeFirst reads the character that a Left flag encoded.
func (e Encoding) decodeFirst(out []byte, s string) (_ []byte, rest string) {
	unquoted, quoted := strings.CutPrefix(s, string(quote))
	r, rest, ok := e.cutFirst(unquoted)
	if !ok || r < utf8.RuneSelf {
		return out, s
	}
	return appendMeant(out, r, quoted), rest
}

// decodeLast reads the character that a Right flag encoded.
func (e Encoding) decodeLast(s string) (rest string, last []byte) {
	r, rest, ok := e.cutLast(s)
	if !ok || r < utf8.RuneSelf {
		return s, nil
	}
	rest, quoted := strings.CutSuffix(rest, string(quote))
	return rest, appendMeant(nil, r, quoted)
}

// appendMeant appends the replacement character r itself if it was quoted. Otherwise it appends the
// character that r replaces.
func appendMeant(out []byte, r rune, quoted bool) []byte {
	if quoted {
		return utf8.AppendRune(out, r)
	}
	c, _ := standsFor(r)
	return append(out, c)
}

// appendDecoded decodes the part of a name between its two ends.
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
		case quoted: // a quote before a character that needs no quote
			out, s = utf8.AppendRune(out, quote), unquoted
		default: // a replacement character of a flag that is not set
			out, s = utf8.AppendRune(out, r), unquoted[size:]
		}
	}
}

// nextCoded returns the index in s of the first quote, or of the first replacement character of any
// flag. If there is none, it returns len(s).
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
