package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
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
Enter on an empty line, or name a file with -cookies. https://github.com/acd-sdk/acd/blob/main/docs/photos.md shows each step.`,
		Flags: func(fs *flag.FlagSet) {
			l.registerSession(fs)
			fs.StringVar(&from, "cookies", "", "read the cookies from this `file`; - is the standard input")
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			text, err := readCookies(ctx, con, from)
			if err != nil {
				return err
			}
			session, err := photos.ParseSession(text)
			if err != nil {
				return err
			}
			// They are tried before they are stored. Cookies that the service renews meanwhile are what is stored.
			tried := photos.NewMemorySessionStore(session)
			if err := a.try(ctx, con, tried); err != nil {
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

// notAcceptedError says that a site does not know the session of some cookies. It is an [acd.ErrUnauthorized].
type notAcceptedError struct{ site string }

func (e notAcceptedError) Error() string {
	return e.site + " does not accept these cookies: sign in there in the browser, copy them once more, and paste them within some minutes"
}

func (notAcceptedError) Is(target error) bool { return target == acd.ErrUnauthorized }

// try makes one call that changes nothing.
func (a *app) try(ctx context.Context, con *program.Console, store photos.SessionStore) error {
	ctx, client, err := newClient(ctx, con, store, a.transport)
	if err != nil {
		return err
	}
	_, err = client.Drive.Account.Usage(ctx)
	if errors.Is(err, acd.ErrUnauthorized) {
		site, _ := client.Drive.PhotosSite()
		return notAcceptedError{site}
	}
	return err
}

// mostCookies bounds what is read: the cookies of a browser have some kilobytes. It is one byte more than what is accepted, so that
// a text that is too long is refused, and not cut.
const mostCookies = 1<<20 + 1

func readCookies(ctx context.Context, con *program.Console, from string) ([]byte, error) {
	switch from {
	case "":
		if f, ok := con.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return paste(ctx, con, f)
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
