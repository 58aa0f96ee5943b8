package webdav

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// A file is an entry that is open for reading or for its properties. Nothing is fetched before the
// first Read.
type file struct {
	ctx   context.Context
	x     *exchange
	entry *entry

	pos    int64
	reader *acd.Reader
	start  int64 // offset of the last Seek
}

var errNotWritten = errors.New("webdav: a file is written by ReadFrom")

func (f *file) Stat() (os.FileInfo, error) { return f.entry, nil }
func (f *file) Write([]byte) (int, error)  { return 0, errNotWritten }

func (f *file) Close() error {
	if f.reader != nil {
		return f.reader.Close()
	}
	return nil
}

func (f *file) Readdir(int) ([]os.FileInfo, error) {
	children := f.x.children
	if f.x.shown == nil {
		var err error
		if children, err = f.x.view.list(f.ctx, f.entry.node.ID); err != nil {
			return nil, f.x.fail(err)
		}
	}
	infos := make([]os.FileInfo, len(children))
	for i, child := range children {
		infos[i] = child
	}
	return infos, nil
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.entry.Size()
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	if offset != f.pos {
		f.start = offset
	}
	f.pos = offset
	return offset, nil
}

// apartMost is how many bytes are fetched in small pieces after a Seek. Only after that is a
// connection opened that reads on to the end of the file. Most requests for a range in the middle
// want less.
const apartMost = 1 << 20

func (f *file) Read(p []byte) (n int, err error) {
	if f.entry.mem != nil {
		if f.pos >= f.entry.Size() {
			return 0, io.EOF
		}
		n = copy(p, f.entry.mem.data[f.pos:])
		f.pos += int64(n)
		return n, nil
	}
	if f.entry.IsDir() {
		return 0, fs.ErrInvalid
	}
	if f.reader == nil {
		if f.reader, err = f.x.fs.drive.Content.Open(f.ctx, f.entry.node); err != nil {
			return 0, f.broken(err)
		}
	}
	if f.pos >= f.entry.Size() {
		return 0, io.EOF
	}
	if f.isApart() {
		n, err = f.reader.ReadAt(p, f.pos)
	} else {
		n, err = f.readOn(p)
	}
	f.pos += int64(n)
	if errors.Is(err, io.EOF) && n > 0 {
		err = nil
	}
	return n, f.broken(err)
}

// isApart reports whether a read is still near the offset of a Seek into the middle of the file.
func (f *file) isApart() bool { return f.start > 0 && f.pos-f.start < apartMost }

// readOn reads from the stream.
func (f *file) readOn(p []byte) (int, error) {
	if _, err := f.reader.Seek(f.pos, io.SeekStart); err != nil {
		return 0, err
	}
	return (&whole{f.reader}).Read(p)
}

// A whole is a reader that returns the last bytes only after the whole content was verified. A
// caller that reads exactly Size bytes would not notice otherwise that the content arrived damaged.
type whole struct{ *acd.Reader }

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil {
		return n, err
	}
	if pos, err := w.Seek(0, io.SeekCurrent); err != nil || pos < w.Size() {
		return n, err
	}
	if _, err := w.Reader.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		return 0, err
	}
	return n, nil
}

// broken keeps the reason why content could not be read. If the response has begun already, it ends
// before its announced length, and the server closes the connection.
func (f *file) broken(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		f.x.failure = err
		if f.x.answer.status != 0 {
			f.x.logFailure(statusOf(err))
		}
	}
	return err
}

func (f *file) DeadProps() (map[xml.Name]webdav.Property, error) {
	return f.x.fs.props.of(f.entry.key()), nil
}

func (f *file) Patch(patches []webdav.Proppatch) ([]webdav.Propstat, error) {
	return f.x.fs.props.patch(f.entry.key(), patches), nil
}
