// Package benchmarks compares acd with other programs: all do the same work in one run.
package benchmarks

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rclone/rclone/lib/encoder"

	"github.com/acd-sdk/acd/encoding"
)

var odd = []string{"\u201b", " ", ".", "~", "\r", "\t", "\u2420", "\uff0e", "\uff5e", "\u240d", "\u2409", "/", "\uff0f", "\x00", "\u2400",
	"\xff", "\xe2", "\x80", "\ufffd", "E", "9", "2", "0", "*", "\uff0a", "\u2401", "\x01", "\x7f", "\u2421", "[", "\uff3b", "é", "日"}

// agree fails the test unless acd and rclone agree about one name, and reports whether rclone loses
// the name. If rclone can read a name back, acd stores what rclone stores and reads what rclone
// reads. acd also reads the names back that rclone loses.
func agree(t *testing.T, mask uint64, name string) (lost bool) {
	t.Helper()
	ours, theirs := encoding.Encoding(mask), encoder.MultiEncoder(mask)
	stored, want := ours.Encode(name), theirs.Encode(name)
	if got := ours.Decode(stored); got != name {
		t.Fatalf("%v: %+q comes back as %+q", ours, name, got)
	}
	if lost = theirs.Decode(want) != name; !lost && stored != want {
		t.Fatalf("%v: %+q is stored as %+q, by rclone as %+q", ours, name, stored, want)
	}
	if lost && ours&encoding.InvalidUtf8 != 0 && theirs.Decode(stored) != name {
		t.Fatalf("%v: %+q is stored as %+q, which rclone does not read", ours, name, stored)
	}
	// A text that no Encode wrote is read in the same way by both.
	if got, want := ours.Decode(name), theirs.Decode(name); got != want && ours.Encode(got) != name {
		t.Fatalf("%v: %+q decodes to %+q, by rclone to %+q", ours, name, got, want)
	}
	return lost
}

func randomName(rng *rand.Rand) string {
	var b strings.Builder
	for range 1 + rng.IntN(8) {
		b.WriteString(odd[rng.IntN(len(odd))])
	}
	return b.String()
}

func TestEncodingAgreesWithRclone(t *testing.T) {
	const (
		names = 500_000
		all   = 1<<28 - 2
		ends  = uint64(encoding.LeftSpace | encoding.LeftPeriod | encoding.LeftTilde | encoding.LeftCrLfHtVt |
			encoding.RightSpace | encoding.RightPeriod | encoding.RightCrLfHtVt)
	)
	for _, c := range []struct {
		sets    string
		and, or uint64
		loses   bool
	}{
		{"random sets", all, 0, true},
		{"sets with all Left and Right flags", all, ends, true},
		{"sets without", all &^ ends, 0, false},
	} {
		t.Run(c.sets, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			lost := 0
			for range names {
				if agree(t, rng.Uint64()&c.and|c.or, randomName(rng)) {
					lost++
				}
			}
			if lost > 0 != c.loses {
				t.Errorf("rclone loses %d", lost)
			}
			t.Logf("rclone loses %d of %d names, acd none", lost, names)
		})
	}
}

// The test takes every name of up to four pieces that matter at the ends of a name. It takes each
// under every set of the flags that matter at the ends.
func TestEncodingAgreesWithRcloneOnEveryShortName(t *testing.T) {
	pieces := []string{"\u201b", " ", ".", "\r", "\u2420", "\uff0e", "2"}
	names := []string{""}
	for start, round := 0, 0; round < 4; round++ {
		end := len(names)
		for _, name := range names[start:end] {
			for _, p := range pieces {
				names = append(names, name+p)
			}
		}
		start = end
	}
	flags := []encoding.Encoding{encoding.LeftSpace, encoding.LeftPeriod, encoding.LeftCrLfHtVt, encoding.RightSpace, encoding.RightPeriod,
		encoding.RightCrLfHtVt, encoding.InvalidUtf8, encoding.Dot}
	lost := 0
	for set := range 1 << len(flags) {
		var e encoding.Encoding
		for i, f := range flags {
			if set&(1<<i) != 0 {
				e |= f
			}
		}
		for _, name := range names {
			if agree(t, uint64(e), name) {
				lost++
			}
		}
	}
	t.Logf("rclone loses %d of %d", lost, len(names)<<len(flags))
}

func FuzzEncodingAgreesWithRclone(f *testing.F) {
	f.Add("\u201b ", uint64(encoding.RightSpace))
	f.Add(".\uff0e", uint64(encoding.LeftPeriod|encoding.Dot))
	f.Fuzz(func(t *testing.T, name string, mask uint64) { agree(t, mask&(1<<28-2), name) })
}

func TestDefaultLosesNothingInEither(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	theirs := encoder.MultiEncoder(encoding.Default)
	for range 200_000 {
		name := randomName(rng)
		if got, want := encoding.Default.Encode(name), theirs.Encode(name); got != want || theirs.Decode(want) != name {
			t.Fatalf("%+q: acd %+q, rclone %+q", name, got, want)
		}
	}
}

// acd reads and writes the text form of a set as rclone does, with one exception: acd accepts no
// negative numbers.
func TestSetsReadAndWriteAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 10_000 {
		mask := rng.Uint64() & (1<<28 - 2)
		text := encoder.MultiEncoder(mask).String()
		if got, err := encoding.Parse(text); err != nil || got != encoding.Encoding(mask) {
			t.Fatalf("Parse(%q) = %v, %v", text, got, err)
		}
		if got := encoding.Encoding(mask).String(); got != text {
			t.Fatalf("%#x is %q, in rclone %q", mask, got, text)
		}
	}
	for _, text := range []string{"", ",", "None", "Slash , Dot", "slash", "Slash,", "0x3000002", "0b11,Dot", "1_0", "017", "x", "Slash\t,\nDel"} {
		var theirs encoder.MultiEncoder
		wantErr := theirs.Set(text)
		ours, err := encoding.Parse(text)
		if (err == nil) != (wantErr == nil) || err == nil && uint64(ours) != uint64(theirs) {
			t.Errorf("%q: acd %v, %v; rclone %v, %v", text, ours, err, theirs, wantErr)
		}
	}
}

var benchNames = []struct{ kind, name string }{
	{"clean", "IMG_20160501_182201 (1).jpg"},
	{"utf8", "日本語のファイル名.txt"},
	{"special", "a/b\x00c\u201bd.txt"},
}

func BenchmarkEncode(b *testing.B) {
	for _, c := range benchNames {
		compare(b, c.kind, c.name, encoding.Default.Encode, encoder.MultiEncoder(encoding.Default).Encode)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range benchNames {
		compare(b, c.kind, encoding.Default.Encode(c.name), encoding.Default.Decode, encoder.MultiEncoder(encoding.Default).Decode)
	}
}

func compare(b *testing.B, kind, name string, acd, rclone func(string) string) {
	for _, peer := range []struct {
		name string
		f    func(string) string
	}{{"acd", acd}, {"rclone", rclone}} {
		b.Run(kind+"/"+peer.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				peer.f(name)
			}
		})
	}
}
