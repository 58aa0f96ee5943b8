package webdav

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// A target is a file that is being written. The library copies the body of a PUT, or the source of
// a COPY, into it by ReadFrom, which writes the whole content. Close does nothing, because the
// library calls Close also after a body that was cut short.
type target struct {
	ctx    context.Context
	x      *exchange
	folder string
	name   string
	there  *entry // entry that has the name before, or nil
	made   *entry // entry that has the name afterwards
}

// ReadFrom implements [io.ReaderFrom].
func (t *target) ReadFrom(r io.Reader) (int64, error) {
	content, err := t.contentOf(r)
	if err != nil {
		return 0, t.x.fail(err)
	}
	if err := t.write(content); err != nil {
		return 0, t.x.fail(err)
	}
	return t.made.Size(), nil
}

// Stat is called by the library before Close. The library sends the ETag of the result.
func (t *target) Stat() (os.FileInfo, error) {
	if t.made == nil {
		return nil, fs.ErrNotExist
	}
	return t.made, nil
}

func (t *target) Close() error                       { return nil }
func (t *target) Write([]byte) (int, error)          { return 0, errNotWritten }
func (t *target) Readdir(int) ([]os.FileInfo, error) { return nil, fs.ErrInvalid }
func (t *target) Read([]byte) (int, error)           { return 0, fs.ErrInvalid }
func (t *target) Seek(int64, int) (int64, error)     { return 0, fs.ErrInvalid }

// DeadProps is part of [webdav.DeadPropsHolder], which COPY needs to copy properties.
func (t *target) DeadProps() (map[xml.Name]webdav.Property, error) {
	return nil, fs.ErrInvalid // the library never calls it for a file that is being written
}

// Patch implements [webdav.DeadPropsHolder]. The library calls it also after a copy that failed.
func (t *target) Patch(patches []webdav.Proppatch) ([]webdav.Propstat, error) {
	if t.made == nil {
		return nil, fs.ErrNotExist
	}
	return t.x.fs.props.patch(t.made.key(), patches), nil
}

// A content is what is to be written.
type content struct {
	src    io.Reader                     // nil if reopen is set
	reopen func() (io.ReadCloser, error) // nil if src can be read only once
	size   int64                         // -1 if unknown
	body   *body                         // set for a PUT
}

func contentOfMemory(m *memoryFile) content {
	return content{src: bytes.NewReader(m.data), size: int64(len(m.data))}
}

// bufferedBody is the size up to which a body is held in memory, so that it can be sent again if
// the service refuses it.
const bufferedBody = 1 << 20

func (t *target) contentOf(r io.Reader) (content, error) {
	if f, ok := r.(*file); ok {
		if f.entry.mem != nil {
			return contentOfMemory(f.entry.mem), nil
		}
		return content{size: f.entry.Size(), reopen: func() (io.ReadCloser, error) {
			r, err := t.x.fs.drive.Content.Open(t.ctx, f.entry.node)
			if err != nil {
				return nil, err
			}
			return &whole{r}, nil
		}}, nil
	}
	b, ok := r.(*body)
	if !ok {
		return content{}, fs.ErrInvalid
	}
	var begin bytes.Buffer
	n, err := io.CopyN(&begin, b, bufferedBody)
	switch {
	case errors.Is(err, io.EOF):
		return content{src: bytes.NewReader(begin.Bytes()), size: n, body: b}, nil
	case err != nil:
		return content{}, errBodyCut
	}
	return content{src: io.MultiReader(&begin, b), size: b.length, body: b}, nil
}

// write stores the content under the target's name, on the drive or in memory.
func (t *target) write(c content) error {
	if isJunk(t.name) {
		return t.writeMemory(c)
	}
	var old, placeholder *entry // old is overwritten on the drive; placeholder is in memory
	switch {
	case t.there == nil:
	case t.there.mem != nil:
		placeholder = t.there
	case t.there.IsDir():
		if err := t.x.displace(t.ctx, t.there); err != nil {
			return err
		}
	default:
		old = t.there
	}
	n, err := t.send(old, c)
	if c.body != nil && c.body.err != nil {
		return errBodyCut
	}
	if n == nil || err != nil {
		return err
	}
	t.made = &entry{name: shownName(n), folder: t.folder, node: n}
	t.x.changed(nil, t.made)
	t.x.replaced = t.there != nil
	if old == nil {
		t.x.undoMade(t.made)
	}
	if placeholder != nil {
		t.x.fs.memory.remove(placeholder)
		t.x.fs.props.move(placeholder.key(), t.made.key())
	}
	return nil
}

// send uploads a new file, or overwrites the existing one, which keeps its id and its parents.
func (t *target) send(there *entry, c content) (*acd.Node, error) {
	content := t.x.fs.drive.Content
	var source []acd.SourceOption
	if c.size >= 0 {
		source = append(source, acd.WithSize(c.size))
	}
	if c.reopen != nil {
		source = append(source, acd.WithReopen(c.reopen))
	}
	if there != nil {
		opts := []acd.OverwriteOption{acd.WaitVisible()}
		for _, o := range source {
			opts = append(opts, o)
		}
		return content.Overwrite(t.ctx, there.node, c.src, opts...)
	}
	opts := []acd.UploadOption{acd.WaitVisible(), acd.RemoveOnMismatch()}
	for _, o := range source {
		opts = append(opts, o)
	}
	return content.Upload(t.ctx, t.folder, nameOf(t.name), c.src, opts...)
}

// writeMemory keeps the content in memory.
func (t *target) writeMemory(c content) error {
	src := c.src
	if src == nil {
		rc, err := c.reopen()
		if err != nil {
			return err
		}
		defer rc.Close()
		src = rc
	}
	data, err := io.ReadAll(io.LimitReader(src, memoryFileMost+1))
	switch {
	case c.body != nil && c.body.err != nil:
		return errBodyCut
	case err != nil:
		return err
	}
	made, err := t.x.fs.memory.put(t.folder, t.name, data)
	if err != nil {
		return err
	}
	t.x.replaced = t.there != nil
	t.made = made
	return nil
}

// A body is the body of a PUT.
type body struct {
	r      io.ReadCloser
	length int64 // from Content-Length; -1 if unknown
	most   int64 // length that clients such as Finder send in another header; -1 if there is none
	n      int64
	err    error // why the body is not complete
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if errors.Is(err, io.EOF) && b.most >= 0 && b.n != b.most {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func (b *body) Close() error { return b.r.Close() }

// preparePut wraps the body, so that its expected length is known when it is read.
func (x *exchange) preparePut(r *http.Request) error {
	if r.Header.Get("Content-Range") != "" {
		return fault(http.StatusBadRequest, "a part of a file cannot be written")
	}
	b := &body{r: r.Body, length: r.ContentLength, most: -1}
	if said := r.Header.Get("X-Expected-Entity-Length"); r.ContentLength < 0 && said != "" {
		var err error
		if b.most, err = strconv.ParseInt(said, 10, 64); err != nil || b.most < 0 {
			return fault(http.StatusBadRequest, "X-Expected-Entity-Length is no length")
		}
	}
	r.Body = b
	return x.checkPreconditions(r)
}
