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
	// maxDepth bounds how deeply objects and arrays may be nested. Genuine answers have six levels.
	maxDepth = 1000
	// maxNumber bounds the digits of one number. The longest that mean something have some 25.
	maxNumber = 1 << 10
)

// ErrCut means that the text ended where more was due.
var ErrCut = errors.New("the JSON text is cut off")

// A SyntaxError is text that is no JSON.
type SyntaxError struct {
	Offset int64 // bytes before the fault
	reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no JSON at byte %d: %s", e.Offset, e.reason)
}

// A Scanner reads JSON from memory, value by value, and allocates nothing. It accepts
// what encoding/json accepts: invalid UTF-8 and lone surrogates become U+FFFD, anything
// else that RFC 8259 does not allow is a [SyntaxError].
//
// An object or array is read by Open, then More before each member or element until it
// returns false. Of an object, Key comes after More; then comes exactly one value.
//
// After an error every method returns its zero value, so that only the end of a loop
// has to look at Err.
type Scanner struct {
	data  []byte
	pos   int
	depth int
	first bool // no member of the innermost object or array was read yet
	err   error
	key   []byte // room for a key with escapes
	text  []byte // room for a text with escapes
}

// Reset starts over with other text. The scanner keeps data until the next Reset.
func (s *Scanner) Reset(data []byte) {
	s.data, s.pos, s.depth, s.first, s.err = data, 0, 0, false, nil
}

// Err is the first error: [ErrCut] or a [*SyntaxError].
func (s *Scanner) Err() error { return s.err }

// Pos is how many bytes were read.
func (s *Scanner) Pos() int { return s.pos }

// Room is how many bytes the scanner holds besides the text.
func (s *Scanner) Room() int { return cap(s.key) + cap(s.text) }

// A Mark is a place between two values, to which [Scanner.Resume] returns.
type Mark struct {
	Pos   int
	depth int
	first bool
}

// Mark returns the present place.
func (s *Scanner) Mark() Mark { return Mark{s.pos, s.depth, s.first} }

// Resume goes back to a place and forgets the error. The text may have been replaced by one
// that has more at its end, and less at its beginning if m.Pos was reduced by as much.
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

// A Kind is the sort of a value, by its first byte.
type Kind byte

const (
	None   Kind = 0 // no value: the end, or an error
	Object Kind = '{'
	Array  Kind = '['
	Text   Kind = '"'
	Number Kind = '0'
	True   Kind = 't'
	False  Kind = 'f'
	Null   Kind = 'n'
)

// Next is the kind of the value that comes next.
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

// atSpace says whether white space may come next, or the end.
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

// AtEnd says whether nothing but white space is left.
func (s *Scanner) AtEnd() bool { return s.err == nil && !s.space() }

// End is an error if anything but white space is left.
func (s *Scanner) End() error {
	if s.err == nil && s.space() {
		s.fail(s.pos, "text after the value")
	}
	return s.err
}

// Open enters an object or array, which Next must have announced.
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

// More says whether another member follows in the object or array that end closes:
// '}' or ']'. If none does, it is left.
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

// Text reads a text, which Next must have announced. The bytes are valid until the next Text.
func (s *Scanner) Text() []byte {
	if s.err != nil {
		return nil
	}
	return s.quoted(&s.text)
}

// quoted reads a text. One without escapes is returned where it stands.
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

// plainLen is how many bytes b begins with, eight at a time, that stand for themselves in a text
// and are ASCII. Eight at a time made the decoding of a page a sixth faster.
func plainLen(b []byte) (n int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; len(b)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		quote, backslash := x^ones*'"', x^ones*'\\'
		// The high bit of each byte that is not ASCII, a control character, a quote or a backslash;
		// of bytes after the first such one perhaps too.
		if odd := (x | (x - ones*' ') | (quote - ones) | (backslash - ones)) & highs; odd != 0 {
			return n + bits.TrailingZeros64(odd)/8
		}
	}
	return n
}

// unquote reads a text that does not stand for itself.
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

// escape reads the escape at i, and returns its length, or 0 with the error set.
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

// unicodeEscape reads \uXXXX, and with it the second half of a surrogate pair.
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

// Digits reads a number, which Next must have announced, as it is written.
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
		s.cut() // more digits may be due
		return nil
	case !whole:
		s.fail(s.pos+n, "a digit is due")
		return nil
	}
	s.pos += n
	return rest[:n]
}

// IsNumber says whether b is a number, and nothing else.
func IsNumber(b []byte) bool {
	n, whole := numberLen(b)
	return whole && n == len(b)
}

// numberLen is the length of the number that b begins with. It is not whole if a digit is due
// after that length.
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

// skipDigits is behind the digits that stand at n. There must be one.
func skipDigits(b []byte, n int) (end int, found bool) {
	end = n
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	return end, end > n
}

// Word reads true, false or null, which Next must have announced, as it is written.
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

// Skip reads one value of any kind, and checks it like any other.
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
