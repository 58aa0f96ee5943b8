package encoding_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acd-sdk/acd/encoding"
)

// The vectors were produced by rclone's encoder with Default.
func TestVectors(t *testing.T) {
	for original, stored := range map[string]string{
		"": "", "a/b": "a\uff0fb", "\u201b\uff0f": "\u201b\u201b\u201b\uff0f", "a\x00b": "a\u2400b", "caf\xe9": "caf\u201bE9",
		"..": "\uff0e\uff0e", ".": "\uff0e", "\xff\xfe": "\u201bFF\u201bFE", "...": "...", "a\xef\xbf": "a\u201bEF\u201bBF",
		"\uff0e\uff0e": "\u201b\uff0e\u201b\uff0e", "\uff0e": "\u201b\uff0e", "\u201bFE": "\u201b\u201bFE", "\uff0e\uff0e\uff0e": "\uff0e\uff0e\uff0e",
		"\u201bGG": "\u201b\u201bGG", "x\u201b": "x\u201b\u201b", "\ufffd": "\ufffd", "\uff0a": "\uff0a", "a\tb": "a\tb", " a. ": " a. ",
		"\u2400": "\u201b\u2400",
	} {
		if got := encoding.Default.Encode(original); got != stored {
			t.Errorf("Encode(%+q) = %+q, want %+q", original, got, stored)
		}
		if got := encoding.Default.Decode(stored); got != original {
			t.Errorf("Decode(%+q) = %+q, want %+q", stored, got, original)
		}
	}
	for stored, original := range map[string]string{
		"\u201bfe": "\xfe", "\u201bGG": "\u201bGG", "x\u201b": "x\u201b", "\u201b\uff0e\uff0e": "\u201b\uff0e\uff0e", "\u201b\u201b": "\u201b",
	} {
		if got := encoding.Default.Decode(stored); got != original {
			t.Errorf("Decode(%+q) = %+q, want %+q", stored, got, original)
		}
	}
}

func TestEveryFlag(t *testing.T) {
	for _, tc := range []struct {
		e                encoding.Encoding
		original, stored string
	}{
		{encoding.LtGt, "<>", "＜＞"}, {encoding.DoubleQuote, `"`, "＂"}, {encoding.SingleQuote, "'", "＇"}, {encoding.BackQuote, "`", "｀"},
		{encoding.Dollar, "$", "＄"}, {encoding.Colon, ":", "："}, {encoding.Question, "?", "？"}, {encoding.Asterisk, "*", "＊"},
		{encoding.Pipe, "|", "｜"}, {encoding.Hash, "#", "＃"}, {encoding.Percent, "%", "％"}, {encoding.BackSlash, `\`, "＼"},
		{encoding.CrLf, "\r\n", "␍␊"}, {encoding.Del, "\x7f", "␡"}, {encoding.Ctl, "\x01\x1f", "␁␟"},
		{encoding.LeftSpace, "  a ", "␠ a "}, {encoding.LeftPeriod, "..a.", "．.a."}, {encoding.LeftTilde, "~~", "～~"}, {encoding.LeftCrLfHtVt, "\t\ta", "␉\ta"},
		{encoding.RightSpace, " a  ", " a ␠"}, {encoding.RightPeriod, ".a..", ".a.．"}, {encoding.RightCrLfHtVt, "a\v\v", "a\v␋"},
		{encoding.InvalidUtf8, "\xff", "‛FF"}, {encoding.Dot, "..", "．．"}, {encoding.SquareBracket, "[]", "［］"}, {encoding.Semicolon, ";", "；"},
		{encoding.None, "\x00/..", "␀/.."},
		// A stand-in that was there before is quoted, under its own flag only.
		{encoding.Asterisk, "＊", "‛＊"}, {encoding.Colon, "＊", "＊"}, {encoding.RightSpace, "a␠", "a‛␠"}, {encoding.RightSpace, "␠a", "␠a"},
		{encoding.LeftSpace | encoding.RightSpace, " ", "␠"},
		// Names that rclone loses.
		{encoding.RightSpace, "‛ ", "‛‛‛20"}, {encoding.LeftPeriod | encoding.Dot, ".．", "‛2E．"},
	} {
		if got := tc.e.Encode(tc.original); got != tc.stored {
			t.Errorf("%v: Encode(%+q) = %+q, want %+q", tc.e, tc.original, got, tc.stored)
		}
		if got := tc.e.Decode(tc.stored); got != tc.original {
			t.Errorf("%v: Decode(%+q) = %+q, want %+q", tc.e, tc.stored, got, tc.original)
		}
	}
}

// odd are the pieces that names which go wrong are made of.
var odd = []string{"\u201b", " ", ".", "~", "\r", "\t", "\u2420", "\uff0e", "\uff5e", "\u240d", "\u2409", "/", "\uff0f", "\x00", "\u2400", "\xff", "\xe2", "\x80", "E", "9", "2", "0", "*", "\uff0a", "\u2401", "\x01"}

func check(t *testing.T, e encoding.Encoding, name string) {
	t.Helper()
	stored := e.Encode(name)
	if got := e.Decode(stored); got != name {
		t.Fatalf("%v: %+q is stored as %+q, which decodes to %+q", e, name, stored, got)
	}
	if strings.ContainsRune(stored, 0) || e&encoding.Slash != 0 && strings.Contains(stored, "/") ||
		e&encoding.InvalidUtf8 != 0 && !utf8.ValidString(stored) || e&encoding.Dot != 0 && (stored == "." || stored == "..") ||
		e&encoding.RightSpace != 0 && strings.HasSuffix(stored, " ") || e&encoding.LeftPeriod != 0 && strings.HasPrefix(stored, ".") ||
		e&encoding.RightPeriod != 0 && strings.HasSuffix(stored, ".") || e&encoding.LeftSpace != 0 && strings.HasPrefix(stored, " ") {
		t.Fatalf("%v: %+q is stored as %+q, which the flags forbid", e, name, stored)
	}
	element := e.DecodeElement(stored)
	if !strings.ContainsAny(name, "/\uff0f") && element != name {
		t.Fatalf("%v: the element of %+q is %+q", e, name, element)
	}
	if strings.Contains(element, "/") {
		t.Fatalf("%v: the element %+q of %+q holds a slash", e, element, stored)
	}
	if got := e.EncodeElement(element); got != stored {
		t.Fatalf("%v: the element %+q of %+q encodes to %+q", e, element, stored, got)
	}
}

// Every short name of odd pieces, under every set of the flags that meet at a
// name's ends.
func TestEveryShortOddName(t *testing.T) {
	flags := []encoding.Encoding{encoding.LeftSpace, encoding.LeftPeriod, encoding.LeftTilde, encoding.LeftCrLfHtVt, encoding.RightSpace,
		encoding.RightPeriod, encoding.RightCrLfHtVt, encoding.InvalidUtf8, encoding.Dot}
	most := 3
	if testing.Short() {
		most = 2
	}
	for set := range 1 << len(flags) {
		e := encoding.Slash
		for i, f := range flags {
			if set&(1<<i) != 0 {
				e |= f
			}
		}
		var walk func(name string, left int)
		walk = func(name string, left int) {
			check(t, e, name)
			if left == 0 {
				return
			}
			for _, piece := range odd[:16] {
				walk(name+piece, left-1)
			}
		}
		walk("", most)
	}
}

func TestRandomOddNamesUnderRandomSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var b strings.Builder
		for range rng.IntN(9) {
			b.WriteString(odd[rng.IntN(len(odd))])
		}
		check(t, encoding.Encoding(rng.Uint64()&(1<<28-2)), b.String())
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, name := range odd {
		f.Add(name+name, uint64(encoding.Default))
		f.Add("a"+name, uint64(1<<28-2))
	}
	f.Fuzz(func(t *testing.T, name string, mask uint64) {
		check(t, encoding.Encoding(mask&(1<<28-2)), name)
	})
}

func TestCleanNamesCostNoAllocation(t *testing.T) {
	for _, name := range []string{"harbour.jpg", "你好 – é.mkv", " a. ", "..."} {
		if n := testing.AllocsPerRun(100, func() { encoding.Default.Encode(name) }); n != 0 {
			t.Errorf("Encode(%q): %v allocations", name, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { encoding.Default.Decode("harbour (1).jpg") }); n != 0 {
		t.Errorf("Decode: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { encoding.Default.Decode("你好 – é.mkv") }); n != 0 {
		t.Errorf("Decode: %v allocations", n)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]encoding.Encoding{
		"Slash,InvalidUtf8,Dot": encoding.Default, " Slash , Dot ": encoding.Slash | encoding.Dot, "None": encoding.None,
		"0x3000002": encoding.Default, "2,Dot": encoding.Slash | encoding.Dot, "None,Ctl": encoding.Ctl,
	} {
		if got, err := encoding.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "slash", "Slash,", "Slash,,Dot", "Slash Dot", "-1"} {
		if got, err := encoding.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
	for i := range 28 {
		e := encoding.Encoding(1<<i | 1<<(27-i))
		var set encoding.Encoding
		if err := set.Set(e.String()); err != nil || set != e {
			t.Errorf("Set(%q) gives %v, %v", e.String(), set, err)
		}
		text, err := e.MarshalText()
		if err != nil || set.UnmarshalText(text) != nil || set != e {
			t.Errorf("%q does not survive: %v", text, err)
		}
	}
	if err := new(encoding.Encoding).Set("Slash,Wrong"); err == nil || !strings.Contains(err.Error(), `"Wrong"`) {
		t.Errorf("error %v does not name the wrong flag", err)
	}
}

func TestPaths(t *testing.T) {
	e := encoding.Default
	if got := e.EncodePath("a/../b\x00/c／d"); got != "a/．．/b␀/c／d" {
		t.Errorf("EncodePath: %+q", got)
	}
	if got := e.DecodePath("a/．．/b␀/c／d"); got != "a/../b\x00/c／d" {
		t.Errorf("DecodePath: %+q", got)
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, s := range map[string]string{"clean": "IMG_20160501_182201 (1).jpg", "UTF-8": "日本語のファイル名.txt", "special": "a/b\x00c‛d.txt"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoding.Default.Encode(s)
			}
		})
	}
}

func ExampleEncoding() {
	e := encoding.Default
	for _, name := range []string{"report.txt", "AC/DC", "..", "caf\xe9"} {
		stored := e.Encode(name)
		fmt.Printf("%q is stored as %q\n", e.Decode(stored), stored)
	}
	// Output:
	// "report.txt" is stored as "report.txt"
	// "AC/DC" is stored as "AC／DC"
	// ".." is stored as "．．"
	// "caf\xe9" is stored as "caf‛E9"
}

func ExampleParse() {
	e, err := encoding.Parse("Slash, Colon, 0x1000000")
	fmt.Println(e, err)
	// Output: Slash,Colon,InvalidUtf8 <nil>
}
