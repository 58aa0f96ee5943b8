package program

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// A Console is the connection of a command with its user. On a terminal, the last line shows what
// the command is waiting for. This line is cleared when something is written to Out or Err.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal reports whether Err is a terminal.
	Terminal bool

	verbose, debug, progress bool

	raw      io.Writer // Err without the clearing of the last line
	width    func() int
	activity *Activity

	mu      sync.Mutex
	line    string    // last line of the terminal, "" for none
	spoke   time.Time // when something was last written
	doing   func() string
	resting string
	asking  int  // number of questions that the user has not answered
	waiting bool // line shows what the command is waiting for
}

// NewConsole returns a console for the process, or for a test.
func NewConsole(in io.Reader, out, errs io.Writer) *Console {
	c := &Console{In: in, raw: errs, width: func() int { return 80 }, spoke: time.Now(), activity: &Activity{}}
	if f, ok := errs.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.Terminal = true
		c.width = func() int {
			w, _, err := term.GetSize(int(f.Fd()))
			if err != nil || w < 20 {
				return 80
			}
			return w
		}
	}
	c.Out = &lines{c, out, !c.Terminal || isTerminal(out)}
	c.Err = &lines{c, errs, true}
	return c
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// flags registers the flags that all commands have.
func (c *Console) flags(fs *flag.FlagSet) {
	fs.BoolVar(&c.verbose, "v", false, "log what failed and was tried again, and what deserves a look")
	fs.BoolVar(&c.debug, "vv", false, "log every request")
	fs.BoolVar(&c.progress, "P", false, "say every 5 s how far a transfer is, where there is no terminal; on a terminal that is always shown")
}

// Log returns a logger that writes to Err. With -vv it logs every request, with -v retries and
// warnings, otherwise only errors.
func (c *Console) Log() *slog.Logger {
	level := slog.LevelError
	switch {
	case c.debug:
		level = slog.LevelDebug
	case c.verbose:
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: level}))
}

// lines is a writer that clears the last line of the terminal before it writes.
type lines struct {
	c     *Console
	w     io.Writer
	shows bool // the user of the terminal sees the text
}

func (l *lines) Write(p []byte) (int, error) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.shows {
		l.c.wipe()
		l.c.spoke = time.Now()
	}
	return l.w.Write(p)
}

// wipe clears the last line of the terminal.
func (c *Console) wipe() {
	if c.line != "" {
		fmt.Fprint(c.raw, "\r\x1b[K")
		c.line, c.waiting = "", false
	}
}

// status shows a line at the bottom of the terminal.
func (c *Console) status(text string) {
	if most := c.width() - 1; utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most])
	}
	if text != c.line {
		fmt.Fprintf(c.raw, "\r\x1b[K%s", text)
		c.line = text
	}
}

// These are the times after which a silent command says what it is waiting for: in the last line of
// a terminal, or in a printed line if there is no terminal.
const (
	silentOnTerminal = 2 * time.Second
	silentElsewhere  = 30 * time.Second
)

// watch shows from time to time what the command is waiting for, until stop is called.
func (c *Console) watch() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(250 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				c.tick()
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.wipe()
	}
}

// Rest says that the command has nothing to do for a while. A terminal shows text meanwhile.
// Rest("") ends that.
func (c *Console) Rest(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resting, c.spoke = text, time.Now()
	c.wipe()
}

// Ask says that the command waits for an answer of the user, until answered is called. Meanwhile it
// prints nothing else.
func (c *Console) Ask() (answered func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asking--
		c.spoke = time.Now()
	}
}

// tick says what the command is waiting for, if nothing was written for long.
func (c *Console) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	silent := time.Since(c.spoke)
	if c.asking > 0 {
		return
	}
	if c.resting != "" && c.activity.String() == "" {
		if c.Terminal {
			c.status(c.resting)
		}
		c.spoke = time.Now()
		return
	}
	if c.Terminal && (silent >= silentOnTerminal || c.waiting) {
		c.waiting = true
		c.status(c.what(silent))
		return
	}
	if !c.Terminal && silent >= silentElsewhere {
		fmt.Fprintln(c.raw, c.what(silent))
		c.spoke = time.Now()
	}
}

// what describes what the command is doing.
func (c *Console) what(silent time.Duration) string {
	text := c.activity.String()
	if c.doing != nil {
		if progress := c.doing(); text == "" {
			text = progress
		} else {
			text = progress + "; " + text
		}
	}
	if text == "" {
		text = "at work"
	}
	return fmt.Sprintf("%s (%s)", text, silent.Round(time.Second))
}
