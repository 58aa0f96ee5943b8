package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/acd-sdk/acd/examples/internal/program"
)

// Terminals put these around what is pasted, if they are asked to.
const (
	askForMarks  = "\x1b[?2004h"
	noMoreMarks  = "\x1b[?2004l"
	pasteBegins  = "\x1b[200~"
	pasteEnds    = "\x1b[201~"
	longestMarks = len(pasteBegins)
)

// paste reads from a terminal, without showing it, up to an empty line or Ctrl-D. The terminal is made raw, because
// one that edits lines cuts them after 4,096 bytes.
func paste(ctx context.Context, con *program.Console, f *os.File) (text []byte, err error) {
	fmt.Fprintln(con.Err, "Paste the cookies, then press Enter on an empty line. They are not shown.")
	if con.Terminal {
		fmt.Fprint(con.Err, askForMarks)
		defer fmt.Fprint(con.Err, noMoreMarks)
	}
	err = rawly(ctx, f, func() (err error) {
		text, err = readPasted(f)
		return err
	})
	if err == nil {
		fmt.Fprintf(con.Err, "%d characters\n", len(text))
	}
	return text, err
}

// rawly calls a function while a terminal is raw. However that ends, and as soon as the context does, the terminal is as it
// was before.
func rawly(ctx context.Context, f *os.File, do func() error) error {
	fd := int(f.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return err
	}
	restore := func() { _ = term.Restore(fd, before) } // of a terminal that is gone nothing is left to restore
	defer restore()
	defer context.AfterFunc(ctx, restore)()
	return do()
}

var errInterrupted = errors.New("interrupted")

// readPasted reads what a raw terminal sends. An empty line ends it, unless the terminal says that the line is pasted.
func readPasted(r io.Reader) (text []byte, err error) {
	const ctrlC, ctrlD, backspace, del, escape = 3, 4, 8, 127, 27
	in := bufio.NewReader(r)
	pasting := false
	for len(text) < mostCookies {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case c == ctrlC:
			return nil, errInterrupted
		case c == ctrlD:
			return text, nil
		case c == '\r' || c == '\n':
			if bytes.HasSuffix(text, []byte("\n")) && !pasting {
				return text, nil
			}
			if len(text) > 0 {
				text = append(text, '\n')
			}
		case c == backspace || c == del:
			text = text[:max(0, len(text)-1)]
		case c == escape:
			pasting = readMark(in, pasting)
		default:
			text = append(text, c)
		}
	}
	return text, nil
}

// readMark takes out the rest of a mark behind its first byte, and says whether what follows is pasted. Any other key that sends an
// escape is none of ours: its other bytes are text.
func readMark(in *bufio.Reader, pasting bool) bool {
	rest := pasteBegins[1:]
	for i := range longestMarks - 1 { // byte by byte: a key that sends less must not be waited for
		next, err := in.Peek(i + 1)
		if err != nil || next[i] != rest[i] && !(i == len("[20") && next[i] == pasteEnds[1+i]) {
			return pasting
		}
	}
	mark, _ := in.Peek(len(rest))
	pasting = string(mark) == rest
	_, _ = in.Discard(len(rest)) // they were peeked at
	return pasting
}
