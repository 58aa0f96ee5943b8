// Package rcloneconf takes over a sign-in and its settings from rclone's "amazon
// cloud drive" backend, and a sign-in from acd_cli. It reads their files and
// never writes to them.
//
//	remote, err := rcloneconf.Load("", "acd") // rclone's own file, remote "acd:"
//	store := remote.Store(oauth.NewFileStore(path))
//	tokens, err := oauth.NewTokenSource(ctx, remote.Config, store)
//	client, err := acd.NewClient(ctx, tokens, remote.Options()...)
package rcloneconf
