package blob

import (
	"bytes"
	"errors"
	"hash"
	"io"
	"sort"
)

// Memory keeps contents in memory, in chunks: no bytes are copied when a content grows.
type Memory struct{}

const (
	minChunk = 16 << 10
	maxChunk = 4 << 20
)

func (Memory) Create(hint int64) (Sink, error) { return &memorySink{hint: hint}, nil }

func (Memory) Open(Key) (Source, error) {
	return nil, errors.New("mocks: contents in memory do not outlive the drive")
}

func (Memory) Remove(Key) {}

func (m *memorySink) Abort() { m.chunks = nil }

type memorySink struct {
	hint   int64
	chunks chunks
	size   int64
}

// next returns the room for the next bytes. It is as large as the expected rest of the content. If
// the size is not known, it is not much larger than what was received.
func (m *memorySink) next() []byte {
	if len(m.chunks) > 0 {
		if last := m.chunks[len(m.chunks)-1]; len(last.b) < cap(last.b) {
			return last.b[len(last.b):cap(last.b)]
		}
	}
	n := int64(minChunk)
	if m.hint >= 0 {
		n = max(m.hint-m.size, 512)
	} else if m.size > 0 {
		n = max(m.size, minChunk)
	}
	n = min(n, maxChunk)
	m.chunks = append(m.chunks, chunk{off: m.size, b: make([]byte, 0, n)})
	return m.chunks[len(m.chunks)-1].b[0:n]
}

func (m *memorySink) Fill(r io.Reader, h hash.Hash, limit int64) (int64, error) {
	var total int64
	if m.hint == 0 {
		// The hint is 0: make room only after a byte was received.
		var one [512]byte
		n, err := r.Read(one[:])
		if n == 0 && err != nil {
			return 0, EOF(err)
		}
		if n > 0 {
			room := m.next()
			k := copy(room, one[:n])
			h.Write(one[:n])
			m.grow(k)
			total += int64(n)
		}
		if err != nil {
			return total, EOF(err)
		}
	}
	for total < limit {
		room := m.next()
		room = room[:min(int64(len(room)), limit-total)]
		n, err := r.Read(room)
		h.Write(room[:n])
		m.grow(n)
		total += int64(n)
		if err != nil {
			return total, EOF(err)
		}
	}
	return total, nil
}

func (m *memorySink) grow(n int) {
	last := &m.chunks[len(m.chunks)-1]
	last.b = last.b[:len(last.b)+n]
	m.size += int64(n)
}

func (m *memorySink) Truncate(size int64, h hash.Hash) error {
	h.Reset()
	m.size = size
	for i, c := range m.chunks {
		if c.off >= size {
			m.chunks = m.chunks[:i]
			break
		}
		if end := c.off + int64(len(c.b)); end > size {
			m.chunks[i].b = c.b[:size-c.off]
		}
		h.Write(m.chunks[i].b)
	}
	return nil
}

func (m *memorySink) Commit(_ Key, known bool) (Source, error) {
	if known {
		m.chunks = nil
		return nil, nil
	}
	list := m.chunks
	if n := len(list); n > 0 {
		last := &list[n-1]
		switch {
		case len(last.b) == 0:
			list = list[:n-1]
		case cap(last.b)-len(last.b) > len(last.b)/8+64:
			last.b = bytes.Clone(last.b)
		}
	}
	return list, nil
}

// chunks are the bytes of a content, in pieces.
type chunks []chunk

type chunk struct {
	off int64
	b   []byte
}

func (c chunks) Open() (io.ReaderAt, io.Closer, error) { return c, io.NopCloser(nil), nil }

func (c chunks) ReadAt(p []byte, off int64) (int, error) {
	i := sort.Search(len(c), func(i int) bool { return c[i].off+int64(len(c[i].b)) > off })
	total := 0
	for ; i < len(c) && total < len(p); i++ {
		n := copy(p[total:], c[i].b[off-c[i].off:])
		total += n
		off += int64(n)
	}
	if total < len(p) {
		return total, io.EOF
	}
	return total, nil
}
