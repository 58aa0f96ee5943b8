package photos

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
)

// content is what is uploaded. It is either bytes that can be read at any offset (at), or a stream
// that can be read only once (stream).
type content struct {
	at   io.ReaderAt
	size int64
	md5  string // hex

	stream io.Reader
	hash   hash.Hash // of the bytes read from the stream
	read   int64
}

// newContent returns the content of a source. If the source can be read twice, it is hashed first.
func newContent(ctx context.Context, src io.Reader) (*content, error) {
	if src == nil {
		return nil, errors.New("there is no source")
	}
	at, size, ok, err := readerAt(src)
	if err != nil {
		return nil, err
	}
	if !ok {
		c := &content{hash: md5.New()}
		c.stream = io.TeeReader(src, c)
		return c, nil
	}
	c := &content{at: at, size: size}
	c.md5, err = sumOf(ctx, io.NewSectionReader(at, 0, size))
	return c, err
}

// readerAt returns the rest of a source as an [io.ReaderAt]. ok is false if the source cannot be
// read at any offset.
func readerAt(src io.Reader) (at io.ReaderAt, size int64, ok bool, err error) {
	whole, isAt := src.(io.ReaderAt)
	seeker, isSeeker := src.(io.Seeker)
	if !isAt || !isSeeker {
		return nil, 0, false, nil
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, 0, false, nil // a pipe has the same methods as a file, but Seek fails
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, false, err
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return nil, 0, false, err
	}
	return io.NewSectionReader(whole, start, end-start), end - start, true, nil
}

func sumOf(ctx context.Context, r io.Reader) (string, error) {
	h := md5.New()
	if _, err := io.CopyBuffer(h, ending{ctx, r}, make([]byte, 256<<10)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ending is a reader that fails when its context has ended.
type ending struct {
	ctx context.Context
	r   io.Reader
}

func (e ending) Read(p []byte) (int, error) {
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	return e.r.Read(p)
}

// rewinds reports whether the content can be read again.
func (c *content) rewinds() bool { return c.at != nil }

// reader returns a reader of the content. It begins at the start if the content can be read again.
func (c *content) reader() io.Reader {
	if c.at != nil {
		return io.NewSectionReader(c.at, 0, c.size)
	}
	return c.stream
}

// Write adds bytes that were read from the stream to the hash.
func (c *content) Write(p []byte) (int, error) {
	c.read += int64(len(p))
	return c.hash.Write(p)
}

// sent returns how many bytes were sent.
func (c *content) sent() int64 {
	if c.at != nil {
		return c.size
	}
	return c.read
}

// sum returns the MD5 of what was sent, in hex.
func (c *content) sum() string {
	if c.at != nil {
		return c.md5
	}
	return hex.EncodeToString(c.hash.Sum(nil))
}

// nodeIDOf returns the id in an upload's response that has only the id of the node, "" if the
// response has the node itself.
func nodeIDOf(text []byte) string {
	var answer struct {
		ID     string `json:"id"`
		NodeID string `json:"nodeId"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.ID != "" {
		return ""
	}
	return answer.NodeID
}
