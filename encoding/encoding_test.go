package encoding_test

import (
	"testing"

	"github.com/acd-sdk/acd/encoding"
)

// rclone's encoder produced these stored forms with Default.
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
		// A replacement character that belongs to the name is quoted, but only under its own flag.
		{encoding.Asterisk, "＊", "‛＊"}, {encoding.Colon, "＊", "＊"}, {encoding.RightSpace, "a␠", "a‛␠"}, {encoding.RightSpace, "␠a", "␠a"},
		{encoding.LeftSpace | encoding.RightSpace, " ", "␠"},
		// rclone loses these names. Only the character that rclone misreads has a form that rclone
		// does not write.
		{encoding.RightSpace, "‛ ", "‛‛‛20"}, {encoding.RightPeriod, "‛‛.", "‛‛‛‛‛2E"}, {encoding.RightCrLfHtVt | encoding.Ctl, "‛\r", "‛‛‛0D"},
		{encoding.LeftSpace | encoding.RightSpace, " ‛ ", "␠‛‛‛20"}, {encoding.LeftTilde | encoding.RightCrLfHtVt, "～‛\r", "‛～‛‛‛0D"},
		{encoding.LeftPeriod | encoding.Dot, ".．", "‛2E．"}, {encoding.RightPeriod | encoding.Dot, "．.", "．‛2E"},
		// These names are similar, but rclone reads them back.
		{encoding.LeftPeriod, ".．", "．．"}, {encoding.LeftPeriod | encoding.RightPeriod | encoding.Dot, ".．", "．‛．"},
		{encoding.LeftPeriod | encoding.RightPeriod | encoding.Dot, "．.", "‛．．"}, {encoding.RightSpace, "‛20", "‛‛20"},
		{encoding.RightSpace, "‛␠", "‛‛‛␠"}, {encoding.RightSpace, "‛‛20", "‛‛‛‛20"},
	} {
		if got := tc.e.Encode(tc.original); got != tc.stored {
			t.Errorf("%v: Encode(%+q) = %+q, want %+q", tc.e, tc.original, got, tc.stored)
		}
		if got := tc.e.Decode(tc.stored); got != tc.original {
			t.Errorf("%v: Decode(%+q) = %+q, want %+q", tc.e, tc.stored, got, tc.original)
		}
	}
}

// A stored name that no Encode wrote is read as rclone reads it. This holds even if the name looks
// like a form that only this package writes.
func TestDecodeOfWhatNobodyEncoded(t *testing.T) {
	for _, tc := range []struct {
		e            encoding.Encoding
		stored, name string
	}{
		{encoding.RightSpace, "‛20", "‛20"}, {encoding.RightSpace, "‛‛‛21", "‛‛21"}, {encoding.RightSpace, "‛‛‛2e", "‛‛2e"},
		{encoding.RightSpace, "‛␠‛20", "‛␠‛20"}, {encoding.RightSpace, "‛‛␠", "‛␠"},
		{encoding.None, "‛‛‛20", "‛‛20"}, {encoding.InvalidUtf8, "‛‛‛20", "‛ "},
	} {
		if got := tc.e.Decode(tc.stored); got != tc.name {
			t.Errorf("%v: Decode(%+q) = %+q, want %+q", tc.e, tc.stored, got, tc.name)
		}
	}
}

func TestCleanNamesCostNoAllocation(t *testing.T) {
	const all = encoding.Encoding(1<<28 - 2)
	for _, tc := range []struct {
		e    encoding.Encoding
		name string
	}{
		{encoding.Default, "harbour (1).jpg"}, {encoding.Default, "你好 – é.mkv"}, {encoding.Default, " a. "}, {encoding.Default, "..."},
		{encoding.Default, "\uff0a\ufffd"}, {encoding.None, "caf\xe9 \xef\xbf."}, {all, "harbour (1).jpg"}, {all, "你好 – é.mkv"},
	} {
		for what, f := range map[string]func(string) string{
			"Encode": tc.e.Encode, "EncodePath": tc.e.EncodePath, "Decode": tc.e.Decode, "DecodePath": tc.e.DecodePath, "DecodeElement": tc.e.DecodeElement, "EncodeElement": tc.e.EncodeElement,
		} {
			if tc.name == "\uff0a\ufffd" && what[0] == 'D' {
				continue // looks encoded, under a flag that is not set
			}
			if n := testing.AllocsPerRun(100, func() { f(tc.name) }); n != 0 {
				t.Errorf("%v: %s(%+q): %v allocations", tc.e, what, tc.name, n)
			}
			if got := f(tc.name); got != tc.name {
				t.Errorf("%v: %s(%+q) = %+q", tc.e, what, tc.name, got)
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) { benchmark(b, encoding.Default.Encode) }

func BenchmarkRoundTrip(b *testing.B) {
	benchmark(b, func(name string) string { return encoding.Default.Decode(encoding.Default.Encode(name)) })
}

func benchmark(b *testing.B, f func(string) string) {
	for _, c := range []struct{ kind, name string }{
		{"clean", "IMG_20160501_182201 (1).jpg"}, {"UTF-8", "日本語のファイル名.txt"}, {"special", "a/b\x00c‛d.txt"},
	} {
		b.Run(c.kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f(c.name)
			}
		})
	}
}
