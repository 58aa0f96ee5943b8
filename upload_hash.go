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

// sentContent is what the last whole attempt sent. The transport may still read
// in another goroutine while an answer is looked at.
type sentContent struct{ whole atomic.Pointer[wholeContent] }

// wholeContent is content that was sent to its end.
type wholeContent struct {
	size int64
	// One of them is set, or neither if the content was not hashed on its way.
	hash   *pump.Hash
	digest *digest
}

type digest struct {
	md5  string
	size int64
}

// size is how many bytes were sent, and whether they were all.
func (s *sentContent) size() (int64, bool) {
	if w := s.whole.Load(); w != nil {
		return w.size, true
	}
	return 0, false
}

// set declares content whole whose digest is known from elsewhere.
func (s *sentContent) set(d digest) { s.whole.Store(&wholeContent{size: d.size, digest: &d}) }

func (s *sentContent) reset() { s.whole.Store(nil) }

// get returns the digest of content that was sent whole, once its last bytes are hashed: nil if it was
// not, or was not hashed on its way. It is for one goroutine.
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

// sending counts content while it is sent, hashes it beside that, and declares it sent at its end. The end may not be
// read: of a body whose length is told nobody reads more than that.
type sending struct {
	io.ReadCloser
	hash  *pump.Hash   // nil if it is not hashed
	sent  *sentContent // nil if it is a part
	size  int64
	total int64 // where the end is; source.Unknown if that is not known
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

// hashes says whether content is hashed while it is sent. Without verification the MD5 only serves to
// find the file after an answer was lost. Then a source that can be read again is read once more; one
// that cannot be is hashed all the same, because a network is seldom as fast as a hash, and without
// the MD5 a lost answer would cost the whole transfer.
func (u *upload) hashes() bool { return !u.opts.unverified || !u.src.Rewindable }

// sentDigest is the digest of what was sent, if it was sent whole. It may read the source again.
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
