package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/rcloneconf"
)

func (a *app) configCommand() program.Command {
	var c configuring
	return program.Command{
		Name: "config", Args: "[REMOTE]", Max: 1, Summary: "make a remote, sign in, or sign in again",
		Help: `It asks for what it needs: keys of your own, those of an OAuth proxy, or a remote of rclone's. rclone's file
is only read. The keys go to acd.conf in your configuration directory (mode 0600), and the token beside it.`,
		Flags: func(fs *flag.FlagSet) {
			fs.BoolVar(&c.headless, "headless", false, "print the link and paste the answer back; no browser, no port")
			fs.StringVar(&c.discovery, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's")
			fs.StringVar(&c.redirect, "redirect-url", "", "`URL` that is registered for the keys (default http://127.0.0.1:53682/)")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			if err := a.prepare(); err != nil {
				return err
			}
			c.app, c.talk = a, newTalk(con)
			return c.run(ctx, args)
		},
	}
}

func (a *app) remotesCommand() program.Command {
	return program.Command{
		Name: "remotes", Summary: "list the remotes, ours and rclone's",
		Run: func(_ context.Context, con *program.Console, _ []string) error {
			if a.dir == "" {
				return errNoConfig
			}
			own, err := remotesIn(a.configFile())
			if err != nil {
				return err
			}
			for _, name := range own {
				fmt.Fprintf(con.Out, "%s:\n", name)
			}
			theirs, err := remotesIn("")
			for _, name := range theirs {
				if !slices.Contains(own, name) {
					fmt.Fprintf(con.Out, "%s: (rclone's)\n", name)
				}
			}
			return err
		},
	}
}

func remotesIn(file string) ([]string, error) {
	names, err := rcloneconf.Remotes(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// configuring is one dialogue with the user.
type configuring struct {
	app *app
	*talk
	headless            bool
	discovery, redirect string
}

func (c *configuring) run(ctx context.Context, args []string) (err error) {
	own, err := remotesIn(c.app.configFile())
	if err != nil {
		return err
	}
	name := ""
	if len(args) > 0 {
		name = strings.TrimSuffix(args[0], ":")
	} else {
		if len(own) > 0 {
			c.say("There are these remotes: %s", strings.Join(own, ", "))
		}
		if name, err = c.ask("Name of the remote, a new one or one to sign in again"); err != nil {
			return err
		}
	}
	if l := locate(name + ":"); l.remote != name || strings.HasPrefix(name, ":") || name == "mock" || strings.ContainsAny(name, "[]\"'`") {
		return program.Usagef("%q cannot be the name of a remote", name)
	}
	if slices.Contains(own, name) {
		return c.change(ctx, name)
	}
	return c.create(ctx, name)
}

// change asks what to do with a remote that exists.
func (c *configuring) change(ctx context.Context, name string) error {
	i, err := c.choose("The remote "+name+" is there.", "sign in again", "change its keys", "remove it")
	if err != nil {
		return err
	}
	switch i {
	case 0:
		return c.signIn(ctx, name)
	case 1:
		return c.create(ctx, name)
	}
	if err := setRemote(c.app.configFile(), name, nil); err != nil {
		return err
	}
	c.say("The remote %s is removed.", name)
	return c.forget(ours, name)
}

// forget removes the token of a remote.
func (c *configuring) forget(whose, name string) error {
	err := os.Remove(c.app.store(whose, name).Path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// create asks where the keys of a remote come from, and writes the remote.
func (c *configuring) create(ctx context.Context, name string) error {
	theirs, err := remotesIn("")
	if err != nil {
		c.say("rclone's configuration is of no help: %v", err)
	}
	choices := []string{"I have a client id and a client secret", "I use an OAuth proxy"}
	for _, r := range theirs {
		choices = append(choices, "rclone's remote "+r)
	}
	cli, cliToken, cliErr := rcloneconf.LoadACDCLI("")
	if cliErr == nil {
		choices = append(choices, "acd_cli's sign-in")
	}
	i, err := c.choose("Where do the keys of "+name+" come from?", choices...)
	switch {
	case err != nil:
		return err
	case i >= 2+len(theirs):
		return c.keep(ctx, name, map[string]string{"client_id": cli.ClientID, "client_secret": cli.ClientSecret.Reveal()}, cliToken, "acd_cli")
	case i >= 2:
		return c.takeOver(ctx, name, theirs[i-2])
	}
	values := map[string]string{}
	asked := []question{{"client_id", "Client id", false}, {"client_secret", "Client secret", true}}
	if i == 1 {
		asked = append(asked, question{"auth_url", "URL to sign in at", false}, question{"token_url", "URL for tokens", false})
	}
	for _, q := range asked {
		if values[q.key], err = c.answer(q); err != nil {
			return err
		}
	}
	if err := setRemote(c.app.configFile(), name, values); err != nil {
		return err
	}
	return c.signIn(ctx, name)
}

// takeOver copies the settings and the token of one of rclone's remotes.
func (c *configuring) takeOver(ctx context.Context, name, theirs string) error {
	r, err := rcloneconf.Load("", theirs)
	if err != nil {
		return err
	}
	values := map[string]string{
		"client_id": r.Config.ClientID, "client_secret": r.Config.ClientSecret.Reveal(), "auth_url": r.Config.AuthURL, "token_url": r.Config.TokenURL,
		"checkpoint": r.Checkpoint, "upload_wait_per_gb": r.UploadWaitPerGiB.String(),
		"templink_threshold": fmt.Sprintf("%dB", r.TempLinkThreshold), "encoding": r.Encoding.String(),
	}
	if err := c.forget(rclones, theirs); err != nil {
		return err
	}
	return c.keep(ctx, name, values, r.Token, "rclone")
}

// keep writes a remote with the keys of another program. If there is no token, it signs in.
func (c *configuring) keep(ctx context.Context, name string, values map[string]string, token *oauth2.Token, whose string) error {
	if err := setRemote(c.app.configFile(), name, values); err != nil {
		return err
	}
	if err := c.forget(ours, name); err != nil {
		return err
	}
	if token == nil {
		return c.signIn(ctx, name)
	}
	if err := saveToken(ctx, c.app.store(ours, name), token); err != nil {
		return err
	}
	c.say("The remote %s has the keys and the token of %s. If the server replaces its refresh token, %s must sign in again.", name, whose, whose)
	return nil
}

// signIn signs in with the keys of a remote, and checks that the token works.
func (c *configuring) signIn(ctx context.Context, name string) error {
	f, err := c.app.find(name)
	if err != nil {
		return err
	}
	s := signingIn{cfg: f.remote.Config, store: f.store, where: f.store.Path(), headless: c.headless, discovery: c.discovery, app: c.app, talk: c.talk}
	if c.redirect != "" {
		s.cfg.RedirectURL = c.redirect
	}
	if err := s.login(ctx); err != nil {
		return err
	}
	if err := s.show(ctx); err != nil {
		return err
	}
	c.say("Now: acd lsd %s:", name)
	return nil
}
