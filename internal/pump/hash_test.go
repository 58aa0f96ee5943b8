package pump_test

import (
	"bytes"
	"crypto/md5"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/acd-sdk/acd/internal/pump"
)

func TestHashIsMD5HoweverItIsWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 5<<20+123)
	for i := range content {
		content[i] = byte(r.Uint32())
	}
	for _, size := range []int{0, 1, 55, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1 << 20, len(content)} {
		want := md5.Sum(content[:size])
		for _, most := range []int{1000, 32 << 10, 1 << 20, 5 << 20} {
			h := pump.NewHash()
			for rest := content[:size]; len(rest) > 0; {
				n := min(1+r.IntN(most), len(rest))
				if r.IntN(10) == 0 {
					h.WriteNow(rest[:n])
					rest = rest[n:]
					continue
				}
				// After Write the writer may change its bytes: they are overwritten at once.
				mine := bytes.Clone(rest[:n])
				if wrote, err := h.Write(mine); wrote != n || err != nil {
					t.Fatalf("wrote %d of %d, %v", wrote, n, err)
				}
				clear(mine)
				rest = rest[n:]
			}
			if got := h.Sum(); !bytes.Equal(got, want[:]) {
				t.Errorf("%d bytes in writes of at most %d: %x, want %x", size, most, got, want)
			}
			if got := h.Sum(); !bytes.Equal(got, want[:]) {
				t.Errorf("asked twice: %x, want %x", got, want)
			}
			_, _ = h.Write([]byte("more"))
			more := md5.Sum(append(bytes.Clone(content[:size]), "more"...))
			if got := h.Sum(); !bytes.Equal(got, more[:]) {
				t.Errorf("with more after the sum: %x, want %x", got, more)
			}
			h.Reset()
			_, _ = h.Write(content[:size])
			if got := h.Sum(); !bytes.Equal(got, want[:]) {
				t.Errorf("after Reset: %x, want %x", got, want)
			}
		}
	}
}

// A Hash that is no longer needed leaves no goroutine behind.
func TestHashThatIsLetGoEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
		h := pump.NewHash()
		_, _ = h.Write(make([]byte, 1<<20+5))
	})
}

// If bytes are written faster than they are hashed, the memory in use stays within its limit.
func TestHashHoldsItsWriterBack(t *testing.T) {
	content := make([]byte, 64<<20)
	inUse := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := inUse()
	h := pump.NewHash()
	_, _ = h.Write(content)
	if got := inUse() - before; got > 2*pump.HashMemory {
		t.Errorf("%d KiB are in use, at most %d KiB may be", got>>10, pump.HashMemory>>10)
	}
	h.Sum()
	runtime.KeepAlive(content)
}

func BenchmarkHash(b *testing.B) {
	content := make([]byte, 32<<20)
	b.Run("MD5 alone", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			md5.Sum(content)
		}
	})
	b.Run("beside", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			h := pump.NewHash()
			for rest := content; len(rest) > 0; rest = rest[32<<10:] {
				_, _ = h.Write(rest[:32<<10])
			}
			h.Sum()
		}
	})
}
