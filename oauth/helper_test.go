package oauth_test

import (
	"context"
	"io"
	"testing"

	"github.com/acd-sdk/acd/oauth"
)

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// quiet returns options for a sign-in that opens no browser and prints nothing.
func quiet() oauth.LoginOptions {
	return oauth.LoginOptions{Output: io.Discard, OpenBrowser: func(string) error { return nil }}
}
