package encoding

import (
	"strings"
	"unicode/utf8"
)

// Encode returns the form of name that the drive stores. A name that needs
// nothing is returned as it is, without an allocation.
//
// The form is rclone's but for the names whose form rclone reads back as another
// name. There are two kinds, both under Left or Right flags only:
//
//   - The last character is replaced, and "‛" stands before it: "‛ " under RightSpace would be
//     "‛‛␠", which reads as "‛" and a "␠" that is quoted.
//   - A period at one end is replaced, the other character is a "．", and Dot
//     is on: ".．" under LeftPeriod would be "．．", which is what ".." is stored as.
//
// Only the character that is misread is written in another way, and in the one
// that rclone has for bytes that are not UTF-8: the quote character and two hex digits, here
// "‛‛‛20" and "‛2E．". rclone never writes that for an ASCII character, so that the
// form is no other name's; and rclone reads it rightly if InvalidUtf8 is on.
func (e Encoding) Encode(name string) string {
	first, body, left := e.cutFirst(name)
	last, body, right := e.cutLast(body)
	if !left && !right && e.next(body) == len(body) && (e&Dot == 0 || encodeDots(name) == "") {
		return name
	}
	if e&Dot != 0 {
		if stored := encodeDots(name); stored != "" {
			return stored
		}
	}
	var buf [128]byte
	out := buf[:0]
	if left {
		out = appendEnd(out, first, e&Dot != 0 && name == ".．" && !right)
	}
	out = e.appendBody(out, body)
	if right {
		out = appendEnd(out, last, strings.HasSuffix(body, string(quote)) || e&Dot != 0 && name == "．." && !left)
	}
	return string(out)
}

// encodeDots returns the form of the names that Dot is about, else nothing.
func encodeDots(name string) string {
	switch name {
	case ".":
		return "．"
	case "..":
		return "．．"
	case "．":
		return "‛．"
	case "．．":
		return "‛．‛．"
	}
	return ""
}

// appendEnd encodes the character at an end that a rule is about; misread says that
// its replacement would be taken for something else.
func appendEnd(out []byte, r rune, misread bool) []byte {
	switch {
	case r >= utf8.RuneSelf:
		return utf8.AppendRune(utf8.AppendRune(out, quote), r)
	case misread:
		return appendHex(out, byte(r))
	}
	return utf8.AppendRune(out, standIn(byte(r)))
}

// appendBody encodes what is not at an end.
func (e Encoding) appendBody(out []byte, s string) []byte {
	for {
		i := e.next(s)
		out = append(out, s[:i]...)
		if s = s[i:]; s == "" {
			return out
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r < utf8.RuneSelf:
			out = utf8.AppendRune(out, standIn(byte(r)))
		case r == utf8.RuneError:
			out = appendHex(out, s[0])
		default:
			out = utf8.AppendRune(utf8.AppendRune(out, quote), r)
		}
		s = s[size:]
	}
}

// next returns the index of the first byte in s that cannot stay as it is, or len(s).
func (e Encoding) next(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if e.covers(c) {
				return i
			}
			i++
			continue
		}
		if e&InvalidUtf8 == 0 && !mayStandIn(c) {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if e&InvalidUtf8 != 0 {
				return i
			}
		} else if r == quote || e.isStandIn(r) {
			return i
		}
		i += size
	}
	return len(s)
}

func appendHex(out []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(utf8.AppendRune(out, quote), digits[c>>4], digits[c&15])
}
