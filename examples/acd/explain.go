package main

import (
	"context"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/oauth"
	"github.com/acd-sdk/acd/photos"
	"github.com/acd-sdk/acd/rcloneconf"
	"github.com/acd-sdk/acd/transfer"
)

// explain adds to an error what the user can do about it.
func (a *app) explain(err error) error {
	return program.Advise(err, []program.Advice{
		{Is: photos.ErrSignInAgain, Do: `"photos sign-in" of examples/photos signs in`},
		{Is: oauth.ErrSignInAgain, Do: a.signInAgain()},
		{Is: acd.ErrUnauthorized, Do: a.signInAgain()},
		{Is: oauth.ErrNoClientID, Do: `set ACD_CLIENT_ID and ACD_CLIENT_SECRET, or let "acd config" ask for them`},
		{Is: rcloneconf.ErrEncrypted, Do: ""},
		{Is: transfer.ErrEmptySource, Do: "is the disk mounted? -allow-empty does it all the same"},
		{Is: transfer.ErrTooManyToTrash, Do: "look at it with -n, then raise -max-trash or -max-trash-share"},
		{Is: acd.ErrQuotaExceeded, Do: `the account is full: "acd about" shows how much there is`},
		{Is: acd.ErrForbidden, Do: "the keys of the remote may not do that, for example because they may only read"},
		{Is: acd.ErrRateLimited, Do: "the service asks to slow down: try again later, or with a lower -tps"},
		{Is: context.DeadlineExceeded, Do: ""},
		{Is: acd.ErrUnavailable, Do: a.unreachable()},
		{Is: acd.ErrNotFound, Do: `"acd lsd" and "acd ls" show what is there`},
		{Is: syscall.ENOSPC, Do: "make room on the local disk, and run it again: it goes on with what is left"},
		{Is: syscall.EROFS, Do: "the local target is read only: name another"},
		{Is: syscall.EXDEV, Do: "-backup-dir must be on the same disk as TO"},
		{Is: syscall.ENOTDIR, Do: "a file is where a directory should be"},
		{Is: fs.ErrNotExist, Do: "there is no such file or directory on this machine; FROM stands before TO"},
		{Is: fs.ErrPermission, Do: "the local file or directory is not yours to read or to write"},
	})
}

// signInAgain returns how to sign in again for the remote that was used last.
func (a *app) signInAgain() string {
	if len(a.opened) == 0 {
		return `"acd config" signs in`
	}
	f := a.opened[len(a.opened)-1]
	switch {
	case f.file != "":
		return fmt.Sprintf("the token in %s is of no use any more: \"acd authorize -store %s\" signs in again", f.file, f.file)
	case f.name == made:
		return `":acd:" takes its token from -token or ACD_TOKEN: "acd authorize -store FILE" gets one`
	case f.rclones && f.store != nil && a.rcloneHasAnother(f):
		return fmt.Sprintf("rclone has signed in since: \"acd config %s\" takes over its token again", f.name)
	}
	return fmt.Sprintf("\"acd config %s\" signs in", f.name)
}

// rcloneHasAnother reports whether the token in rclone's file differs from the one that acd took
// over.
func (a *app) rcloneHasAnother(f *found) bool {
	own, err := f.store.Load(context.Background())
	return err == nil && f.remote.Token != nil && own.RefreshToken != f.remote.Token.RefreshToken
}

func (a *app) unreachable() string {
	if len(a.opened) == 0 {
		return "is examples/mockdrive running there?"
	}
	return "is there a network? -v shows each try"
}
