// Package encoding turns names of any kind into names that the service accepts,
// and back. An [Encoding] is a set of flags that say which characters a drive
// cannot hold; each is stored as a look-alike, so that names stay readable.
//
// The result is what rclone stores for every name that rclone itself can read
// back, so that drives that it filled show their true names, and can be
// filled on by it. For every set of flags and every string of bytes s, UTF-8
// or not, Decode(Encode(s)) == s; see [Encoding.Encode] for the few names that
// rclone loses.
package encoding

import (
	"strings"
	"unicode/utf8"
)

// Encoding is a set of flags. The zero value, [None], still encodes NUL.
type Encoding uint64

// The flags, each with what it covers. The values are rclone's.
const (
	None          Encoding = 0
	Slash         Encoding = 1 << 1  // /
	LtGt          Encoding = 1 << 2  // < >
	DoubleQuote   Encoding = 1 << 3  // "
	SingleQuote   Encoding = 1 << 4  // '
	BackQuote     Encoding = 1 << 5  // `
	Dollar        Encoding = 1 << 6  // $
	Colon         Encoding = 1 << 7  // :
	Question      Encoding = 1 << 8  // ?
	Asterisk      Encoding = 1 << 9  // *
	Pipe          Encoding = 1 << 10 // |
	Hash          Encoding = 1 << 11 // #
	Percent       Encoding = 1 << 12 // %
	BackSlash     Encoding = 1 << 13 // \
	CrLf          Encoding = 1 << 14 // CR, LF
	Del           Encoding = 1 << 15 // DEL, 0x7F
	Ctl           Encoding = 1 << 16 // 0x01 to 0x1F
	LeftSpace     Encoding = 1 << 17 // a leading space
	LeftPeriod    Encoding = 1 << 18 // a leading .
	LeftTilde     Encoding = 1 << 19 // a leading ~
	LeftCrLfHtVt  Encoding = 1 << 20 // a leading CR, LF, HT or VT
	RightSpace    Encoding = 1 << 21 // a trailing space
	RightPeriod   Encoding = 1 << 22 // a trailing .
	RightCrLfHtVt Encoding = 1 << 23 // a trailing CR, LF, HT or VT
	InvalidUtf8   Encoding = 1 << 24 // bytes that are not UTF-8
	Dot           Encoding = 1 << 25 // the whole name . or ..
	SquareBracket Encoding = 1 << 26 // [ ]
	Semicolon     Encoding = 1 << 27 // ;

	// Default is what rclone used for Amazon Drive.
	Default = Slash | InvalidUtf8 | Dot

	ends = LeftSpace | LeftPeriod | LeftTilde | LeftCrLfHtVt | RightSpace | RightPeriod | RightCrLfHtVt
)

// quote stands before a replacement character that is meant itself, and before
// the two hex digits of a byte.
const (
	quote    = '\u201B' // SINGLE HIGH-REVERSED-9 QUOTATION MARK
	quoteLen = 3
	symNUL   = '\u2400' // SYMBOL FOR NULL
)

// flagsOf says which flags cover an ASCII character wherever it stands.
var flagsOf = func() (t [utf8.RuneSelf]Encoding) {
	for c := byte(1); c < ' '; c++ {
		t[c] = Ctl
	}
	t['\r'] |= CrLf
	t['\n'] |= CrLf
	for c, f := range map[byte]Encoding{
		'/': Slash, '<': LtGt, '>': LtGt, '"': DoubleQuote, '\'': SingleQuote, '`': BackQuote, '$': Dollar, ':': Colon,
		'?': Question, '*': Asterisk, '|': Pipe, '#': Hash, '%': Percent, '\\': BackSlash, 0x7f: Del,
		'[': SquareBracket, ']': SquareBracket, ';': Semicolon,
	} {
		t[c] = f
	}
	return t
}()

// standIn is the character that is stored for an ASCII character: its control
// picture, or its full-width form.
func standIn(c byte) rune {
	switch {
	case c <= ' ':
		return symNUL + rune(c)
	case c == 0x7f:
		return '\u2421'
	}
	return 0xFEE0 + rune(c)
}

// standsFor is the reverse of standIn.
func standsFor(r rune) (c byte, ok bool) {
	switch {
	case r >= symNUL && r <= symNUL+' ':
		return byte(r - symNUL), true
	case r == '\u2421':
		return 0x7f, true
	case r > 0xFEE0+' ' && r < 0xFEE0+0x7f:
		return byte(r - 0xFEE0), true
	}
	return 0, false
}

// covers says whether c is replaced wherever it stands.
func (e Encoding) covers(c byte) bool { return c == 0 || flagsOf[c]&e != 0 }

// isStandIn says whether r is a replacement character of e.
func (e Encoding) isStandIn(r rune) bool {
	c, ok := standsFor(r)
	return ok && e.covers(c)
}

// Encode returns the form of name that the drive stores. A name that needs
// nothing is returned as it is, without an allocation.
//
// rclone's own form cannot be read back for some names under sets with Left or
// Right flags: "‛ " under RightSpace becomes "‛‛␠", which also says "‛" and a quoted
// "␠". Such a name gets the offending first or last character, or if that
// is not enough every byte, in the form that rclone has for bytes that are not
// UTF-8: the quote character and two hex digits. rclone never writes that form for
// an ASCII character, so that it cannot be taken for another name.
func (e Encoding) Encode(name string) string {
	if name == "" || e.clean(name) {
		return name
	}
	stored := e.encode(name)
	if e&ends == 0 || e.read(stored) == name {
		return stored
	}
	if stored = e.encodeEndsAsHex(name); e.read(stored) == name {
		return stored
	}
	return string(appendHex(nil, name))
}

// Decode returns the name that was stored. What no [Encoding.Encode] wrote is
// read as rclone reads it.
func (e Encoding) Decode(stored string) string {
	if !mayDecode(stored) {
		return stored
	}
	name := e.read(stored)
	// Only a form that Encode wrote may hold hex that rclone takes literally.
	if plain := e.decode(stored, e&InvalidUtf8 != 0); plain != name && e.Encode(name) != stored {
		return plain
	}
	return name
}

// clean says whether name can be stored as it is. It may say no where it could
// say yes.
func (e Encoding) clean(name string) bool {
	for i := 0; i < len(name); {
		if c := name[i]; c < utf8.RuneSelf {
			if e.covers(c) {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == quote || r == symNUL || r == utf8.RuneError && size == 1 || e.isStandIn(r) {
			return false
		}
		i += size
	}
	if e&Dot != 0 && dotForms[name] != "" {
		return false
	}
	if e&ends == 0 {
		return true
	}
	_, _, left := e.cut(name, leftRules, false)
	_, _, right := e.cut(name, rightRules, true)
	return !left && !right
}

// mayDecode says whether there is anything in s that some flag reads.
func mayDecode(s string) bool {
	for _, r := range s {
		if _, ok := standsFor(r); r >= utf8.RuneSelf && (ok || r == quote) {
			return true
		}
	}
	return false
}

// dotForms are the whole names that Dot is about.
var dotForms = map[string]string{".": "．", "..": "．．", "．": "‛．", "．．": "‛．‛．"}

// rule is about a character at one end of a name.
type rule struct {
	flag  Encoding
	chars string
}

// At each end the first rule whose character stands there applies, and no other.
var (
	leftRules  = []rule{{LeftSpace, " "}, {LeftPeriod, "."}, {LeftTilde, "~"}, {LeftCrLfHtVt, "\t\n\v\r"}}
	rightRules = []rule{{RightSpace, " "}, {RightPeriod, "."}, {RightCrLfHtVt, "\t\n\v\r"}}
)

// cut takes off name's first or last character if a rule is about it, or about
// the character that stands in for it.
func (e Encoding) cut(name string, rules []rule, last bool) (r rune, rest string, ok bool) {
	var size int
	if last {
		r, size = utf8.DecodeLastRuneInString(name)
		rest = name[:len(name)-size]
	} else {
		r, size = utf8.DecodeRuneInString(name)
		rest = name[size:]
	}
	return r, rest, size > 0 && e.ruled(r, rules)
}

func (e Encoding) ruled(r rune, rules []rule) bool {
	c, ok := standsFor(r)
	if r < utf8.RuneSelf {
		c, ok = byte(r), true
	}
	if !ok {
		return false
	}
	for _, rule := range rules {
		if e&rule.flag != 0 && strings.IndexByte(rule.chars, c) >= 0 {
			return true
		}
	}
	return false
}

// encode is rclone's form.
func (e Encoding) encode(name string) string {
	if e&Dot != 0 {
		if stored := dotForms[name]; stored != "" {
			return stored
		}
	}
	out := make([]byte, 0, len(name)+len(name)/2+8)
	first, rest, left := e.cut(name, leftRules, false)
	if left {
		out = appendEnd(out, first)
		name = rest
	}
	last, rest, right := e.cut(name, rightRules, true)
	if right {
		name = rest
	}
	out = e.appendBody(out, name)
	if right {
		out = appendEnd(out, last)
	}
	return string(out)
}

func appendEnd(out []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return utf8.AppendRune(out, standIn(byte(r)))
	}
	return utf8.AppendRune(utf8.AppendRune(out, quote), r)
}

// appendBody encodes what is not at an end.
func (e Encoding) appendBody(out []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1 && e&InvalidUtf8 != 0:
			out = appendHex(out, s[i:i+1])
		case r == quote, r == symNUL, r >= utf8.RuneSelf && e.isStandIn(r):
			out = append(utf8.AppendRune(out, quote), s[i:i+size]...)
		case r < utf8.RuneSelf && e.covers(byte(r)):
			out = utf8.AppendRune(out, standIn(byte(r)))
		default:
			out = append(out, s[i:i+size]...)
		}
		i += size
	}
	return out
}

// encodeEndsAsHex is rclone's form but for an ASCII character at an end.
func (e Encoding) encodeEndsAsHex(name string) string {
	var out, tail []byte
	if r, rest, ok := e.cut(name, leftRules, false); ok && r < utf8.RuneSelf {
		out, name = appendHex(out, name[:1]), rest
	}
	if r, rest, ok := e.cut(name, rightRules, true); ok && r < utf8.RuneSelf {
		tail, name = appendHex(nil, name[len(name)-1:]), rest
	}
	return string(append(e.appendBody(out, name), tail...))
}

const hexDigits = "0123456789ABCDEF"

func appendHex(out []byte, s string) []byte {
	for i := range len(s) {
		out = append(utf8.AppendRune(out, quote), hexDigits[s[i]>>4], hexDigits[s[i]&15])
	}
	return out
}

// read decodes every form that Encode may write.
func (e Encoding) read(stored string) string { return e.decode(stored, true) }

// decode is rclone's, but that it reads hex when asked, not by InvalidUtf8.
func (e Encoding) decode(stored string, hex bool) string {
	if e&Dot != 0 {
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
	}
	prefix, rest := e.decodeLeft(stored)
	rest, suffix := e.decodeRight(rest)
	out := make([]byte, 0, len(stored))
	out = append(out, prefix...)
	out = e.appendDecoded(out, rest, hex)
	return string(append(out, suffix...))
}

func (e Encoding) decodeLeft(s string) (prefix, rest string) {
	r, rest, ok := e.cut(s, leftRules, false)
	if ok && r >= utf8.RuneSelf {
		c, _ := standsFor(r)
		return string(rune(c)), rest
	}
	if r == quote {
		if r, after, ok := e.cut(rest, leftRules, false); ok && r >= utf8.RuneSelf {
			return string(r), after
		}
	}
	return "", s
}

func (e Encoding) decodeRight(s string) (rest, suffix string) {
	r, rest, ok := e.cut(s, rightRules, true)
	if !ok || r < utf8.RuneSelf {
		return s, ""
	}
	if before, quoted := strings.CutSuffix(rest, string(quote)); quoted {
		return before, string(r)
	}
	c, _ := standsFor(r)
	return rest, string(rune(c))
}

func (e Encoding) appendDecoded(out []byte, s string, hex bool) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != quote {
			if c, ok := standsFor(r); ok && e.covers(c) {
				out = append(out, c)
			} else {
				out = append(out, s[i:i+size]...)
			}
			i += size
			continue
		}
		i += size
		next, size := utf8.DecodeRuneInString(s[i:])
		if next == quote || next >= utf8.RuneSelf && e.isStandIn(next) {
			out = append(out, s[i:i+size]...)
			i += size
		} else if b, ok := hexByte(s[i:]); ok && hex {
			out = append(out, b)
			i += 2
		} else {
			out = utf8.AppendRune(out, quote) // it was meant itself
		}
	}
	return out
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
