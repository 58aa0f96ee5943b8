// Package benchmarks holds acd beside its peers: the same work in one run.
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

// For every name that rclone can read back, acd stores what rclone stores, and
// reads what rclone reads; the others acd reads back too.
func TestEncodingAgreesWithRclone(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const names = 500_000
	lost := 0
	for range names {
		var b strings.Builder
		for range 1 + rng.IntN(8) {
			b.WriteString(odd[rng.IntN(len(odd))])
		}
		name, mask := b.String(), rng.Uint64()&(1<<28-2)
		ours, theirs := encoding.Encoding(mask), encoder.MultiEncoder(mask)
		stored := theirs.Encode(name)
		if theirs.Decode(stored) == name {
			if got := ours.Encode(name); got != stored {
				t.Fatalf("%v: %+q is stored as %+q, by rclone as %+q", ours, name, got, stored)
			}
			if got := ours.Decode(stored); got != name {
				t.Fatalf("%v: %+q decodes to %+q, by rclone to %+q", ours, stored, got, name)
			}
		} else {
			lost++
			if got := ours.Decode(ours.Encode(name)); got != name {
				t.Fatalf("%v: %+q comes back as %+q", ours, name, got)
			}
		}
		// What nobody's Encode wrote is read alike, too.
		if got, want := ours.Decode(name), theirs.Decode(name); got != want && ours.Encode(got) != name {
			t.Fatalf("%v: %+q decodes to %+q, by rclone to %+q", ours, name, got, want)
		}
	}
	t.Logf("rclone loses %d of %d names (1 in %.0f), acd none", lost, names, names/float64(lost))
}

func TestDefaultLosesNothingInEither(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	theirs := encoder.MultiEncoder(encoding.Default)
	for range 200_000 {
		var b strings.Builder
		for range 1 + rng.IntN(8) {
			b.WriteString(odd[rng.IntN(len(odd))])
		}
		name := b.String()
		if got, want := encoding.Default.Encode(name), theirs.Encode(name); got != want || theirs.Decode(want) != name {
			t.Fatalf("%+q: acd %+q, rclone %+q", name, got, want)
		}
	}
}

func TestFlagsHaveRclonesNames(t *testing.T) {
	for i := 1; i < 28; i++ {
		e := encoding.Encoding(1 << i)
		if got, want := e.String(), encoder.MultiEncoder(e).String(); got != want {
			t.Errorf("bit %d is %s, in rclone %s", i, got, want)
		}
	}
}

var benchNames = map[string]string{
	"clean":   "IMG_20160501_182201 (1).jpg",
	"utf8":    "日本語のファイル名.txt",
	"special": "a/b\x00c\u201bd.txt",
}

func BenchmarkEncode(b *testing.B) {
	for kind, name := range benchNames {
		b.Run(kind+"/acd", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoding.Default.Encode(name)
			}
		})
		b.Run(kind+"/rclone", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoder.MultiEncoder(encoding.Default).Encode(name)
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for kind, name := range benchNames {
		stored := encoding.Default.Encode(name)
		b.Run(kind+"/acd", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoding.Default.Decode(stored)
			}
		})
		b.Run(kind+"/rclone", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encoder.MultiEncoder(encoding.Default).Decode(stored)
			}
		})
	}
}
