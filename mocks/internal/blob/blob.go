package blob

import (
	"crypto/md5"
	"errors"
	"hash"
	"io"
)

// Source opens a content for reading.
type Source interface {
	Open() (io.ReaderAt, io.Closer, error)
}

type Key struct {
	MD5  [md5.Size]byte
	Size int64
}

// A Store keeps the contents of files: in memory, in a directory, or nowhere (synthetic).
type Store interface {
	// Create begins a content of about hint bytes. If hint < 0, the size is not known.
	Create(hint int64) (Sink, error)
	// Open returns a content that is stored already.
	Open(key Key) (Source, error)
	// Remove removes a content that no file has any more.
	Remove(key Key)
}

// Sink receives the bytes of one upload.
type Sink interface {
	// Fill reads r to its end, or max bytes of it. It keeps the bytes and adds them to the hash.
	Fill(r io.Reader, h hash.Hash, max int64) (int64, error)
	// Truncate drops the bytes after the first size bytes. h then holds the hash of the bytes that
	// stay.
	Truncate(size int64, h hash.Hash) error
	// Commit ends the upload and makes the bytes a content. If known is true, the store has that
	// content already: the bytes are dropped.
	Commit(key Key, known bool) (Source, error)
	Abort()
}

// EOF returns nil for io.EOF, and every other error unchanged.
func EOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Discard is a sink that keeps nothing. It replaces a sink that was aborted or committed.
type Discard struct{}

func (Discard) Fill(r io.Reader, _ hash.Hash, _ int64) (int64, error) { return io.Copy(io.Discard, r) }

func (Discard) Truncate(int64, hash.Hash) error { return nil }

func (Discard) Commit(Key, bool) (Source, error) { return nil, io.ErrUnexpectedEOF }

func (Discard) Abort() {}
