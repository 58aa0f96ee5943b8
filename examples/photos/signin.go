package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"

	"golang.org/x/term"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/photos"
)

func (a *app) signInCommand() program.Command {
	l := a.library()
	var from string
	return program.Command{
		Name: "sign-in", Summary: "take over the session of a browser that is signed in",
		Help: `Open Amazon Photos in a browser and sign in. In its developer tools, find a request to www.amazon...
under Network, and copy it as cURL; or export the cookies by an extension. Then paste them here and press
Enter on an empty line, or name a file with -cookies. docs/photos.md shows each step.`,
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			fs.StringVar(&from, "cookies", "", "read the cookies from this `file`; - is the standard input")
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			if l.mock {
				return program.Usagef("-mock is signed in already")
			}
			text, err := readCookies(con, from)
			if err != nil {
				return err
			}
			session, err := photos.ParseSession(text)
			if err != nil {
				return err
			}
			// They are tried before they are stored. Cookies that the service renews meanwhile are what is stored.
			tried := photos.NewMemorySessionStore(session)
			if err := try(ctx, con, tried); err != nil {
				return err
			}
			if session, err = tried.Load(ctx); err != nil {
				return err
			}
			err = photos.NewFileSessionStore(l.session).Update(ctx, func(*photos.Session) (*photos.Session, error) { return session, nil })
			if err != nil {
				return err
			}
			fmt.Fprintf(con.Out, "Signed in at %s. The session is kept in %s; \"photos sign-out\" forgets it.\n", session.Site(), l.session)
			if from != "" && from != "-" {
				fmt.Fprintf(con.Out, "Now delete %s: whoever has the cookies in it has your account.\n", from)
			}
			return nil
		},
	}
}

// try makes one call that changes nothing.
func try(ctx context.Context, con *program.Console, store photos.SessionStore) error {
	client, err := photos.NewClient(ctx, store, acd.WithHTTPClient(&http.Client{Transport: con.Transport(newTransport())}), acd.WithLogger(con.Log()))
	if err != nil {
		return err
	}
	_, err = client.Drive.Account.Usage(ctx)
	if errors.Is(err, acd.ErrUnauthorized) {
		site, _ := client.Drive.PhotosSite()
		return fmt.Errorf("%s does not accept these cookies: sign in there in the browser, copy them once more, and paste them within some minutes", site)
	}
	return err
}

// mostCookies bounds what is read: the cookies of a browser have some kilobytes.
const mostCookies = 1 << 20

func readCookies(con *program.Console, from string) ([]byte, error) {
	switch from {
	case "":
		if f, ok := con.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return paste(con, f)
		}
		return nil, program.Usagef("the standard input is no terminal to paste into: use -cookies FILE, or -cookies - to read it all the same")
	case "-":
		return io.ReadAll(io.LimitReader(con.In, mostCookies))
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostCookies))
}

// paste reads from a terminal, without showing it, up to an empty line or Ctrl-D. The terminal is made raw, because
// one that edits lines cuts them after 4,096 bytes.
func paste(con *program.Console, f *os.File) ([]byte, error) {
	fmt.Fprintln(con.Err, "Paste the cookies, then press Enter on an empty line. They are not shown.")
	before, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	text, err := readPasted(f)
	_ = term.Restore(int(f.Fd()), before)
	if err == nil {
		fmt.Fprintf(con.Err, "%d characters\n", len(text))
	}
	return text, err
}

var errInterrupted = errors.New("interrupted")

// readPasted reads what a raw terminal sends.
func readPasted(r io.Reader) (text []byte, err error) {
	const ctrlC, ctrlD, backspace, del = 3, 4, 8, 127
	var b [1]byte
	atStart := true
	for len(text) < mostCookies {
		if _, err := r.Read(b[:]); errors.Is(err, io.EOF) {
			return text, nil
		} else if err != nil {
			return nil, err
		}
		switch c := b[0]; {
		case c == ctrlC:
			return nil, errInterrupted
		case c == ctrlD:
			return text, nil
		case c == '\r' || c == '\n':
			if atStart && len(text) > 0 {
				return text, nil
			}
			text, atStart = append(text, '\n'), true
		case c == backspace || c == del:
			text = text[:max(0, len(text)-1)]
		default:
			text, atStart = append(text, c), false
		}
	}
	return text, nil
}
