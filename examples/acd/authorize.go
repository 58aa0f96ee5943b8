package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// authorizing holds the flags of acd authorize.
type authorizing struct {
	headless, force, mock              bool
	store, keys                        string
	authURL, tokenURL, redirect, drive string
}

func (a *app) authorizeCommand() program.Command {
	var o authorizing
	return program.Command{
		Name: "authorize", Summary: "sign in and store the token in a file, also for another machine",
		Help: `The keys come from ACD_CLIENT_ID and ACD_CLIENT_SECRET, or with -keys from a file,

    {"client_id": "amzn1.application-oa2-client...", "client_secret": "..."}

and never from arguments, which all users of a machine can read. With -auth-url and -token-url they are
those of an OAuth proxy. If the store holds a token already, that is used, and refreshed if need be. The file
holds one JSON object, the one that rclone keeps as its token.`,
		Flags: func(fs *flag.FlagSet) {
			fs.BoolVar(&o.headless, "headless", false, "print the link and paste the answer back; no browser, no port")
			fs.BoolVar(&o.force, "force", false, "sign in even if the store holds a token")
			fs.BoolVar(&o.mock, "mock", false, "sign in to a server in memory, without keys")
			fs.StringVar(&o.store, "store", "", "`FILE` for the token (default token.json beside acd.conf; with -mock: none)")
			fs.StringVar(&o.keys, "keys", "", "`FILE` with client_id and client_secret as JSON")
			fs.StringVar(&o.authURL, "auth-url", "", "`URL` to sign in at (default Login with Amazon)")
			fs.StringVar(&o.tokenURL, "token-url", "", "`URL` for tokens (default Login with Amazon)")
			fs.StringVar(&o.redirect, "redirect-url", "", "`URL` that is registered for the keys (default "+oauth.DefaultRedirectURL+")")
			fs.StringVar(&o.drive, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's")
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			cfg, err := o.config()
			if err != nil {
				return err
			}
			s := signingIn{cfg: cfg, headless: o.headless, discovery: o.drive, app: a, talk: newTalk(con)}
			s.store, s.where = o.tokenStore(a)
			if o.mock {
				defer s.useMock()()
			}
			_, err = s.store.Load(ctx)
			if errors.Is(err, oauth.ErrSignInAgain) || o.force {
				err = s.login(ctx)
			}
			if err != nil {
				return err
			}
			return s.show(ctx)
		},
	}
}

// config reads the keys from a file or the environment.
func (o *authorizing) config() (cfg oauth.Config, err error) {
	if o.keys != "" {
		text, err := os.ReadFile(o.keys)
		if err != nil {
			return cfg, err
		}
		if json.Unmarshal(text, &cfg) != nil { // the error of json may quote a key
			return cfg, fmt.Errorf("%s is not JSON with client_id and client_secret", o.keys)
		}
	} else {
		cfg.ClientID = os.Getenv("ACD_CLIENT_ID")
		cfg.ClientSecret = oauth.Secret(os.Getenv("ACD_CLIENT_SECRET"))
	}
	for to, value := range map[*string]string{&cfg.AuthURL: o.authURL, &cfg.TokenURL: o.tokenURL, &cfg.RedirectURL: o.redirect} {
		if value != "" {
			*to = value
		}
	}
	return cfg, nil
}

func (o *authorizing) tokenStore(a *app) (store oauth.Store, where string) {
	path := o.store
	if path == "" && o.mock {
		return oauth.NewMemoryStore(nil), "memory"
	}
	if path == "" {
		path = filepath.Join(a.dir, "token.json")
	}
	return oauth.NewFileStore(path), path
}

// signingIn is one sign-in.
type signingIn struct {
	*talk
	app       *app
	cfg       oauth.Config
	store     oauth.Store
	where     string // where the store is, for messages
	headless  bool
	discovery string
}

// login lets the user sign in. Afterwards the token is in the store.
func (s *signingIn) login(ctx context.Context) error {
	defer s.con.Ask()()
	_, err := oauth.Login(ctx, s.cfg, oauth.LoginOptions{
		Store: s.store, Headless: s.headless, Input: s.in, Output: s.con.Out, OpenBrowser: s.app.browser, AppName: "the terminal",
	})
	return err
}

// show checks the token by requesting the root folder.
func (s *signingIn) show(ctx context.Context) error {
	tokens, err := oauth.NewTokenSource(ctx, s.cfg, s.store)
	if err != nil {
		return err
	}
	var opts []acd.Option
	if s.discovery != "" {
		opts = append(opts, acd.WithDiscoveryURL(s.discovery))
	}
	client, err := acd.NewClient(ctx, tokens, opts...)
	if err != nil {
		return err
	}
	root, err := client.Nodes.Root(ctx)
	if errors.Is(err, oauth.ErrSignInAgain) {
		return fmt.Errorf("%w (with -force)", err)
	}
	if err == nil {
		s.say("Signed in. The root folder is %s, the token is in %s.", root.ID, s.where)
	}
	return err
}

// useMock makes the sign-in use a mock of Login with Amazon and a mock drive that accepts its
// tokens. Both run on this machine.
func (s *signingIn) useMock() (stop func()) {
	redirect := "http://127.0.0.1:0/" // any free port
	if s.headless {
		redirect = oauth.DefaultRedirectURL
	}
	drive := mocks.NewDrive()
	driveServer := httptest.NewServer(drive)
	authServer := httptest.NewServer(mocks.NewAuthServer(
		mocks.WithAuthRedirects(redirect), mocks.WithAuthRotation(), mocks.WithAuthIssued(drive.AddToken),
	))
	s.cfg = oauth.Config{
		ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret,
		AuthURL: authServer.URL + mocks.AuthPath, TokenURL: authServer.URL + mocks.TokenPath, RedirectURL: redirect,
	}
	s.discovery = driveServer.URL + "/drive/v1/account/endpoint"
	return func() { authServer.Close(); driveServer.Close() }
}

// saveToken replaces the token in a store.
func saveToken(ctx context.Context, store oauth.Store, t *oauth2.Token) error {
	_, err := store.Update(ctx, func(*oauth2.Token) (*oauth2.Token, error) { return t, nil })
	return err
}
