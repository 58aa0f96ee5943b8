package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxDepth limits how deeply objects and arrays may be nested. The service's responses have six
	// levels.
	maxDepth = 1000
	// maxNumber limits the length of one number in bytes. The longest useful numbers have some 25.
	maxNumber = 1 << 10
)

// ErrCut means that the text ended although more must follow.
var ErrCut = errors.New("the JSON text is cut off")

// A SyntaxError means that the text is not JSON.
type SyntaxError struct {
	Offset int64 // how many bytes come before the fault
	reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no JSON at byte %d: %s", e.Offset, e.reason)
}

// A Scanner reads JSON from memory, value by value, and allocates nothing. It accepts what
// encoding/json accepts: invalid UTF-8 and lone surrogates become U+FFFD, and anything else that
// RFC 8259 does not allow is a [SyntaxError].
//
// To read an object or array, call Open, and then More before each member or element until More
// returns false. In an object, call Key after each More. Then read exactly one value.
//
// After an error every method returns its zero value. So a caller needs to look at Err only at the
// end of a loop.
type Scanner struct {
	data  []byte
	pos   int
	depth int
	first bool // no member of the innermost object or array has been read yet
	err   error
	key   []byte // memory for a key with escapes
	text  []byte // memory for a text with escapes
}

// Reset starts again with other text. The scanner keeps data until the next Reset.
func (s *Scanner) Reset(data []byte) {
	s.data, s.pos, s.depth, s.first, s.err = data, 0, 0, false, nil
}

// Err returns the first error: [ErrCut] or a [*SyntaxError].
func (s *Scanner) Err() error { return s.err }

// Pos returns how many bytes have been read.
func (s *Scanner) Pos() int { return s.pos }

// Room returns how many bytes of memory the scanner holds besides the text.
func (s *Scanner) Room() int { return cap(s.key) + cap(s.text) }

// A Mark is a place between two values. [Scanner.Resume] returns to it.
type Mark struct {
	Pos   int
	depth int
	first bool
}

// Mark returns the present place.
func (s *Scanner) Mark() Mark { return Mark{s.pos, s.depth, s.first} }

// Resume goes back to a place and clears the error. data may have more bytes at its end than the
// text before. It may also lack bytes at its beginning, if the caller has reduced m.Pos by the same
// number.
func (s *Scanner) Resume(data []byte, m Mark) {
	s.data, s.pos, s.depth, s.first, s.err = data, m.Pos, m.depth, m.first, nil
}

func (s *Scanner) fail(pos int, reason string) {
	if s.err == nil {
		s.err = &SyntaxError{int64(pos), reason}
	}
}

func (s *Scanner) cut() {
	if s.err == nil {
		s.err = ErrCut
	}
}

// A Kind is the kind of a value. Its first byte tells the kind.
type Kind byte

const (
	None   Kind = 0 // no value: the end of the text, or an error
	Object Kind = '{'
	Array  Kind = '['
	Text   Kind = '"'
	Number Kind = '0'
	True   Kind = 't'
	False  Kind = 'f'
	Null   Kind = 'n'
)

// Next returns the kind of the next value, without reading the value.
func (s *Scanner) Next() Kind {
	if s.err != nil || s.atSpace() && !s.space() {
		s.cut()
		return None
	}
	switch c := s.data[s.pos]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return Kind(c)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return Number
	}
	s.fail(s.pos, "a value is due")
	return None
}

// atSpace reports whether the next byte may be white space, or the text may end.
func (s *Scanner) atSpace() bool { return s.pos >= len(s.data) || s.data[s.pos] <= ' ' }

// space skips white space. It returns false at the end of the text.
func (s *Scanner) space() bool {
	for ; s.pos < len(s.data); s.pos++ {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
		default:
			return true
		}
	}
	return false
}

// AtEnd reports whether only white space is left.
func (s *Scanner) AtEnd() bool { return s.err == nil && !s.space() }

// End returns an error if anything except white space is left.
func (s *Scanner) End() error {
	if s.err == nil && s.space() {
		s.fail(s.pos, "text after the value")
	}
	return s.err
}

// Open enters an object or array. Next must have returned its kind.
func (s *Scanner) Open() {
	if s.err != nil {
		return
	}
	if s.depth == maxDepth {
		s.fail(s.pos, "nested too deeply")
		return
	}
	s.pos++
	s.depth++
	s.first = true
}

// More reports whether another member follows in the object or array that ends with end: '}' or
// ']'. If none follows, the scanner leaves the object or array.
func (s *Scanner) More(end byte) bool {
	if s.err != nil {
		return false
	}
	if s.atSpace() && !s.space() {
		s.cut()
		return false
	}
	c := s.data[s.pos]
	if c == end {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if s.first {
		s.first = false
		return true
	}
	if c != ',' {
		s.fail(s.pos, "a comma is due")
		return false
	}
	s.pos++
	return true
}

// Key reads the name of a member and the colon after it. The bytes are valid until the next Key.
func (s *Scanner) Key() []byte {
	if s.err != nil || s.atSpace() && !s.space() {
		s.cut()
		return nil
	}
	if s.data[s.pos] != '"' {
		s.fail(s.pos, "a key is due")
		return nil
	}
	key := s.quoted(&s.key)
	switch {
	case s.err != nil:
		return nil
	case s.atSpace() && !s.space():
		s.cut()
		return nil
	case s.data[s.pos] != ':':
		s.fail(s.pos, "a colon is due")
		return nil
	}
	s.pos++
	return key
}

// Text reads a text. Next must have returned its kind. The bytes are valid until the next Text.
func (s *Scanner) Text() []byte {
	if s.err != nil {
		return nil
	}
	return s.quoted(&s.text)
}

// quoted reads a text. A text without escapes is returned as a part of data, without a copy.
func (s *Scanner) quoted(room *[]byte) []byte {
	start := s.pos + 1
	ascii := true
	for i := start + plainLen(s.data[start:]); i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			text := s.data[start:i]
			if !ascii && !utf8.Valid(text) {
				return s.unquote(room)
			}
			s.pos = i + 1
			return text
		case c == '\\':
			return s.unquote(room)
		case c < ' ':
			s.fail(i, "a control character in a text")
			return nil
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.cut()
	return nil
}

// plainLen returns how many bytes at the beginning of b need no decoding: ASCII characters except
// control characters, quotes and backslashes. It looks at eight bytes at a time, and does not count
// the last bytes of b if fewer than eight are left. This made the decoding of a page a sixth
// faster.
func plainLen(b []byte) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(b)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, backslash := x^ones*'"', x^ones*'\\'
		// odd has the high bit set for the first byte that is not ASCII, or is a control character,
		// a quote or a backslash. Bytes after that byte may have the bit set wrongly.
		if odd := (x | (x - ones*' ') | (quote - ones) | (backslash - ones)) & highs; odd != 0 {
			return n + bits.TrailingZeros64(odd)/8
		}
	}
	return n
}

// unquote reads a text that needs decoding.
func (s *Scanner) unquote(room *[]byte) []byte {
	b := (*room)[:0]
	for i := s.pos + 1; i < len(s.data); {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			*room = b
			return b
		case c == '\\':
			r, size := s.escape(i)
			if size == 0 {
				return nil
			}
			b = utf8.AppendRune(b, r)
			i += size
		case c < ' ':
			s.fail(i, "a control character in a text")
			return nil
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, size := utf8.DecodeRune(s.data[i:])
			b = utf8.AppendRune(b, r)
			i += size
		}
	}
	s.cut()
	return nil
}

// escape reads the escape at i, and returns its length. If it fails, it sets the error and returns
// length 0.
func (s *Scanner) escape(i int) (r rune, size int) {
	if i+1 == len(s.data) {
		s.cut()
		return 0, 0
	}
	switch c := s.data[i+1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return s.unicodeEscape(i)
	}
	s.fail(i, "an unknown escape")
	return 0, 0
}

// unicodeEscape reads \uXXXX. If that is the first half of a surrogate pair, it also reads the
// second half.
func (s *Scanner) unicodeEscape(i int) (r rune, size int) {
	r, ok := hex4(s.data[i+2:])
	if !ok {
		if len(s.data)-i < 6 {
			s.cut()
		} else {
			s.fail(i, "an unknown escape")
		}
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if rest := s.data[i+6:]; len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hex4(rest[2:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return utf8.RuneError, 6
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// Digits reads a number and returns it exactly as written. Next must have returned its kind.
func (s *Scanner) Digits() []byte {
	if s.err != nil {
		return nil
	}
	rest := s.data[s.pos:min(len(s.data), s.pos+maxNumber)]
	n, whole := numberLen(rest)
	switch {
	case n == len(rest) && len(rest) == maxNumber:
		s.fail(s.pos, "a number of too many digits")
		return nil
	case n == len(rest):
		s.cut() // more digits may follow
		return nil
	case !whole:
		s.fail(s.pos+n, "a digit is due")
		return nil
	}
	s.pos += n
	return rest[:n]
}

// IsNumber reports whether b is exactly one number.
func IsNumber(b []byte) bool {
	n, whole := numberLen(b)
	return whole && n == len(b)
}

// numberLen returns the length of the number at the beginning of b. whole is false if a digit must
// follow.
func numberLen(b []byte) (n int, whole bool) {
	if n < len(b) && b[n] == '-' {
		n++
	}
	if n < len(b) && b[n] == '0' {
		n++
	} else if n, whole = skipDigits(b, n); !whole {
		return n, false
	}
	if n < len(b) && b[n] == '.' {
		if n, whole = skipDigits(b, n+1); !whole {
			return n, false
		}
	}
	if n == len(b) || b[n] != 'e' && b[n] != 'E' {
		return n, true
	}
	n++
	if n < len(b) && (b[n] == '+' || b[n] == '-') {
		n++
	}
	return skipDigits(b, n)
}

// skipDigits returns the index after the digits that begin at n, and whether there is at least one.
func skipDigits(b []byte, n int) (end int, found bool) {
	end = n
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	return end, end > n
}

// Word reads true, false or null, and returns it exactly as written. Next must have returned its
// kind.
func (s *Scanner) Word() []byte {
	if s.err != nil {
		return nil
	}
	word := "null"
	switch s.data[s.pos] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	b := s.data[s.pos:min(len(s.data), s.pos+len(word))]
	switch {
	case string(b) == word:
		s.pos += len(word)
		return b
	case strings.HasPrefix(word, string(b)):
		s.cut()
	default:
		s.fail(s.pos, "an unknown word")
	}
	return nil
}

// Skip reads one value of any kind. It checks the value as the other methods do.
func (s *Scanner) Skip() {
	switch s.Next() {
	case Object:
		s.Open()
		for s.More('}') {
			s.Key()
			s.Skip()
		}
	case Array:
		s.Open()
		for s.More(']') {
			s.Skip()
		}
	case Text:
		s.Text()
	case Number:
		s.Digits()
	case True, False, Null:
		s.Word()
	}
}
