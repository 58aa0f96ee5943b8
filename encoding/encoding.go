// Package encoding turns names of any kind into names that the service accepts, and back. An
// [Encoding] is a set of flags that say which characters a drive cannot hold; each is stored as a
// look-alike, so that names stay readable.
//
//	stored := encoding.Default.Encode("AC/DC") // "AC／DC", with a full-width slash
//	name := encoding.Default.Decode(stored)    // "AC/DC"
//
// A client does that by itself, for all names that it is given and that it returns: see
// acd.WithNameEncoding. Use this package to set other flags than [Default], to read the setting of
// an rclone remote ([Parse]), or to work with stored names directly.
//
// A decoded name may hold a slash, so that it is no element of a path. [Encoding.DecodeElement] and
// [Encoding.EncodeElement] are for paths: there the slash alone keeps its stored form.
//
// The result is what rclone stores for every name that rclone itself can read back, so that drives
// that it filled show their true names, and can be filled on by it. For every set of flags and
// every string of bytes s, UTF-8 or not, Decode(Encode(s)) == s; see [Encoding.Encode] for the few
// names that rclone loses.
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

// mayStandIn says whether c is the first byte of quote or of a replacement
// character, which spares reading the runes of most names.
func mayStandIn(c byte) bool { return c == 0xE2 || c == 0xEF }

// rule is about a character at one end of a name.
type rule struct {
	flag  Encoding
	chars string
}

// At each end one rule applies at most: no character is in two.
var (
	leftRules  = []rule{{LeftSpace, " "}, {LeftPeriod, "."}, {LeftTilde, "~"}, {LeftCrLfHtVt, "\t\n\v\r"}}
	rightRules = []rule{{RightSpace, " "}, {RightPeriod, "."}, {RightCrLfHtVt, "\t\n\v\r"}}
)

// cutFirst takes off the first character of s if a rule is about it, or about the
// character that it stands in for.
func (e Encoding) cutFirst(s string) (r rune, rest string, ok bool) {
	r, size := utf8.DecodeRuneInString(s)
	if !e.ruled(r, leftRules) {
		return 0, s, false
	}
	return r, s[size:], true
}

// cutLast is cutFirst at the other end.
func (e Encoding) cutLast(s string) (r rune, rest string, ok bool) {
	r, size := utf8.DecodeLastRuneInString(s)
	if !e.ruled(r, rightRules) {
		return 0, s, false
	}
	return r, s[:len(s)-size], true
}

func (e Encoding) ruled(r rune, rules []rule) bool {
	c, ok := standsFor(r)
	if r < utf8.RuneSelf {
		c, ok = byte(r), true
	}
	if !ok || e&ends == 0 {
		return false
	}
	for _, rule := range rules {
		if e&rule.flag != 0 && strings.IndexByte(rule.chars, c) >= 0 {
			return true
		}
	}
	return false
}
