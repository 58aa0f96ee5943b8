package acd

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync/atomic"
)

// sentContent is what the last whole attempt sent. The transport may still read
// in another goroutine while an answer is looked at.
type sentContent struct{ whole atomic.Pointer[digest] }

type digest struct {
	md5  string
	size int64
}

func (s *sentContent) get() (digest, bool) {
	if d := s.whole.Load(); d != nil {
		return *d, true
	}
	return digest{}, false
}

// set declares content whole whose digest is known from elsewhere.
func (s *sentContent) set(d digest) { s.whole.Store(&d) }

func (s *sentContent) reset() { s.whole.Store(nil) }

// hashing hashes content while it is sent, and leaves the sum at its end.
type hashing struct {
	io.ReadCloser
	hash  hash.Hash
	size  int64
	sent  *sentContent
	meter *meter
}

func newHashing(rc io.ReadCloser, sent *sentContent, m *meter) *hashing {
	return &hashing{ReadCloser: rc, hash: md5.New(), sent: sent, meter: m}
}

func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.hash.Write(p[:n])
	h.size += int64(n)
	h.meter.add(int64(n))
	if errors.Is(err, io.EOF) {
		h.sent.whole.Store(&digest{hex.EncodeToString(h.hash.Sum(nil)), h.size})
	}
	return n, err
}

// digestOf reads the whole source without sending it.
func (u *upload) digestOf(ctx context.Context) (digest, error) {
	u.meter.restart(PhaseHashing)
	rc, err := u.open(ctx, 0)
	if err != nil {
		return digest{}, u.fail(err)
	}
	defer rc.Close()
	if _, err := io.Copy(io.Discard, withContext(ctx, rc)); err != nil {
		return digest{}, u.fail(err)
	}
	d, _ := u.sent.get()
	return d, nil
}

// withContext ends a long read of a local source with ctx.
func withContext(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
