package mocks

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
)

// compress compresses JSON if the client accepts gzip.
func (c *call) compress(a *answer) *answer {
	if !c.d.opt.gzip || !strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") ||
		len(a.header["Content-Type"]) == 0 || a.header["Content-Type"][0] != "application/json" {
		return a
	}
	a.toStream()
	a.stream = readCloser{newPacker(a.stream), a.stream}
	a.length = -1
	a.header["Content-Encoding"] = []string{"gzip"}
	return a
}

// packer is a reader that returns the gzip form of what it reads from src.
type packer struct {
	src io.Reader
	out bytes.Buffer
	zip *gzip.Writer
	buf []byte
	err error
}

func newPacker(src io.Reader) *packer {
	p := &packer{src: src, buf: make([]byte, 32<<10)}
	p.zip = gzip.NewWriter(&p.out)
	return p
}

func (p *packer) Read(b []byte) (int, error) {
	for p.out.Len() == 0 {
		if p.err != nil {
			return 0, p.err
		}
		n, err := p.src.Read(p.buf)
		if n > 0 {
			_, _ = p.zip.Write(p.buf[:n]) // cannot fail: out is memory
			_ = p.zip.Flush()
		}
		if p.err = err; err == io.EOF {
			_ = p.zip.Close()
		}
	}
	return p.out.Read(b)
}
