package acd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// maxFeedValue bounds one node of the feed, or any other single value in it.
	maxFeedValue = 8 << 20
	// partSize is the length of a set's text after which what came so far is handed out.
	partSize = 1 << 20
)

// badValueError is something in the feed that another round would bring again.
type badValueError struct{ err error }

func (e *badValueError) Error() string { return "the change feed cannot be read: " + e.err.Error() }
func (e *badValueError) Unwrap() error { return e.err }

// frameReader decodes a feed as it arrives. It holds one node's text and the
// nodes of one part.
type frameReader struct {
	text feedText
	dec  *json.Decoder
	set  *ChangeSet
	from int64 // where the part began
}

func newFrameReader(r io.Reader) *frameReader {
	f := &frameReader{text: feedText{r: r}}
	f.dec = json.NewDecoder(&f.text)
	return f
}

// next returns the next set, or what is left of it after part took the parts
// of a large one, and io.EOF after the last.
func (f *frameReader) next(part func(*ChangeSet) error) (*ChangeSet, error) {
	if err := f.expect('{'); err != nil {
		return nil, err
	}
	f.set, f.from = new(ChangeSet), f.dec.InputOffset()
	for f.dec.More() {
		key, err := f.token()
		if err != nil {
			return nil, noEOF(err)
		}
		switch key {
		case "checkpoint":
			err = f.value(&f.set.Checkpoint)
		case "reset":
			err = f.value(&f.set.Reset)
		case "statusCode":
			err = f.value(&f.set.StatusCode)
		case "end":
			err = f.value(&f.set.End)
		case "nodes":
			err = f.nodes(part)
		default:
			err = f.value(new(json.RawMessage))
		}
		if err != nil {
			return nil, noEOF(err)
		}
	}
	if err := f.expect('}'); err != nil {
		return nil, noEOF(err)
	}
	return f.set, nil
}

// nodes reads the array of a set's nodes.
func (f *frameReader) nodes(part func(*ChangeSet) error) error {
	switch t, err := f.token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return &badValueError{fmt.Errorf("nodes is no array but %v", t)}
	}
	for f.dec.More() {
		n := new(Node)
		if err := f.value(n); err != nil {
			return err
		}
		if n.ID == "" {
			continue
		}
		f.set.Nodes = append(f.set.Nodes, n)
		if f.dec.InputOffset()-f.from < partSize {
			continue
		}
		if err := part(f.set); err != nil {
			return err
		}
		f.set = &ChangeSet{Checkpoint: f.set.Checkpoint, Reset: f.set.Reset, StatusCode: f.set.StatusCode}
		f.from = f.dec.InputOffset()
	}
	return f.expect(']')
}

func (f *frameReader) expect(want json.Delim) error {
	got, err := f.token()
	if err == nil && got != want {
		return &badValueError{fmt.Errorf("%v where %v is due", got, want)}
	}
	return err
}

func (f *frameReader) token() (json.Token, error) {
	f.text.forget(f.dec.InputOffset())
	return f.dec.Token()
}

// value decodes the next value. One of the wrong type is named; whether text is
// wrong or only cut cannot be told.
func (f *frameReader) value(out any) error {
	start := f.dec.InputOffset()
	f.text.forget(start)
	err := f.dec.Decode(out)
	var syntax *json.SyntaxError
	if err == nil || errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, f.text.err) {
		return err
	}
	text := f.text.kept[:f.dec.InputOffset()-start]
	for len(text) > 0 && (text[0] == ',' || text[0] == ':' || text[0] <= ' ') {
		text = text[1:]
	}
	if named := blameNode(text); named != nil {
		err = named
	}
	return &badValueError{err}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// feedText passes a stream on, and keeps what was not yet decoded.
type feedText struct {
	r     io.Reader
	kept  []byte
	start int64 // offset of kept in the stream
	err   error
}

func (w *feedText) Read(p []byte) (n int, err error) {
	if len(w.kept) > maxFeedValue {
		w.err = &badValueError{fmt.Errorf("a single value above %d bytes", maxFeedValue)}
		return 0, w.err
	}
	n, w.err = w.r.Read(p)
	w.kept = append(w.kept, p[:n]...)
	return n, w.err
}

// forget drops what lies before an offset.
func (w *feedText) forget(offset int64) {
	w.kept = w.kept[:copy(w.kept, w.kept[offset-w.start:])]
	w.start = offset
}
