// Package encoding turns any name into a name that the service accepts, and back. An [Encoding] is
// a set of flags. The flags say which characters a drive cannot hold. Each such character is stored
// as a character that looks similar, so that names stay readable.
//
//	stored := encoding.Default.Encode("AC/DC") // "AC／DC", with a full-width slash
//	name := encoding.Default.Decode(stored)    // "AC/DC"
//
// A client encodes all names that it is given and decodes all names that it returns: see
// acd.WithNameEncoding. Use this package to set other flags than [Default], to read the setting of
// an rclone remote ([Parse]), or to work with stored names directly.
//
// A decoded name may hold a slash, and then it cannot be an element of a path. Use
// [Encoding.DecodeElement] and [Encoding.EncodeElement] for paths: in a path element only the slash
// keeps its stored form.
//
// If rclone can read a name back, this package stores the name exactly as rclone does. So a drive
// that rclone filled shows its true names, and rclone can go on with a drive that this package
// filled. For every set of flags and every string of bytes s, UTF-8 or not, Decode(Encode(s)) == s.
// rclone loses a few names: see [Encoding.Encode].
package encoding

import (
	"strings"
	"unicode/utf8"
)

// Encoding is a set of flags. The zero value, [None], still encodes the character NUL.
type Encoding uint64

// These are the flags. The comment of each says what it encodes. The values are the same as
// rclone's.
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

	// Default is the set that rclone used for Amazon Drive.
	Default = Slash | InvalidUtf8 | Dot

	ends = LeftSpace | LeftPeriod | LeftTilde | LeftCrLfHtVt | RightSpace | RightPeriod | RightCrLfHtVt
)

// quote stands in two places: before a replacement character that belongs to the name itself, and
// before the two hex digits of an encoded byte.
const (
	quote    = '\u201B' // SINGLE HIGH-REVERSED-9 QUOTATION MARK
	quoteLen = 3
	symNUL   = '\u2400' // SYMBOL FOR NULL
)

// flagsOf returns the flags that encode an ASCII character at any place in a name.
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

// standIn returns the replacement character for an ASCII character: its control picture or its
// full-width form.
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

// covers reports whether e replaces c at any place in a name.
func (e Encoding) covers(c byte) bool { return c == 0 || flagsOf[c]&e != 0 }

// isStandIn reports whether r is a replacement character for a character that e replaces.
func (e Encoding) isStandIn(r rune) bool {
	c, ok := standsFor(r)
	return ok && e.covers(c)
}

// mayStandIn reports whether c is the first byte of quote or of a replacement character. With this
// test most names need no decoding of runes.
func mayStandIn(c byte) bool { return c == 0xE2 || c == 0xEF }

// rule says which characters a flag replaces at one end of a name.
type rule struct {
	flag  Encoding
	chars string
}

// At each end at most one rule applies, because no character is in two rules.
var (
	leftRules  = []rule{{LeftSpace, " "}, {LeftPeriod, "."}, {LeftTilde, "~"}, {LeftCrLfHtVt, "\t\n\v\r"}}
	rightRules = []rule{{RightSpace, " "}, {RightPeriod, "."}, {RightCrLfHtVt, "\t\n\v\r"}}
)

// cutFirst removes the first character of s if a rule applies to it. If it is a replacement
// character, cutFirst removes it if a rule applies to the character that it replaces.
func (e Encoding) cutFirst(s string) (r rune, rest string, ok bool) {
	r, size := utf8.DecodeRuneInString(s)
	if !e.ruled(r, leftRules) {
		return 0, s, false
	}
	return r, s[size:], true
}

// cutLast does the same as cutFirst for the last character.
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
