package acd

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/acd-sdk/acd/internal/wire"
)

const (
	// maxFeedValue bounds one node of the feed, or any other single value in it.
	maxFeedValue = 8 << 20
	// partSize is the length of a set's text after which what came so far is handed out.
	partSize = 1 << 20
	// feedWindow is how much of the feed is in memory unless a value is longer.
	feedWindow = 64 << 10
)

// badValueError is a value in the feed of another kind than belongs there.
type badValueError struct {
	err   error
	final bool // another round would bring as much again
}

func (e *badValueError) Error() string { return "the change feed cannot be read: " + e.err.Error() }
func (e *badValueError) Unwrap() error { return e.err }

// frameReader decodes a feed as it arrives. It holds a window of the text, and the nodes of
// one part.
//
// A key, a value or a node is read from the window as if all of it were there. If it is cut off,
// more text is read and it is read again from its beginning: the window holds so many that this
// is rare.
type frameReader struct {
	*nodeDecoder
	r       io.Reader
	text    []byte // the window
	dropped int64  // bytes of the feed before the window
	err     error  // of r, or a badValueError

	set       *ChangeSet
	partStart int64 // where the part began in the feed
}

// newFrameReader reads with a decoder that must not be used for anything else meanwhile.
func newFrameReader(r io.Reader, d *nodeDecoder) *frameReader {
	d.scan.Reset(nil)
	return &frameReader{nodeDecoder: d, r: r, text: make([]byte, 0, feedWindow)}
}

// next returns the next set, or what is left of it after part took the parts of a large
// one, and io.EOF after the last.
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

// field reads the value of any field but the nodes.
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

// nodes reads the array of a set's nodes. One that cannot be read costs only itself.
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

// offset is how much of the feed was decoded.
func (f *frameReader) offset() int64 { return f.dropped + int64(f.scan.Pos()) }

// kind is the kind of the value that comes next.
func (f *frameReader) kind() (kind wire.Kind) {
	f.look(func() { kind = f.scan.Next() })
	return kind
}

// open enters an object or array.
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

// member says whether another member follows before the end of an object or array.
func (f *frameReader) member(end byte) (more bool) {
	f.look(func() { more = f.scan.More(end) })
	return more
}

// look calls read, which may be cut off by the end of the window only before it has read anything. It then
// reads more text and calls read again.
func (f *frameReader) look(read func()) {
	for read(); errors.Is(f.scan.Err(), wire.ErrCut) && f.more(f.scan.Mark(), nil); {
		read()
	}
}

// value calls read, which reads a key or a value. If the end of the window cut it off, more text is read and read
// is called again from the beginning of the value.
func (f *frameReader) value(read func()) {
	for again := true; again; {
		m := f.scan.Mark()
		read()
		again = errors.Is(f.scan.Err(), wire.ErrCut) && f.more(m, new(valueEnd))
	}
}

// failure is why the feed cannot be read on. Whether text is wrong or only cut cannot be told.
func (f *frameReader) failure() error {
	if err := f.scan.Err(); !errors.Is(err, wire.ErrCut) || f.err == nil {
		return err
	}
	return f.err
}

// more drops the text before the mark and reads until the value after it can be whole, or with
// a nil value anything. It returns false, with err set, if nothing more comes.
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

// valueEnd looks for the end of a value in text that comes in pieces, so that a long value is
// not decoded from its beginning with every piece.
type valueEnd struct {
	depth   int
	inText  bool
	escaped bool
}

// within says whether the value may end within the next piece. Where no value is looked for, it may.
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
			return true // a number, a word, or no JSON
		}
	}
	return false
}

// text takes the next byte of a quoted text and says whether the text ends with it.
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
