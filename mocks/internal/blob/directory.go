package blob

import (
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// Directory keeps each content in a file. The name of the file is the MD5 of the content.
type Directory struct{ Dir string }

func (c *Directory) path(key Key) string {
	name := hex.EncodeToString(key.MD5[:])
	return filepath.Join(c.Dir, "content", name[:2], name)
}

func (c *Directory) Create(int64) (Sink, error) {
	f, err := os.CreateTemp(filepath.Join(c.Dir, "tmp"), "upload-")
	if err != nil {
		return nil, err
	}
	return &fileSink{store: c, file: f}, nil
}

func (c *Directory) Open(key Key) (Source, error) {
	info, err := os.Stat(c.path(key))
	if err != nil {
		return nil, err
	}
	if info.Size() != key.Size {
		return nil, fmt.Errorf("%s: %d bytes, not %d", c.path(key), info.Size(), key.Size)
	}
	return fileSource(c.path(key)), nil
}

func (c *Directory) Remove(key Key) { _ = os.Remove(c.path(key)) }

type fileSource string

func (s fileSource) Open() (io.ReaderAt, io.Closer, error) {
	f, err := os.Open(string(s))
	return f, f, err
}

type fileSink struct {
	store *Directory
	file  *os.File
}

func (s *fileSink) Fill(r io.Reader, h hash.Hash, limit int64) (int64, error) {
	buf := make([]byte, 64<<10)
	return io.CopyBuffer(onlyWriter{io.MultiWriter(s.file, h)}, onlyReader{io.LimitReader(r, limit)}, buf)
}

// onlyWriter and onlyReader hide the other methods of a value, so that io.CopyBuffer uses its
// buffer.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

func (s *fileSink) Truncate(size int64, h hash.Hash) error {
	h.Reset()
	if err := s.file.Truncate(size); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(h, s.file)
	return err
}

func (s *fileSink) Commit(key Key, known bool) (Source, error) {
	if known {
		s.Abort()
		return nil, nil
	}
	if err := s.file.Close(); err != nil {
		return nil, err
	}
	path := s.store.path(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := atomicfile.Rename(s.file.Name(), path); err != nil {
		return nil, err
	}
	return fileSource(path), nil
}

func (s *fileSink) Abort() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
