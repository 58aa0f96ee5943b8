package mocks

import (
	"crypto/md5"
	"hash"
	"io"
)

// source gives the bytes of a content.
type source interface {
	open() (io.ReaderAt, io.Closer, error)
}

type blobKey struct {
	md5  [md5.Size]byte
	size int64
}

// contents is where the bytes of files are: in memory, in a directory, or nowhere (synthetic).
type contents interface {
	// create begins a content of about hint bytes; hint < 0: unknown.
	create(hint int64) (sink, error)
	// open gives the bytes of a content that is already there.
	open(key blobKey) (source, error)
	// remove forgets a content that no file has any more.
	remove(key blobKey)
}

// sink takes the bytes of one upload.
type sink interface {
	// fill reads from r to its end or to max bytes, and hashes what it keeps.
	fill(r io.Reader, h hash.Hash, max int64) (int64, error)
	// truncate forgets what stands after size bytes; h then holds the hash of the rest.
	truncate(size int64, h hash.Hash) error
	// commit makes the bytes a content; with known it was there already.
	commit(key blobKey, known bool) (source, error)
	abort()
}

func eof(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// discard stands where a sink was.
type discard struct{}

func (discard) fill(r io.Reader, _ hash.Hash, _ int64) (int64, error) { return io.Copy(io.Discard, r) }

func (discard) truncate(int64, hash.Hash) error { return nil }

func (discard) commit(blobKey, bool) (source, error) { return nil, io.ErrUnexpectedEOF }

func (discard) abort() {}
