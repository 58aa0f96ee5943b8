package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/photos"
)

func (a *app) signOutCommand() program.Command {
	l := a.library()
	return program.Command{
		Name: "sign-out", Summary: "forget the session that is kept here",
		Help: "The session itself goes on until you end it: sign out in the browser from which you copied the cookies.",
		Flags: func(fs *flag.FlagSet) {
			l.registerSession(fs)
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			err := photos.NewFileSessionStore(l.session).Update(ctx, func(*photos.Session) (*photos.Session, error) { return nil, nil })
			if err != nil {
				return err
			}
			fmt.Fprintf(con.Out, "The session is forgotten here. Sign out in the browser as well: until then the cookies are good.\n")
			return nil
		},
	}
}
