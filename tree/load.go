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

// ErrUnreadable means that a file is not a saved tree, or is cut off or damaged. The caller should
// then build a new tree with [New] and [Tree.Sync].
var ErrUnreadable = errors.New("not a whole saved tree")

const (
	maxLine  = 64 << 20
	decoders = 2
	ahead    = 2 * decoders // lines that may wait to be decoded or applied
)

// Load reads a file that [Tree.Save] wrote. The error wraps [ErrUnreadable] if the file is not
// complete, and [io/fs.ErrNotExist] if the file does not exist. The memory that Load needs is
// proportional to the size of the file, also for a damaged file.
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

// A line is one line of the file. err and frame are set when done is closed.
type line struct {
	text  []byte
	frame frame
	err   error
	done  chan struct{}
}

// read decodes several lines in parallel, because decoding is most of the work, and applies them in
// order.
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

// applyAll applies the frames. It returns an error unless the feed starts with a reset and stops
// with an end.
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

// lines yields the lines of a compressed file. After a read error, it yields one last line that
// holds the error.
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

// readLine returns the next line without its end, or io.EOF if no line follows. It looks at each
// byte once. A [bufio.Scanner] scans from the start again whenever its buffer grows: for a damaged
// file that is one long line, its time would grow with the square of the length.
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
