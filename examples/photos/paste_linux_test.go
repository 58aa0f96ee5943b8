package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/acd-sdk/acd/examples/internal/program"
)

// newTerminal is a terminal of the system: what is written to keys is what a person types.
func newTerminal(t *testing.T) (keys, tty *os.File, fd int) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here")
	}
	t.Cleanup(func() { keys.Close() })
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetUint32(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no terminals here")
	}
	t.Cleanup(func() { tty.Close() })
	return keys, tty, int(tty.Fd())
}

func settings(t *testing.T, fd int) *unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// typeAt types once the terminal is raw: before, a person has not been asked.
func typeAt(t *testing.T, keys *os.File, fd int, text string) {
	for i := 0; settings(t, fd).Lflag&unix.ICANON != 0; i++ {
		if i == 1000 {
			t.Error("the terminal was not made raw")
			return
		}
		ready, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		<-ready.Done()
		cancel()
	}
	if _, err := keys.WriteString(text); err != nil {
		t.Error(err)
	}
}

// A paste comes through whole, however long its lines are and whatever the terminal puts around it. It is not shown, and
// the terminal is as it was afterwards.
func TestPasteIntoATerminal(t *testing.T) {
	for name, tc := range map[string]struct {
		form   string // around the cookies
		status int
		want   string
	}{
		"an empty line":         {"%s\r\r", 0, "Signed in at amazon.co.uk."},
		"Ctrl-D":                {"%s\x04", 0, "Signed in at amazon.co.uk."},
		"marked":                {"\x1b[200~%s\x1b[201~\r\r", 0, "Signed in at amazon.co.uk."},
		"marked, empty lines":   {"\x1b[200~\r\n\r\nGET /photos\r\r\rCookie: %s\r\r\x1b[201~\r", 0, "Signed in at amazon.co.uk."},
		"a command":             {"\x1b[200~curl 'https://www.amazon.co.uk/drive/v1/nodes' \\\r  -H 'cookie: %s' \\\r  --compressed\x1b[201~\r\r", 0, "Signed in at amazon.co.uk."},
		"Enter first":           {"\r\r%s\r\r", 0, "Signed in at amazon.co.uk."},
		"corrected":             {"x\x7f%s\r\r", 0, "Signed in at amazon.co.uk."},
		"Ctrl-C":                {"%.20s\x03", 1, "photos sign-in: interrupted"},
		"Ctrl-C in the middle":  {"\x1b[200~%s\x03", 1, "photos sign-in: interrupted"},
		"nothing":               {"%.0s\x04", 1, "the text is empty"},
		"another key's escape":  {"\x1b[A%s\x04", 1, "photos sign-in: "},
		"half of it and Ctrl-D": {"%.60s\x04", 1, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.t = t
			session := p.drive.NewSession()
			// Most cookies of a browser are none of ours: the text has more bytes than a line of a terminal.
			text := session.Header() + "; other=" + strings.Repeat("x", 6000)
			keys, tty, fd := newTerminal(t)
			before := settings(t, fd)
			go typeAt(t, keys, fd, fmt.Sprintf(tc.form, text))
			var out, errs bytes.Buffer
			status := p.program().Run(t.Context(), []string{"sign-in"}, program.NewConsole(tty, &out, &errs))
			said := out.String() + errs.String()
			if status != tc.status || !strings.Contains(said, tc.want) {
				t.Errorf("status %d\n%s", status, said)
			}
			showsNoCookie(t, session.Header(), said)
			if after := settings(t, fd); !reflect.DeepEqual(before, after) {
				t.Errorf("the terminal was left as %+v", after)
			}
			if tc.status == 0 && !strings.Contains(said, "characters\n") {
				t.Errorf("%s", said)
			}
		})
	}
}

// The marks are asked for on a terminal only, and no longer asked for at the end.
func TestMarksAroundAPaste(t *testing.T) {
	keys, tty, fd := newTerminal(t)
	go typeAt(t, keys, fd, "text\r\r")
	con := program.NewConsole(tty, new(bytes.Buffer), tty)
	if text, err := paste(t.Context(), con, tty); err != nil || string(text) != "text\n" {
		t.Errorf("%q, %v", text, err)
	}
	screen := make([]byte, 4096)
	n, err := keys.Read(screen)
	shown := string(screen[:n])
	if err != nil || strings.Contains(shown, "text") || !strings.Contains(shown, askForMarks) {
		t.Errorf("%q, %v", shown, err)
	}
}

// A panic, or the end of the context, leaves the terminal as it was.
func TestTerminalAfterAPanic(t *testing.T) {
	_, tty, fd := newTerminal(t)
	before := settings(t, fd)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = rawly(t.Context(), tty, func() error { panic("boom") })
	}()
	if after := settings(t, fd); !reflect.DeepEqual(before, after) {
		t.Errorf("after a panic: %+v", after)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := rawly(ctx, tty, func() error {
		if reflect.DeepEqual(before, settings(t, fd)) {
			t.Error("the terminal is not raw")
		}
		cancel()
		for i := 0; !reflect.DeepEqual(before, settings(t, fd)); i++ {
			if i == 1000 {
				t.Fatal("the end of the context does not restore the terminal")
			}
			ready, done := context.WithTimeout(t.Context(), 10*time.Millisecond)
			<-ready.Done()
			done()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
