package acd

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/acd-sdk/acd/internal/wire"
)

const (
	// maxFeedValue is the largest size in bytes of one node, or of any other single value, in the feed.
	maxFeedValue = 8 << 20
	// partSize: when the text of a set exceeds this size in bytes, the nodes so far are yielded as a
	// part.
	partSize = 1 << 20
	// feedWindow is how many bytes of the feed are in memory, unless a single value is longer.
	feedWindow = 64 << 10
)

// badValueError means that a value in the feed has a wrong kind or is too long.
type badValueError struct {
	err   error
	final bool // a retry would fail in the same way
}

func (e *badValueError) Error() string { return "the change feed cannot be read: " + e.err.Error() }
func (e *badValueError) Unwrap() error { return e.err }

// frameReader decodes a feed as it arrives. In memory are a window of the text and the nodes of one part.
//
// A key, a value or a node is read from the window as if all of it were there. If the end of the window
// cuts it off, more text is read, and the key, value or node is read again from its beginning. This is
// rare, because the window is much longer than most of them.
type frameReader struct {
	*nodeDecoder
	r       io.Reader
	text    []byte // the window
	dropped int64  // bytes of the feed before the window
	err     error  // the error of r, or a badValueError

	set       *ChangeSet
	partStart int64 // where the part began in the feed
}

// newFrameReader returns a frameReader that uses d. Until the frameReader is done, d must not be used for
// anything else.
func newFrameReader(r io.Reader, d *nodeDecoder) *frameReader {
	d.scan.Reset(nil)
	return &frameReader{nodeDecoder: d, r: r, text: make([]byte, 0, feedWindow)}
}

// next returns the next set. If the set is large, next passes all parts except the last to part, and
// returns the last part. After the last set it returns io.EOF.
func (f *frameReader) next(part func(*ChangeSet) error) (*ChangeSet, error) {
	for f.scan.AtEnd() {
		if !f.more(f.scan.Mark(), nil) {
			return nil, f.err
		}
	}
	f.set, f.partStart = new(ChangeSet), f.offset()
	if err := f.open(wire.Object, "a set"); err != nil {
		return nil, noEOF(err)
	}
	for f.member('}') {
		var key string
		f.value(func() { key = string(f.scan.Key()) })
		err := f.failure()
		switch {
		case err != nil:
		case key == "nodes":
			err = f.nodes(part)
		default:
			err = f.field(key)
		}
		if err != nil {
			return nil, noEOF(err)
		}
	}
	return f.set, noEOF(f.failure())
}

// field reads the value of any field except "nodes".
func (f *frameReader) field(key string) error {
	f.value(func() {
		f.bad, f.key = nil, nil
		switch key {
		case "checkpoint":
			f.nodeDecoder.text(&f.set.Checkpoint, identifies)
			f.finish(0, 0, 0)
		case "reset":
			f.truth(&f.set.Reset)
		case "statusCode":
			var code int64
			f.whole(&code, identifies)
			f.set.StatusCode = int(code)
		case "end":
			f.truth(&f.set.End)
		default:
			f.scan.Skip()
		}
	})
	if f.bad != nil {
		return &badValueError{err: fmt.Errorf("field %q: %s", key, f.bad.Reason)}
	}
	return f.failure()
}

// nodes reads the nodes of a set. A node that cannot be read goes to Unreadable, and the others are read.
func (f *frameReader) nodes(part func(*ChangeSet) error) error {
	if f.kind() == wire.Null {
		return f.field("")
	}
	if err := f.open(wire.Array, "the list of nodes"); err != nil {
		return err
	}
	for f.member(']') {
		var n *Node
		var bad *NodeError
		f.value(func() {
			n = new(Node)
			bad = f.node(n)
		})
		if err := f.failure(); err != nil {
			return err
		}
		if bad == nil {
			f.set.Nodes = append(f.set.Nodes, n)
		} else {
			f.set.Unreadable = append(f.set.Unreadable, bad)
		}
		if f.offset()-f.partStart < partSize {
			continue
		}
		if err := part(f.set); err != nil {
			return err
		}
		f.set = &ChangeSet{Checkpoint: f.set.Checkpoint, Reset: f.set.Reset, StatusCode: f.set.StatusCode}
		f.partStart = f.offset()
	}
	return f.failure()
}

// offset returns how many bytes of the feed have been decoded.
func (f *frameReader) offset() int64 { return f.dropped + int64(f.scan.Pos()) }

// kind returns the kind of the next value.
func (f *frameReader) kind() (kind wire.Kind) {
	f.look(func() { kind = f.scan.Next() })
	return kind
}

// open enters the object or array that comes next. want is the expected kind.
func (f *frameReader) open(want wire.Kind, due string) error {
	switch kind := f.kind(); kind {
	case want:
		f.scan.Open()
		return nil
	case wire.None:
		return f.failure()
	default:
		return &badValueError{err: fmt.Errorf("%s where %s is due", kindName(kind), due)}
	}
}

// member reports whether the object or array has another member.
func (f *frameReader) member(end byte) (more bool) {
	f.look(func() { more = f.scan.More(end) })
	return more
}

// look calls read. If the window ends too early, look gets more text and calls read again. read must then
// have consumed nothing.
func (f *frameReader) look(read func()) {
	for read(); errors.Is(f.scan.Err(), wire.ErrCut) && f.more(f.scan.Mark(), nil); {
		read()
	}
}

// value calls read, which reads a key or a value. If the end of the window cuts it off, value gets more
// text and calls read again at the beginning of the key or value.
func (f *frameReader) value(read func()) {
	for again := true; again; {
		m := f.scan.Mark()
		read()
		again = errors.Is(f.scan.Err(), wire.ErrCut) && f.more(m, new(valueEnd))
	}
}

// failure returns why the feed cannot be read further. If the text is cut off and the stream failed,
// failure returns the error of the stream.
func (f *frameReader) failure() error {
	if err := f.scan.Err(); !errors.Is(err, wire.ErrCut) || f.err == nil {
		return err
	}
	return f.err
}

// more drops the text before the mark. Then it reads until the value after the mark may be complete. If
// value is nil, more returns after any new text. If no more text comes, it returns false and sets f.err.
func (f *frameReader) more(m wire.Mark, value *valueEnd) bool {
	if f.err != nil {
		return false
	}
	f.dropped += int64(m.Pos)
	f.text = f.text[:copy(f.text, f.text[m.Pos:])]
	m.Pos = 0
	whole := value.within(f.text)
	for f.err == nil {
		if len(f.text) > maxFeedValue {
			f.err = &badValueError{final: true, err: fmt.Errorf("a single value above %d bytes", maxFeedValue)}
			return false
		}
		if len(f.text) == cap(f.text) {
			f.text = slices.Grow(f.text, len(f.text))
		}
		n, err := f.r.Read(f.text[len(f.text):cap(f.text)])
		f.text = f.text[:len(f.text)+n]
		f.err = err
		whole = value.within(f.text[len(f.text)-n:]) || whole
		if n > 0 && (whole || err != nil) {
			f.scan.Resume(f.text, m)
			return true
		}
	}
	return false
}

// valueEnd looks for the end of a value in text that arrives in pieces. Without it, a long value would be
// decoded again from its beginning after every piece.
type valueEnd struct {
	depth   int
	inText  bool
	escaped bool
}

// within reports whether the value may end within the next piece. If v is nil, it returns true.
func (v *valueEnd) within(piece []byte) bool {
	if v == nil {
		return true
	}
	for _, c := range piece {
		if v.inText || c == '"' {
			if v.text(c) && v.depth == 0 {
				return true
			}
			continue
		}
		switch {
		case c == '{', c == '[':
			v.depth++
		case c == '}', c == ']':
			if v.depth--; v.depth <= 0 {
				return true
			}
		case v.depth == 0 && c > ' ' && c != ',' && c != ':':
			return true // a number, a literal such as true, or text that is not JSON
		}
	}
	return false
}

// text takes the next byte of a quoted string and reports whether the string ends with it.
func (v *valueEnd) text(c byte) (end bool) {
	switch {
	case v.escaped:
		v.escaped = false
	case c == '\\':
		v.escaped = true
	case c == '"':
		v.inText = !v.inText
		return !v.inText
	}
	return false
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
