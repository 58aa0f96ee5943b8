package store

import (
	"crypto/md5"

	"github.com/acd-sdk/acd/mocks/internal/blob"
)

// Blob is one content. All files with that content share it.
type Blob struct {
	blob.Key
	Data  blob.Source
	first *Node // first node with this content; the others follow by twinNext
}

// Intern makes the bytes of a sink a blob, or returns the blob that already has these bytes. The
// caller holds Drive.mu.
func (s *Store) Intern(content blob.Sink, key blob.Key) (*Blob, error) {
	if b := s.blobs[key.MD5]; b != nil {
		_, err := content.Commit(key, true)
		return b, err
	}
	data, err := content.Commit(key, false)
	if err != nil {
		return nil, err
	}
	b := &Blob{Key: key, Data: data}
	s.blobs[key.MD5] = b
	return b, nil
}

// Adopt returns the blob of a content that need not be stored.
func (s *Store) Adopt(data blob.Source, key blob.Key) *Blob {
	if b := s.blobs[key.MD5]; b != nil {
		return b
	}
	b := &Blob{Key: key, Data: data}
	s.blobs[key.MD5] = b
	return b
}

// Release removes a blob if no node has it.
func (s *Store) Release(b *Blob) {
	if b != nil && b.first == nil && s.blobs[b.MD5] == b {
		delete(s.blobs, b.MD5)
		s.garbage = append(s.garbage, b.Key)
	}
}

// account adds a live file to the usage (sign +1) or takes it out (sign -1).
func (s *Store) account(n *Node, sign int64) {
	if n.Kind != File || n.Blob == nil {
		return
	}
	u := &s.Usage[CategoryOf(n.MIME)]
	u.Bytes += sign * n.Blob.Size
	u.Count += sign
}

// SetBlob sets the content of a file.
func (s *Store) SetBlob(n *Node, b *Blob, mime string) {
	live := n.Status.Live()
	if live {
		s.account(n, -1)
	}
	old := n.Blob
	s.detach(n)
	n.Blob, n.MIME = b, mime
	if b != nil {
		n.twinNext = b.first
		if b.first != nil {
			b.first.twinPrev = n
		}
		b.first = n
		s.UsedBytes += b.Size
	}
	if live {
		s.account(n, +1)
	}
	s.Release(old)
}

func (s *Store) detach(n *Node) {
	b := n.Blob
	if b == nil {
		return
	}
	if n.twinPrev != nil {
		n.twinPrev.twinNext = n.twinNext
	} else {
		b.first = n.twinNext
	}
	if n.twinNext != nil {
		n.twinNext.twinPrev = n.twinPrev
	}
	n.twinPrev, n.twinNext, n.Blob = nil, nil, nil
	s.UsedBytes -= b.Size
}

// LiveTwin returns a file with that content that is not in the trash, or nil.
func (s *Store) LiveTwin(sum [md5.Size]byte) *Node {
	if b := s.blobs[sum]; b != nil {
		for n := b.first; n != nil; n = n.twinNext {
			if n.Status.Live() && n.Kind == File {
				return n
			}
		}
	}
	return nil
}
