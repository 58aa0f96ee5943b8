// Photos gets a library out of Amazon Photos, whole and verified, and does what else a person wants of it.
//
//	go run ./examples/photos help
//	go run ./examples/photos export -mock ./out
//	go run ./examples/photos sign-in
//	go run ./examples/photos export ./out
//
// Each command is a short file, an example of package photos. The export itself is package export.
package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// app is what the commands share.
type app struct {
	sessionFile string                       // where the session is kept, unless a flag says otherwise
	mock        func() (*mocks.Drive, error) // makes the library of -mock
	transport   http.RoundTripper            // the way to the service
}

func main() {
	a := &app{mock: builtIn, transport: newTransport()}
	if dir, err := os.UserConfigDir(); err == nil {
		a.sessionFile = filepath.Join(dir, "acd", "photos-session.json")
	}
	os.Exit(a.program().Main())
}

func (a *app) program() *program.Program {
	return &program.Program{
		Name:    "photos",
		Summary: "photos copies a library of Amazon Photos to a disk, and shows and changes what is in it.",
		Notes: `Sign in first: https://github.com/acd-sdk/acd/blob/main/docs/photos.md shows each step. Every command but sign-in
and sign-out takes -mock, and then works on a library of 2,000 photos in memory, which needs no account.

This was tested against such libraries and public evidence, not against a live account. Amazon's terms may forbid
programs like this. A session opens the whole account, its orders and addresses too: sign out when you are done.

The exit status is 0 if all went well, 1 if something failed, 2 if the command line cannot be right, and
3 if only a new sign-in helps.`,
		Commands: []program.Command{
			a.signInCommand(), a.signOutCommand(),
			a.exportCommand(), a.albumsCommand(), a.searchCommand(), a.countCommand(),
			a.uploadCommand(), a.probeCommand(),
		},
		Explain: explain,
	}
}

// explain adds to an error what to do about it.
func explain(err error) error {
	if errors.Is(err, errTurnedAway) {
		return errTurnedAway // the rest is what was asked when it happened
	}
	if _, ok := errors.AsType[notAcceptedError](err); ok {
		return err // it says what to do
	}
	return program.Advise(err, []program.Advice{
		{Is: photos.ErrNoSession, Do: `"photos sign-in" signs in, and "photos help" says where each step is shown`},
		{Is: acd.ErrUnauthorized, Do: "sign in again with \"photos sign-in\", and run the same command again: it goes on where it was"},
		{Is: syscall.ENOSPC, Do: "the disk is full: make room, and run the same command again; it goes on where it was"},
		{Is: syscall.EROFS, Do: "the disk is read only"},
		{Is: acd.ErrRateLimited, Do: "the service asks to slow down: try again later, or with a lower -transfers"},
		{Is: acd.ErrUnavailable, Do: "is there a network? What was done stays; run the same command again"},
	})
}
