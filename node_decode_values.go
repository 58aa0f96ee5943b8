package acd

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// role says what is lost if the value of a field is odd.
type role int

const (
	decorates  role = iota // only the field is lost
	identifies             // the node is lost
)

// maxWarnings is the largest number of [Node.Warnings].
const maxWarnings = 16

// odd records that a value which was read cannot be used: as a warning, or as the reason why the
// node is unreadable.
func (d *nodeDecoder) odd(kind wire.Kind, due string, r role) {
	if kind == wire.None {
		return // there is no value at all: the scanner has the error
	}
	reason := kindName(kind) + " where " + due + " is due"
	switch field := d.fieldPath(); {
	case r == decorates:
		d.warn(field + ": " + reason)
	case d.bad == nil:
		d.bad = &NodeError{Field: field, Reason: reason}
	}
}

func (d *nodeDecoder) warn(text string) {
	if len(d.warnings) < maxWarnings && !slices.Contains(d.warnings, text) {
		d.warnings = append(d.warnings, text)
	}
}

// fieldPath returns the name of the field that is being read. It contains no text from the service.
func (d *nodeDecoder) fieldPath() string {
	path := strings.Join(d.path, ".")
	name := string(exactName(d.key))
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

func kindName(k wire.Kind) string {
	switch k {
	case wire.Object:
		return "an object"
	case wire.Array:
		return "a list"
	case wire.Text:
		return "text"
	case wire.Number:
		return "a number"
	case wire.True, wire.False:
		return "true or false"
	}
	return "null"
}

// expect reports whether the next value has the given kind. If not, expect skips the value and
// records it as odd, except null.
func (d *nodeDecoder) expect(kind wire.Kind, due string, r role) bool {
	got := d.scan.Next()
	if got == kind {
		return true
	}
	d.scan.Skip()
	if got != wire.Null {
		d.odd(got, due, r)
	}
	return false
}

// scalar reads a value. For a text, a number, true or false, it returns the characters.
func (d *nodeDecoder) scalar() (text []byte, kind wire.Kind) {
	switch kind = d.scan.Next(); kind {
	case wire.Text:
		text = d.scan.Text()
	case wire.Number:
		text = d.scan.Digits()
	case wire.True, wire.False:
		text = d.scan.Word()
	default:
		d.scan.Skip()
	}
	if d.scan.Err() != nil {
		return nil, wire.None
	}
	return text, kind
}

// scalarText reads a value that should be a text. For a field that only decorates, a number, true
// or false is accepted as a text too. It returns false for null.
func (d *nodeDecoder) scalarText(r role) ([]byte, bool) {
	text, kind := d.scalar()
	switch {
	case kind == wire.Text:
	case kind == wire.Null, kind == wire.None:
		return nil, false
	case r == identifies, kind == wire.Object, kind == wire.Array:
		d.odd(kind, "text", r)
		return nil, true
	}
	return text, true
}

// text reads a text that belongs to this node only. field is set when the node is finished.
func (d *nodeDecoder) text(field *string, r role) {
	if text, ok := d.scalarText(r); ok {
		from := len(d.arena)
		d.arena = append(d.arena, text...)
		d.texts = append(d.texts, pendingText{field, span{from, len(d.arena)}})
	}
}

// word reads a text that other nodes may have too.
func (d *nodeDecoder) word(field *string, r role) {
	if text, ok := d.scalarText(r); ok {
		*field = d.words.get(text)
	}
}

// whole reads a whole number, which may be written as text.
func (d *nodeDecoder) whole(field *int64, r role) {
	text, kind := d.scalar()
	if kind == wire.Null || kind == wire.None {
		return
	}
	n, ok := int64(0), false
	if kind == wire.Number || kind == wire.Text {
		n, ok = wholeNumber(text)
	}
	if *field = n; !ok {
		d.odd(kind, "a whole number", r)
	}
}

// size reads a number of bytes. A negative number is odd.
func (d *nodeDecoder) size(field *int64) {
	d.whole(field, identifies)
	if *field < 0 {
		d.odd(wire.Number, "a size", identifies)
	}
}

// decimal reads a number, which may be written as text.
func (d *nodeDecoder) decimal(field *float64) {
	text, kind := d.scalar()
	if kind == wire.Null || kind == wire.None {
		return
	}
	f, ok := 0.0, false
	if kind == wire.Number || kind == wire.Text {
		f, ok = decimalNumber(text)
	}
	if *field = f; !ok {
		d.odd(kind, "a number", decorates)
	}
}

// truth reads true or false, which may be written as text or as 1 or 0.
func (d *nodeDecoder) truth(field *bool) {
	text, kind := d.scalar()
	if kind == wire.Null || kind == wire.None {
		return
	}
	switch {
	case kind == wire.True:
		*field = true
	case kind == wire.False:
		*field = false
	case isWord(text, "true", "1"):
		*field = true
	case isWord(text, "false", "0"):
		*field = false
	default:
		*field = false
		d.odd(kind, "true or false", decorates)
	}
}

// isWord reports whether text is one of the words, ignoring case and surrounding space.
func isWord(text []byte, words ...string) bool {
	word := strings.TrimSpace(string(text))
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// date reads a date with time.
func (d *nodeDecoder) date(field *time.Time) {
	text, kind := d.scalar()
	if kind == wire.Null || kind == wire.None {
		return
	}
	t, ok := time.Time{}, false
	if kind == wire.Text {
		t, ok = parseDate(bytes.TrimSpace(text))
	}
	if *field = t; !ok {
		d.odd(kind, "a date", decorates)
	}
}

// wholeNumber reads a whole number in any form: 4032, "4032", 4032.0, 4e3.
func wholeNumber(b []byte) (int64, bool) {
	if n, ok := atoi(b); ok {
		return n, true
	}
	b = bytes.TrimSpace(b)
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return n, true
	}
	const exact = 1 << 53 // from here on, one float64 may stand for several whole numbers
	f, ok := decimalNumber(b)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= exact {
		return 0, false
	}
	return int64(f), true
}

// atoi reads a whole number of up to 18 digits, with or without a minus sign.
func atoi(b []byte) (n int64, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// decimalNumber reads a number in the form of JSON. It returns false if the number is outside the
// range of a float64.
func decimalNumber(b []byte) (float64, bool) {
	b = bytes.TrimSpace(b)
	if !wire.IsNumber(b) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil { // out of range
		return 0, false
	}
	return f, true
}

// parseDate reads a date in the form of RFC 3339, and some other forms with a clear meaning. A date
// without a zone is UTC. A date without a time is midnight. A space may replace the T. A zone may
// lack its colon or its minutes. A leap second is read as the second after it.
func parseDate(b []byte) (time.Time, bool) {
	year, month, day, ok := parseDay(b)
	if !ok {
		return time.Time{}, false
	}
	if len(b) == 10 {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), true
	}
	if b[10] != 'T' && b[10] != 't' && b[10] != ' ' {
		return time.Time{}, false
	}
	hour, minute, second, ok := parseClock(b[11:])
	if !ok {
		return time.Time{}, false
	}
	nanos, rest, ok := fraction(b[19:])
	if !ok {
		return time.Time{}, false
	}
	zone, ok := parseZone(rest)
	if !ok {
		return time.Time{}, false
	}
	return time.Date(year, month, day, hour, minute, second, nanos, zone), true
}

// parseDay reads 2006-01-02 at the beginning of b.
func parseDay(b []byte) (year int, month time.Month, day int, ok bool) {
	year, ok1 := digits(b, 0, 4)
	number, ok2 := digits(b, 5, 2)
	day, ok3 := digits(b, 8, 2)
	if !ok1 || !ok2 || !ok3 || b[4] != '-' || b[7] != '-' {
		return 0, 0, 0, false
	}
	ok = number >= 1 && number <= 12 && day >= 1 && day <= daysIn(year, number)
	return year, time.Month(number), day, ok
}

// parseClock reads 15:04:05 at the beginning of b.
func parseClock(b []byte) (hour, minute, second int, ok bool) {
	hour, ok1 := digits(b, 0, 2)
	minute, ok2 := digits(b, 3, 2)
	second, ok3 := digits(b, 6, 2)
	if !ok1 || !ok2 || !ok3 || b[2] != ':' || b[5] != ':' {
		return 0, 0, 0, false
	}
	return hour, minute, second, hour <= 23 && minute <= 59 && second <= 60
}

// digits reads n digits, starting at index from.
func digits(b []byte, from, n int) (v int, ok bool) {
	if len(b) < from+n {
		return 0, false
	}
	for _, c := range b[from : from+n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = 10*v + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch {
	case month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	case month == 2:
		return 28
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// fraction reads a fraction of a second, if b begins with one. Digits after the ninth are ignored.
func fraction(b []byte) (nanos int, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' && b[0] != ',' {
		return 0, b, true
	}
	i, unit := 1, 100_000_000
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		nanos += int(b[i]-'0') * unit
		unit /= 10
	}
	return nanos, b[i:], i > 1
}

// parseZone reads the zone at the end of a date: nothing, Z, +01:00, +0100 or +01.
func parseZone(b []byte) (*time.Location, bool) {
	switch {
	case len(b) == 0, len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'):
		return time.UTC, true
	case b[0] != '+' && b[0] != '-':
		return nil, false
	}
	hours, ok := digits(b, 1, 2)
	if !ok {
		return nil, false
	}
	minutes := 0
	if rest := bytes.TrimPrefix(b[3:], []byte(":")); len(rest) > 0 {
		if minutes, ok = digits(rest, 0, 2); !ok || len(rest) != 2 {
			return nil, false
		}
	} else if len(b) > 3 {
		return nil, false
	}
	offset := (hours*60 + minutes) * 60
	switch {
	case hours > 23 || minutes > 59:
		return nil, false
	case offset == 0:
		return time.UTC, true
	case b[0] == '-':
		offset = -offset
	}
	return time.FixedZone("", offset), true
}
