package oauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cli/browser"
	"golang.org/x/oauth2"
)

// LoginOptions changes how [Login] talks with the person. The zero value opens the browser and
// prints to standard error.
type LoginOptions struct {
	// Store gets the token before the browser shows success. Login tests that the store can be
	// updated before it asks the person for anything.
	Store Store

	// Headless opens neither a browser nor a port. It asks on Input for the address to which the
	// browser was sent, or for the code in that address. It is for machines without a browser, and
	// for redirect addresses on which the program cannot listen.
	Headless bool

	Input  io.Reader // for Headless; default os.Stdin
	Output io.Writer // where the link is printed; default os.Stderr

	// OpenBrowser replaces the system's browser. It runs on its own goroutine and may return late.
	// Its error is only printed. It gets an address on this machine that works once and redirects
	// to the link.
	OpenBrowser func(address string) error

	// AppName is the name of the program on the pages that the browser shows after the sign-in. If it
	// is empty, the pages say "the program".
	AppName string
}

// Login signs a person in and returns the token. If opts.Store is set, the token is saved there
// before Login returns.
//
// Login listens on 127.0.0.1 at the port of Config.RedirectURL, opens the browser, always prints
// the link, and waits until the browser comes back with a code. The code must come with the state
// of this sign-in, and PKCE (S256) binds it to this sign-in, too. An answer with another state is
// refused, and Login goes on waiting, so that a stranger's page cannot end the sign-in. If ctx
// ends, Login fails with an error that wraps the cause of ctx and, if there was one, the error of
// the last refused answer. When Login returns, the port is free.
//
// If the sign-in is refused, the error is an [*Error]. If the person refused it, the error is
// [ErrAccessDenied]. The pages that the browser shows load nothing from anywhere.
func Login(ctx context.Context, cfg Config, opts LoginOptions) (*oauth2.Token, error) {
	if opts.Input == nil {
		opts.Input = os.Stdin
	}
	if opts.Output == nil {
		opts.Output = os.Stderr
	}
	if opts.OpenBrowser == nil {
		opts.OpenBrowser = browser.OpenURL
	}
	if opts.AppName == "" {
		opts.AppName = "the program"
	}
	server, err := newServer(ctx, cfg)
	if err != nil {
		return nil, err
	}
	a := &attempt{
		server:   server,
		conf:     server.conf,
		store:    opts.Store,
		state:    rand.Text(),
		verifier: oauth2.GenerateVerifier(),
	}
	if err := a.probe(ctx); err != nil {
		return nil, err
	}
	if opts.Headless {
		return a.headless(ctx, opts)
	}
	return a.loopback(ctx, opts)
}

// attempt is one sign-in.
type attempt struct {
	server   *server
	conf     *oauth2.Config
	store    Store
	state    string
	verifier string
}

var errProbe = errors.New("nothing to save")

// probe tests whether the store can save a token, before the person is asked for anything.
func (a *attempt) probe(ctx context.Context) error {
	if a.store == nil {
		return nil
	}
	_, err := a.store.Update(ctx, func(*oauth2.Token) (*oauth2.Token, error) { return nil, errProbe })
	if errors.Is(err, errProbe) {
		return nil
	}
	return err
}

// link returns the address on which the person signs in.
func (a *attempt) link() string {
	return a.conf.AuthCodeURL(a.state, oauth2.S256ChallengeOption(a.verifier))
}

// finish exchanges the code for a token, and saves the token.
func (a *attempt) finish(ctx context.Context, code string) (*oauth2.Token, error) {
	t, err := a.server.exchange(ctx, a.conf, code, a.verifier)
	if err != nil {
		return nil, err
	}
	t = saved(t)
	if a.store == nil {
		return t, nil
	}
	return a.store.Update(ctx, func(*oauth2.Token) (*oauth2.Token, error) { return t, nil })
}

// refusal returns the error with which the browser came back.
func (a *attempt) refusal(code, description string) error {
	e := &Error{Op: opSignIn, Code: cleanCode(code, []string{a.state}), Description: clean(description, []string{a.state})}
	if e.Code == "access_denied" {
		e.Err = ErrAccessDenied
	}
	return e
}

// ended returns the error of a sign-in whose ctx is done. last is the error of the last answer that
// did not count, or nil.
func ended(ctx context.Context, last error) error {
	err := context.Cause(ctx)
	if last != nil {
		err = fmt.Errorf("%w; before that: %w", err, last)
	}
	return &Error{Op: opSignIn, Err: err}
}

func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
