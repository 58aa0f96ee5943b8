package encoding_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acd-sdk/acd/encoding"
)

// allFlags holds every bit that is a flag.
const allFlags = 1<<28 - 2

// odd holds the pieces of which difficult names are made.
var odd = []string{"\u201b", " ", ".", "~", "\r", "\t", "\u2420", "\uff0e", "\uff5e", "\u240d", "\u2409", "/", "\uff0f", "\x00", "\u2400", "\xff", "\xe2", "\x80", "E", "9", "2", "0", "*", "\uff0a", "\u2401", "\x01"}

// forbidden lists the characters that a flag keeps out of stored names.
var forbidden = map[encoding.Encoding]string{
	encoding.None: "\x00", encoding.Slash: "/", encoding.Asterisk: "*", encoding.CrLf: "\r\n", encoding.Ctl: "\x01\t\r",
}

// ends lists the characters that a flag keeps out of the first and the last place of stored names.
var ends = map[encoding.Encoding]struct{ first, last string }{
	encoding.LeftSpace: {first: " "}, encoding.LeftPeriod: {first: "."}, encoding.LeftTilde: {first: "~"}, encoding.LeftCrLfHtVt: {first: "\t\n\v\r"},
	encoding.RightSpace: {last: " "}, encoding.RightPeriod: {last: "."}, encoding.RightCrLfHtVt: {last: "\t\n\v\r"},
}

// check fails the test unless e keeps its promises for one name.
func check(t *testing.T, e encoding.Encoding, name string) {
	t.Helper()
	stored := e.Encode(name)
	if got := e.Decode(stored); got != name {
		t.Fatalf("%v: %+q is stored as %+q, which decodes to %+q", e, name, stored, got)
	}
	element := e.DecodeElement(stored)
	if strings.Contains(element, "/") || !strings.ContainsAny(name, "/\uff0f") && element != name {
		t.Fatalf("%v: the element of %+q is %+q", e, name, element)
	}
	if got := e.EncodeElement(element); got != stored {
		t.Fatalf("%v: the element %+q of %+q encodes to %+q", e, element, stored, got)
	}
	if !strings.Contains(name, "/") {
		if got := e.DecodeElement(e.EncodeElement(name)); got != name {
			t.Fatalf("%v: the element %+q comes back as %+q", e, name, got)
		}
	}
	if e&encoding.Slash != 0 {
		if got := e.DecodePath(e.EncodePath(name)); got != name {
			t.Fatalf("%v: the path %+q comes back as %+q", e, name, got)
		}
	}
}

// checkForbidden fails the test if stored holds a character that e must replace.
func checkForbidden(t *testing.T, e encoding.Encoding, stored string) {
	t.Helper()
	bad := e&encoding.InvalidUtf8 != 0 && !utf8.ValidString(stored) || e&encoding.Dot != 0 && (stored == "." || stored == "..")
	for flag, chars := range forbidden {
		bad = bad || (flag == encoding.None || e&flag != 0) && strings.ContainsAny(stored, chars)
	}
	for flag, c := range ends {
		bad = bad || e&flag != 0 && stored != "" && (strings.IndexByte(c.first, stored[0]) >= 0 || strings.IndexByte(c.last, stored[len(stored)-1]) >= 0)
	}
	if bad {
		t.Fatalf("%v: %+q is stored", e, stored)
	}
}

// The test takes every short name of odd pieces, and every longer name of the pieces that matter at
// the ends of a name. It takes each under every set of the flags that matter at the ends.
func TestEveryShortOddName(t *testing.T) {
	flags := []encoding.Encoding{encoding.LeftSpace, encoding.LeftPeriod, encoding.LeftTilde, encoding.LeftCrLfHtVt, encoding.RightSpace,
		encoding.RightPeriod, encoding.RightCrLfHtVt, encoding.InvalidUtf8, encoding.Dot}
	depths := []struct {
		pieces []string
		most   int
	}{{odd[:18], 2}, {[]string{"\u201b", " ", ".", "~", "\r", "\u2420", "\uff0e", "\uff5e", "\u240d"}, 3}, {[]string{"\u201b", ".", "\uff0e", "2"}, 5}}
	if testing.Short() {
		depths = depths[:2]
	}
	for set := range 1 << len(flags) {
		e := encoding.Slash
		for i, f := range flags {
			if set&(1<<i) != 0 {
				e |= f
			}
		}
		for _, d := range depths {
			walk(d.pieces, "", d.most, func(name string) { check(t, e, name) })
		}
	}
}

// walk calls f for name, and for name with up to most pieces after it.
func walk(pieces []string, name string, most int, f func(string)) {
	f(name)
	if most == 0 {
		return
	}
	for _, piece := range pieces {
		walk(pieces, name+piece, most-1, f)
	}
}

func TestRandomOddNamesUnderRandomSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		var b strings.Builder
		for range rng.IntN(9) {
			b.WriteString(odd[rng.IntN(len(odd))])
		}
		e := encoding.Encoding(rng.Uint64() & allFlags)
		check(t, e, b.String())
		checkForbidden(t, e, e.Encode(b.String()))
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, name := range odd {
		f.Add(name+name, uint64(encoding.Default))
		f.Add("a"+name, uint64(allFlags))
	}
	f.Add("\u201b ", uint64(encoding.RightSpace))
	f.Add(".\uff0e", uint64(encoding.LeftPeriod|encoding.Dot))
	f.Fuzz(func(t *testing.T, name string, mask uint64) {
		e := encoding.Encoding(mask & allFlags)
		check(t, e, name)
		checkForbidden(t, e, e.Encode(name))
	})
}
