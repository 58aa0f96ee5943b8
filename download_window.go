package acd

import (
	"fmt"
	"io"
	"sync"
)

// windowSize is how many bytes a small ReadAt fetches. A program that reads the directory of a zip file
// or the index of a video reads many small pieces close together.
const (
	windowSize  = 512 << 10
	windowCount = 4
)

// windowCache keeps the windows that were used last.
type windowCache struct {
	mu      sync.Mutex
	windows []window // the window that was used last comes first
}

type window struct {
	off  int64
	data []byte
}

// ReadAt reads len(p) bytes from position off. A small read fetches a window of 512 KiB, and the last
// four windows are kept. A read of 512 KiB or more fetches only what it needs.
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("acd: ReadAt before the start")
	}
	at := r.start + min(off, r.end-r.start)
	for n < len(p) && at < r.end {
		var got int
		if len(p)-n >= windowSize {
			got, err = r.fetch(p[n:min(int64(len(p)), int64(n)+r.end-at)], at)
		} else {
			got, err = r.fromWindow(p[n:], at)
		}
		n, at = n+got, at+int64(got)
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// fetch fills p with the content that begins at position at, with its own request.
func (r *Reader) fetch(p []byte, at int64) (int, error) {
	part := newPart(r.ctx, r.f, at, at+int64(len(p)))
	defer part.Close()
	return io.ReadFull(part, p)
}

func (r *Reader) fromWindow(p []byte, at int64) (int, error) {
	r.window.mu.Lock()
	defer r.window.mu.Unlock()
	ws := r.window.windows
	for i, w := range ws {
		if at >= w.off && at < w.off+int64(len(w.data)) {
			copy(ws[1:i+1], ws[:i])
			ws[0] = w
			return copy(p, w.data[at-w.off:]), nil
		}
	}
	var data []byte
	if len(ws) == windowCount {
		data, ws = ws[len(ws)-1].data[:0], ws[:len(ws)-1]
	}
	off := r.start + (at-r.start)/windowSize*windowSize
	size := min(windowSize, r.end-off)
	if int64(cap(data)) < size {
		data = make([]byte, size)
	}
	data = data[:size]
	r.window.windows = ws
	if _, err := r.fetch(data, off); err != nil {
		return 0, err
	}
	r.window.windows = append([]window{{off, data}}, ws...)
	return copy(p, data[at-off:]), nil
}
