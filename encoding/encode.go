package encoding

import (
	"strings"
	"unicode/utf8"
)

// Encode returns the form of name that the drive stores. If nothing in name needs encoding, Encode
// returns name unchanged and allocates nothing.
//
// The form is rclone's, except for names that rclone would read back as another name. There are two
// kinds of such names, and both need Left or Right flags:
//
//   - The last character is replaced, and "‛" stands before it. Example: rclone stores "‛ " under
//     RightSpace as "‛‛␠", and reads that back as "‛" and a quoted "␠".
//   - A period at one end is replaced, the other character is a "．", and Dot is set. Example: rclone
//     stores ".．" under LeftPeriod as "．．", which is also the stored form of "..".
//
// In these names Encode writes only the misread character in another way: as the quote character
// and two hex digits, which is rclone's form for a byte that is not UTF-8. The examples become
// "‛‛‛20" and "‛2E．". rclone never writes this form for an ASCII character, so that no other name
// has it. rclone reads the form correctly if InvalidUtf8 is set.
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

// encodeDots returns the stored form if name is one of the names that Dot concerns, and otherwise
// "".
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

// appendEnd encodes a character at one end to which a rule applies. misread says that a reader
// would take the replacement character for something else, so that hex is written instead.
func appendEnd(out []byte, r rune, misread bool) []byte {
	switch {
	case r >= utf8.RuneSelf:
		return utf8.AppendRune(utf8.AppendRune(out, quote), r)
	case misread:
		return appendHex(out, byte(r))
	}
	return utf8.AppendRune(out, standIn(byte(r)))
}

// appendBody encodes the part of a name between its two ends.
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

// next returns the index of the first byte in s that must be encoded. If there is none, it returns
// len(s).
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
