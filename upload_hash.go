package acd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/pump"
	"github.com/acd-sdk/acd/internal/source"
)

// sentContent is what the last complete attempt sent. Its pointer is atomic: the transport may
// still read the body in another goroutine while the response is examined.
type sentContent struct{ whole atomic.Pointer[wholeContent] }

// wholeContent is content that was sent completely.
type wholeContent struct {
	size int64
	// At most one of hash and digest is set. Neither is set if the content was not hashed while it
	// was sent.
	hash   *pump.Hash
	digest *digest
}

type digest struct {
	md5  string
	size int64
}

// size returns how many bytes were sent. It returns false if the content was not sent completely.
func (s *sentContent) size() (int64, bool) {
	if w := s.whole.Load(); w != nil {
		return w.size, true
	}
	return 0, false
}

// set records that the whole content was sent, with a digest that was computed elsewhere.
func (s *sentContent) set(d digest) { s.whole.Store(&wholeContent{size: d.size, digest: &d}) }

func (s *sentContent) reset() { s.whole.Store(nil) }

// get returns the digest of the content, after its last bytes are hashed. It returns nil if the
// content was not sent completely or was not hashed while it was sent. It is not safe for
// concurrent use.
func (s *sentContent) get() *digest {
	w := s.whole.Load()
	if w == nil {
		return nil
	}
	if w.digest == nil && w.hash != nil {
		s.set(digest{hex.EncodeToString(w.hash.Sum()), w.size})
		w = s.whole.Load()
	}
	return w.digest
}

// sending counts and hashes content while it is sent. When the last byte was read, it records that
// the content was sent completely. It does not wait for io.EOF if the length is known: nobody reads
// beyond a known length.
type sending struct {
	io.ReadCloser
	hash  *pump.Hash   // nil: do not hash
	sent  *sentContent // nil if only a part is sent
	size  int64
	total int64 // the size of the whole; source.Unknown if it is not known
	meter *meter
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if s.hash != nil {
		_, _ = s.hash.Write(p[:n])
	}
	s.size += int64(n)
	s.meter.add(int64(n))
	if errors.Is(err, io.EOF) || s.size == s.total {
		s.ended()
	}
	return n, err
}

func (s *sending) ended() {
	if s.sent != nil && s.sent.whole.Load() == nil {
		s.sent.whole.Store(&wholeContent{size: s.size, hash: s.hash})
	}
}

// hashes reports whether content is hashed while it is sent. Without verification, the MD5 is
// needed only to find the file after a lost response. If the source can be read again, it is then
// read once more for that. If it cannot, it is hashed while it is sent: hashing is usually faster
// than the network, and without the MD5 a lost response would make the whole transfer useless.
func (u *upload) hashes() bool { return !u.opts.unverified || !u.src.Rewindable }

// sentDigest returns the digest of the content that was sent; whole is false if it was not sent
// completely. It may read the source again.
func (u *upload) sentDigest(ctx context.Context) (d digest, whole bool, err error) {
	size, whole := u.sent.size()
	if !whole {
		return digest{}, false, nil
	}
	if d := u.sent.get(); d != nil {
		return *d, true, nil
	}
	d = u.known
	if !u.resumable {
		if d, err = u.digestOf(ctx); err != nil {
			return digest{}, true, err
		}
	}
	if d.size != size {
		return digest{}, true, fmt.Errorf("%w: %d bytes of the source were sent, now it has %d", ErrChanged, size, d.size)
	}
	u.sent.set(d)
	u.reread = true
	return d, true, nil
}

// digestOf reads the whole source without sending it.
func (u *upload) digestOf(ctx context.Context) (digest, error) {
	u.meter.restart(PhaseHashing)
	rc, err := u.src.Open(ctx, 0)
	if err != nil {
		return digest{}, u.fail(ctx, notReplayable(err))
	}
	defer rc.Close()
	var sent sentContent
	content := &sending{ReadCloser: rc, hash: pump.NewHash(), sent: &sent, total: source.Unknown, meter: u.meter}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, content, make([]byte, streamBuffer)); err != nil {
		return digest{}, u.fail(ctx, err)
	}
	return *sent.get(), nil
}

// withContext returns a reader that fails with the cause of ctx after ctx has ended. This stops a
// long read of a local source.
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
