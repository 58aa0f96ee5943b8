// Package rcloneconf takes over a sign-in and its settings from rclone's "amazon cloud drive"
// backend, and a sign-in from acd_cli. It reads the files of these programs and never writes to
// them.
//
//	remote, err := rcloneconf.Load("", "acd") // rclone's own file, remote "acd:"
//	store := remote.Store(oauth.NewFileStore(path))
//	tokens, err := oauth.NewTokenSource(ctx, remote.Config, store)
//	client, err := acd.NewClient(ctx, tokens, remote.Options()...)
//
// The client then finds the names that rclone wrote, and downloads and waits as the remote's
// settings say. The first refresh writes to the given store, here a file that belongs to the
// program. From then on rclone's token is not read. With Login with Amazon, both programs can go on
// side by side. An OAuth proxy that makes a refresh token invalid when it is used lets only the
// program go on that refreshed last.
//
// If rclone's file is encrypted, Load fails with [ErrEncrypted], and the error's text says what to
// do. [LoadACDCLI] takes over a sign-in of acd_cli that was made with the user's own keys.
// docs/migrate.md lists each option of rclone and its counterpart in this SDK.
package rcloneconf
