package blob

import (
	"crypto/md5"
	"errors"
	"hash"
	"io"
)

// Source gives the bytes of a content.
type Source interface {
	Open() (io.ReaderAt, io.Closer, error)
}

type Key struct {
	MD5  [md5.Size]byte
	Size int64
}

// A Store is where the bytes of files are: in memory, in a directory, or nowhere (synthetic).
type Store interface {
	// create begins a content of about hint bytes; hint < 0: unknown.
	Create(hint int64) (Sink, error)
	// open gives the bytes of a content that is already there.
	Open(key Key) (Source, error)
	// remove forgets a content that no file has any more.
	Remove(key Key)
}

// Sink takes the bytes of one upload.
type Sink interface {
	// Fill reads from r to its end or to max bytes, and hashes what it keeps.
	Fill(r io.Reader, h hash.Hash, max int64) (int64, error)
	// Truncate forgets what stands after size bytes; h then holds the hash of the rest.
	Truncate(size int64, h hash.Hash) error
	// Commit makes the bytes a content; with known it was there already.
	Commit(key Key, known bool) (Source, error)
	Abort()
}

// EOF is nil for the end of a body, and any other error as it is.
func EOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Discard stands where a sink was.
type Discard struct{}

func (Discard) Fill(r io.Reader, _ hash.Hash, _ int64) (int64, error) { return io.Copy(io.Discard, r) }

func (Discard) Truncate(int64, hash.Hash) error { return nil }

func (Discard) Commit(Key, bool) (Source, error) { return nil, io.ErrUnexpectedEOF }

func (Discard) Abort() {}
