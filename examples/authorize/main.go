// Authorize signs in with Login with Amazon, stores the token and shows that it
// works by asking for the root folder of the drive.
//
//	ACD_CLIENT_ID=... ACD_CLIENT_SECRET=... go run ./examples/authorize [-headless] [-store FILE] [-force]
//	go run ./examples/authorize -mock
//
// The keys come from the environment, or with -keys from a file,
//
//	{"client_id": "amzn1.application-oa2-client...", "client_secret": "..."}
//
// and never from arguments, which all users of a machine can read. With
// -auth-url and -token-url they are those of an OAuth proxy. -mock needs no keys
// and no account: it signs in to a server in memory.
//
// If the store holds a token already, that is used, and refreshed if need be;
// -force signs in anew. To take a sign-in to another machine, copy the file of
// the store: it holds one JSON object, the one that rclone keeps as its token.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/oauth"
)

type settings struct {
	headless  bool
	force     bool
	mock      bool
	store     string
	keys      string
	authURL   string
	tokenURL  string
	redirect  string
	discovery string
}

// terminal is what the person sees and uses.
type terminal struct {
	in   io.Reader
	out  io.Writer
	open func(address string) error // nil: the system's browser
}

func main() {
	var s settings
	flag.BoolVar(&s.headless, "headless", false, "print the link and paste the answer back; no browser, no port")
	flag.BoolVar(&s.force, "force", false, "sign in even if the store holds a token")
	flag.BoolVar(&s.mock, "mock", false, "sign in to a server in memory")
	flag.StringVar(&s.store, "store", "", "`FILE` for the token (default acd/token.json in the user's configuration directory; with -mock: none)")
	flag.StringVar(&s.keys, "keys", "", "`FILE` with client_id and client_secret as JSON, instead of ACD_CLIENT_ID and ACD_CLIENT_SECRET")
	flag.StringVar(&s.authURL, "auth-url", "", "`URL` to sign in at (default Login with Amazon)")
	flag.StringVar(&s.tokenURL, "token-url", "", "`URL` for tokens (default Login with Amazon)")
	flag.StringVar(&s.redirect, "redirect-url", "", "`URL` that is registered for the keys (default "+oauth.DefaultRedirectURL+")")
	flag.StringVar(&s.discovery, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "authorize: unexpected arguments; keys go into the environment or a file")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, terminal{in: os.Stdin, out: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, "authorize:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, term terminal) error {
	cfg, err := s.config()
	if err != nil {
		return err
	}
	store, where, err := s.tokenStore()
	if err != nil {
		return err
	}
	var opts []acd.Option
	if s.mock {
		m := startMock(s.headless)
		defer m.close()
		cfg, s.discovery = m.config, m.discovery
	}
	if s.discovery != "" {
		opts = append(opts, acd.WithDiscoveryURL(s.discovery))
	}

	_, err = store.Load(ctx)
	if errors.Is(err, oauth.ErrSignInAgain) || s.force {
		_, err = oauth.Login(ctx, cfg, oauth.LoginOptions{
			Store: store, Headless: s.headless, Input: term.in, Output: term.out, OpenBrowser: term.open, AppName: "the terminal",
		})
	}
	if err != nil {
		return err
	}

	tokens, err := oauth.NewTokenSource(ctx, cfg, store)
	if err != nil {
		return err
	}
	client, err := acd.NewClient(ctx, tokens, opts...)
	if err != nil {
		return err
	}
	root, err := client.Nodes.Root(ctx)
	if errors.Is(err, oauth.ErrSignInAgain) {
		return fmt.Errorf("%w (with -force)", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(term.out, "Signed in. The root folder is %s, the token is in %s.\n", root.ID, where)
	return nil
}

// config takes the keys from a file or the environment.
func (s settings) config() (cfg oauth.Config, err error) {
	if s.keys != "" {
		text, err := os.ReadFile(s.keys)
		if err != nil {
			return cfg, err
		}
		if json.Unmarshal(text, &cfg) != nil { // whose error may quote a key
			return cfg, fmt.Errorf("%s is not JSON with client_id and client_secret", s.keys)
		}
	}
	set := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	if s.keys == "" {
		cfg.ClientID = os.Getenv("ACD_CLIENT_ID")
		cfg.ClientSecret = oauth.Secret(os.Getenv("ACD_CLIENT_SECRET"))
	}
	set(&cfg.AuthURL, s.authURL)
	set(&cfg.TokenURL, s.tokenURL)
	set(&cfg.RedirectURL, s.redirect)
	return cfg, nil
}

func (s settings) tokenStore() (store oauth.Store, where string, err error) {
	path := s.store
	if path == "" && s.mock {
		return oauth.NewMemoryStore(nil), "memory", nil
	}
	if path == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, "", err
		}
		path = filepath.Join(dir, "acd", "token.json")
	}
	return oauth.NewFileStore(path), path, nil
}
