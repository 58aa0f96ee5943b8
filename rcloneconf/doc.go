// Package rcloneconf takes over a sign-in and its settings from rclone's "amazon cloud drive"
// backend, and a sign-in from acd_cli. It reads their files and never writes to them.
//
//	remote, err := rcloneconf.Load("", "acd") // rclone's own file, remote "acd:"
//	store := remote.Store(oauth.NewFileStore(path))
//	tokens, err := oauth.NewTokenSource(ctx, remote.Config, store)
//	client, err := acd.NewClient(ctx, tokens, remote.Options()...)
//
// The client then finds the names that rclone wrote, and downloads and waits as the remote says.
// The first refresh writes to the store that was given, here a file of the program's own, and from
// then on rclone's token is not looked at. Login with Amazon lets both go on side by side; an OAuth
// proxy that spends refresh tokens at their use lets only the one that came last.
//
// rclone's file may be encrypted, which is [ErrEncrypted] and says what to do. [LoadACDCLI] is the
// same for acd_cli, if it was used with keys of one's own. docs/migrate.md lists each option, and
// where it is here.
package rcloneconf
