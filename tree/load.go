package tree

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
)

// ErrUnreadable is the reason why a file is no saved tree: it is cut off, damaged or
// something else. The way out is to build the tree anew, with [New] and [Tree.Sync].
var ErrUnreadable = errors.New("not a whole saved tree")

const (
	maxLine  = 64 << 20
	decoders = 2
	ahead    = 2 * decoders // lines that wait for their turn
)

// Load reads a file that [Tree.Save] wrote. The error wraps [ErrUnreadable] if
// the file is not whole, [io/fs.ErrNotExist] if there is none. It takes memory in
// proportion to the size of the file, whatever is in it.
func Load(path string, opts ...Option) (*Tree, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tree: load: %w", err)
	}
	defer f.Close()
	t := New(opts...)
	if err := t.read(f); err != nil {
		return nil, fmt.Errorf("tree: load %s: %w: %w", path, ErrUnreadable, err)
	}
	return t, nil
}

// A line is one line of the file and, once done is closed, what it says.
type line struct {
	text  []byte
	frame frame
	err   error
	done  chan struct{}
}

// read decodes lines beside each other, which is most of the work, and applies them in order.
func (t *Tree) read(r io.Reader) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := make(chan struct{})
	defer close(stop)
	ordered, todo := make(chan *line, ahead), make(chan *line, ahead)
	wg.Go(func() {
		defer close(ordered)
		defer close(todo)
		for l := range lines(r) {
			select {
			case ordered <- l:
			case <-stop:
				return
			}
			todo <- l
		}
	})
	for range decoders {
		wg.Go(func() {
			for l := range todo {
				l.decode()
			}
		})
	}
	return t.applyAll(ordered)
}

// applyAll requires that a feed starts with a reset and ends with an end.
func (t *Tree) applyAll(feed <-chan *line) error {
	first, ended := true, false
	for l := range feed {
		<-l.done
		switch {
		case l.err != nil:
			return l.err
		case ended:
			return errors.New("text after the end")
		case l.frame.End:
			ended = true
			continue
		case l.frame.Reset != first:
			return errors.New("no whole feed")
		}
		first = false
		if err := t.apply(&l.frame, applyOptions{}); err != nil {
			return err
		}
	}
	if first || !ended {
		return io.ErrUnexpectedEOF
	}
	t.changed, t.filling = 0, false
	return nil
}

func (l *line) decode() {
	defer close(l.done)
	if l.err == nil {
		l.err = json.Unmarshal(l.text, &l.frame)
		l.text = nil
	}
}

// lines yields the lines of a compressed file, the last with the error of
// reading, if there was one.
func lines(r io.Reader) iter.Seq[*line] {
	return func(yield func(*line) bool) {
		fail := func(err error) { yield(&line{err: err, done: make(chan struct{})}) }
		zip, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<16))
		if err != nil {
			fail(err)
			return
		}
		text := bufio.NewReaderSize(zip, 1<<18)
		for {
			l, err := readLine(text)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(&line{text: l, done: make(chan struct{})}) {
				return
			}
		}
	}
}

// readLine returns the next line without its end, or io.EOF if nothing follows. It looks at each byte
// once: a [bufio.Scanner] starts over whenever its buffer grows, so that the time for a damaged file
// that is one long line would be the square of its length.
func readLine(r *bufio.Reader) ([]byte, error) {
	var l []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(l)+len(part) > maxLine {
			return nil, bufio.ErrTooLong
		}
		l = append(l, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(l) > 0:
			return bytes.TrimSuffix(l, []byte("\n")), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
