package blob

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// Generator is an endless stream of bytes that do not compress. It can make any range of the
// stream.
type Generator uint64

func (g Generator) word(i uint64) uint64 {
	x := (i + uint64(g)*0x9e3779b97f4a7c15) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (g Generator) Open() (io.ReaderAt, io.Closer, error) { return g, io.NopCloser(nil), nil }

func (g Generator) ReadAt(p []byte, off int64) (int, error) {
	i := uint64(off) / 8
	n := 0
	if skip := int(off % 8); skip != 0 {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], g.word(i))
		n = copy(p, b[skip:])
		i++
	}
	for ; len(p)-n >= 8; n += 8 {
		binary.LittleEndian.PutUint64(p[n:], g.word(i))
		i++
	}
	if n < len(p) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], g.word(i))
		n += copy(p[n:], b[:])
	}
	return n, nil
}

// Synthetic keeps no bytes. It accepts only the contents that its generator can make again.
type Synthetic struct{ Seed uint64 }

func (s *Synthetic) Create(int64) (Sink, error) { return &syntheticSink{gen: Generator(s.Seed)}, nil }

func (s *Synthetic) Open(Key) (Source, error) { return Generator(s.Seed), nil }

func (s *Synthetic) Remove(Key) {}

type syntheticSink struct {
	gen Generator
	off int64
}

// ErrNotSynthetic means that a content is not what the generator makes. The whole content has been
// read.
var ErrNotSynthetic = errors.New("not what the generator makes")

func (s *syntheticSink) Fill(r io.Reader, h hash.Hash, limit int64) (int64, error) {
	const piece = 32 << 10
	buf := make([]byte, 2*piece)
	got, want := buf[:piece], buf[piece:]
	var total int64
	for total < limit {
		n, err := r.Read(got[:min(piece, limit-total)])
		h.Write(got[:n])
		_, _ = s.gen.ReadAt(want[:n], s.off)
		if !bytes.Equal(got[:n], want[:n]) {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return total, err
			}
			return total, ErrNotSynthetic
		}
		s.off += int64(n)
		total += int64(n)
		if err != nil {
			return total, EOF(err)
		}
	}
	return total, nil
}

func (s *syntheticSink) Truncate(size int64, h hash.Hash) error {
	h.Reset()
	s.off = size
	_, err := io.Copy(h, io.NewSectionReader(s.gen, 0, size))
	return err
}

func (s *syntheticSink) Commit(Key, bool) (Source, error) { return s.gen, nil }

func (s *syntheticSink) Abort() {}
