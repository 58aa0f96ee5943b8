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

// A Console is what a command sees of its user. What is written to Out and Err clears the line that
// says what is waited for.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal says that a person reads Err.
	Terminal bool

	verbose, debug, progress bool

	raw      io.Writer // Err as it is
	width    func() int
	activity *Activity

	mu      sync.Mutex
	line    string    // at the bottom of the terminal, "" for none
	spoke   time.Time // when something was last written
	doing   func() string
	resting string
	asking  int  // questions that a person has not answered
	waiting bool // line says what is waited for
}

// NewConsole is a console of the process, or of a test.
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

// flags are those of all commands.
func (c *Console) flags(fs *flag.FlagSet) {
	fs.BoolVar(&c.verbose, "v", false, "log what failed and was tried again, and what deserves a look")
	fs.BoolVar(&c.debug, "vv", false, "log every request")
	fs.BoolVar(&c.progress, "P", false, "say every 5 s how far a transfer is, where there is no terminal; on a terminal that is always shown")
}

// Log writes to Err: with -vv every request, with -v what deserves a look, else errors alone.
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

// lines are the way to a terminal's text.
type lines struct {
	c     *Console
	w     io.Writer
	shows bool // to the person who would wait
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

// How long a command may be silent: until a line on a terminal says what is waited for, and until one is
// logged elsewhere.
const (
	silentOnTerminal = 2 * time.Second
	silentElsewhere  = 30 * time.Second
)

// watch ends silence until stop is called.
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

// Rest says that nothing is to be done for a while, and what a terminal shows meanwhile. "" ends that.
func (c *Console) Rest(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resting, c.spoke = text, time.Now()
	c.wipe()
}

// Ask says that a person is asked for something until answered is called: there is nothing else to wait for.
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

// tick says what is waited for if nothing else was said for long.
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

// what is under way.
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
