package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/webdav"
)

// passwordVariable is the environment variable with the password of acd serve. There is no flag for
// it, because all users of a machine can read arguments.
const passwordVariable = "ACD_SERVE_PASSWORD"

// serving holds the flags of acd serve.
type serving struct {
	*connection
	address, user, hosts, secret, certificate, key string
}

func (a *app) serveCommand() program.Command {
	s := &serving{connection: a.connection()}
	return program.Command{
		Name: "serve", Args: "webdav REMOTE:PATH", Min: 2, Max: 2, Summary: "serve a folder of a drive as a network folder",
		Help: `It prints the address to connect to; docs/webdav.md says how. The address holds a secret, which stays the same
from run to run. Deleting goes to the drive's trash. On an address that is not of this machine alone, -cert, -key,
-hosts and a password in ` + passwordVariable + ` are required. It ends at an interrupt.`,
		Flags: func(fs *flag.FlagSet) {
			s.connection.register(fs)
			fs.StringVar(&s.address, "addr", "127.0.0.1:0", "the `address` to listen on; port 0 is any free one")
			fs.StringVar(&s.secret, "secret", filepath.Join(a.dir, "webdav.secret"), "the `file` that keeps the secret part of the address")
			fs.StringVar(&s.user, "user", "acd", "the `name` that is asked for with the password")
			fs.StringVar(&s.hosts, "hosts", "", "the `names` by which clients may call this machine, with commas between")
			fs.StringVar(&s.certificate, "cert", "", "the `file` with the certificate, as PEM")
			fs.StringVar(&s.key, "key", "", "the `file` with the certificate's key, as PEM")
		},
		Run: s.run,
	}
}

func (s *serving) run(ctx context.Context, con *program.Console, args []string) error {
	if args[0] != "webdav" {
		return program.Usagef("serve knows webdav alone, not %q", args[0])
	}
	l := locate(args[1])
	if !l.onDrive() {
		return program.Usagef("%s is not on a drive; a path on one is REMOTE:PATH", args[1])
	}
	config, err := s.config(con)
	if err != nil {
		return err
	}
	d, err := s.drive(ctx, con, l)
	if err != nil {
		return err
	}
	folder, err := d.client.Nodes.Resolve(ctx, acd.RootID, l.path)
	if err != nil {
		return err
	}
	if !folder.IsFolder() {
		return program.Usagef("%s is not a folder", args[1])
	}
	server, err := webdav.Listen(ctx, d.client, config, webdav.WithRoot(folder.ID))
	if errors.Is(err, acd.ErrInvalid) {
		return program.Usagef("%w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(con.Out, "%s is at %s\n", args[1], server.URL())
	return server.Serve(ctx)
}

func (s *serving) config(con *program.Console) (webdav.Config, error) {
	c := webdav.Config{Address: s.address, SecretFile: s.secret, Password: os.Getenv(passwordVariable), Logger: con.Log()}
	if c.Password != "" {
		c.User = s.user
	}
	if s.hosts != "" {
		c.Hosts = strings.Split(s.hosts, ",")
	}
	if err := os.MkdirAll(filepath.Dir(s.secret), 0o700); err != nil {
		return c, err
	}
	if s.certificate == "" && s.key == "" {
		return c, nil
	}
	pair, err := tls.LoadX509KeyPair(s.certificate, s.key)
	if err != nil {
		return c, program.Usagef("-cert and -key: %w", err)
	}
	c.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return c, nil
}
