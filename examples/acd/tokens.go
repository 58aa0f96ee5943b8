package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/oauth"
	"github.com/acd-sdk/acd/rcloneconf"
)

// remote finds a remote, ours or rclone's, and returns it with the store of its token.
func (c *connection) remote(con *program.Console, name string) (*rcloneconf.Remote, oauth.Store, error) {
	f, err := c.app.find(name)
	if err != nil {
		return nil, nil, err
	}
	r := f.remote
	var store oauth.Store = oauth.NewMemoryStore(nil)
	if f.store != nil {
		store = f.store
	}
	prefixes := []string{"ACD_"}
	if name == made {
		prefixes = append(prefixes, "RCLONE_ACD_")
	}
	before := r.Token
	if err := override(r, c.flags, prefixes...); err != nil {
		return nil, nil, program.Usagef("%w", err)
	}
	switch file := c.flags["token"]; {
	case file != "":
		f.file = file
		store = oauth.NewFileStore(file)
	case r.Token != before: // from the environment, where a new token cannot be stored
		store = oauth.NewMemoryStore(r.Token)
	default:
		store = r.Store(store)
	}
	if f.rclones && f.file == "" {
		store = &rotation{store, con, name}
	}
	c.app.opened = append(c.app.opened, f)
	return r, store, nil
}

// found is a remote that was found.
type found struct {
	name    string
	remote  *rcloneconf.Remote
	store   *oauth.FileStore // store of the token; nil if no token is stored
	rclones bool             // the remote is in rclone's file, which is never changed
	file    string           // value of -token
}

// find looks for a remote, first among ours, then among rclone's.
func (a *app) find(name string) (*found, error) {
	if name == made {
		return &found{name: name, remote: defaults(name)}, nil
	}
	if a.dir == "" {
		return nil, errNoConfig
	}
	r, err := rcloneconf.Load(a.configFile(), name)
	if err == nil {
		return &found{name: name, remote: r, store: a.store(ours, name)}, nil
	}
	if !errors.Is(err, rcloneconf.ErrNoRemote) && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	r, err = rcloneconf.Load("", name)
	if err == nil {
		return &found{name: name, remote: r, store: a.store(rclones, name), rclones: true}, nil
	}
	if errors.Is(err, rcloneconf.ErrNoRemote) || errors.Is(err, os.ErrNotExist) {
		return nil, program.Usagef("there is no remote %q, neither in %s nor in rclone's configuration: \"acd remotes\" lists those there are, \"acd config\" makes one; a local path with a colon is written ./%s:", name, a.configFile(), name)
	}
	return nil, err
}

// The owners of remotes, as they appear in the names of token files.
const (
	ours    = "acd"
	rclones = "rclone"
)

func (a *app) configFile() string { return filepath.Join(a.dir, "acd.conf") }

// store returns the store for the token of a remote.
func (a *app) store(whose, name string) *oauth.FileStore {
	return oauth.NewFileStore(filepath.Join(a.dir, "tokens", whose+"-"+url.PathEscape(name)+".json"))
}

// tokenSource returns a source of access tokens. If the remote has a client id, the source
// refreshes the token in the store. Otherwise it returns the stored token, and fails if that has
// expired.
func tokenSource(ctx context.Context, r *rcloneconf.Remote, store oauth.Store) (oauth2.TokenSource, error) {
	t, err := store.Load(ctx)
	switch {
	case err != nil:
		return nil, err
	case r.Config.ClientID != "":
		return oauth.NewTokenSource(ctx, r.Config, store)
	case expired(t.Expiry):
		return nil, fmt.Errorf("the token has expired, and without client-id and client-secret it cannot be refreshed: %w", oauth.ErrSignInAgain)
	}
	return oauth2.StaticTokenSource(t), nil
}

// rotation is the store of a token that was taken from rclone. If the server replaces refresh
// tokens, rclone's refresh token becomes invalid when acd refreshes. Update then tells the user.
type rotation struct {
	oauth.Store
	con  *program.Console
	name string
}

// Update implements oauth.Store.
func (r *rotation) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	var before string
	t, err := r.Store.Update(ctx, func(t *oauth2.Token) (*oauth2.Token, error) {
		if t != nil {
			before = t.RefreshToken
		}
		return change(t)
	})
	if err == nil && before != "" && t.RefreshToken != before {
		fmt.Fprintf(r.con.Err, "the server has replaced the refresh token, and acd keeps the new one: rclone must sign in again, with \"rclone config reconnect %s:\"\n", r.name)
	}
	return t, err
}
