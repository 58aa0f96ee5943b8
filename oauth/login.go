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

// LoginOptions changes how [Login] talks with the person. The zero value opens
// the browser and prints to standard error.
type LoginOptions struct {
	// Store gets the token, before the browser is told of success. That it can be
	// updated is tried before the person is asked for anything.
	Store Store

	// Headless asks for the address that the browser was sent to, or the code in
	// it, on Input, and opens neither a browser nor a port. It is for machines
	// without a browser, and for redirect addresses that cannot be listened on.
	Headless bool

	Input  io.Reader // of Headless; default os.Stdin
	Output io.Writer // where the link is printed; default os.Stderr

	// OpenBrowser replaces the system's browser. It is called on a goroutine of its
	// own and may return late; its error is printed, no more. It gets an address on
	// this machine that works once and leads to the link.
	OpenBrowser func(address string) error

	// AppName is what the pages call the program; default "the program".
	AppName string
}

// Login signs a person in and returns the token, which is in opts.Store by then
// if there is one.
//
// It listens on 127.0.0.1 at the port of Config.RedirectURL, opens the browser,
// prints the link in any case, and waits for the browser to come back with a
// code. The code must come with the state of this sign-in, and is bound to it by
// PKCE (S256), too. An answer with another state is refused and the wait goes
// on, so that no page of a stranger can end it. Login ends with ctx, then
// holding both causes, ctx's and the last such answer's, and the port is free
// when it returns.
//
// A refusal is an [*Error]: [ErrAccessDenied] if the person said no. The pages
// that the browser is shown load nothing, from nowhere.
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

// probe finds out whether the store would take a token, before the person is
// asked for anything.
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

// link is where the person signs in.
func (a *attempt) link() string {
	return a.conf.AuthCodeURL(a.state, oauth2.S256ChallengeOption(a.verifier))
}

// finish turns the code into a token, and saves it.
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

// refusal reads an error that the browser brought back.
func (a *attempt) refusal(code, description string) error {
	e := &Error{Op: opSignIn, Code: cleanCode(code, []string{a.state}), Description: clean(description, []string{a.state})}
	if e.Code == "access_denied" {
		e.Err = ErrAccessDenied
	}
	return e
}

// ended is the error of a sign-in whose context is done; last is why the last
// answer did not count, if one came.
func ended(ctx context.Context, last error) error {
	err := context.Cause(ctx)
	if last != nil {
		err = fmt.Errorf("%w; before that: %w", err, last)
	}
	return &Error{Op: opSignIn, Err: err}
}

func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
