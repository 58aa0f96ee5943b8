package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/photos"
	"github.com/acd-sdk/acd/rcloneconf"
)

// connection holds the flags that say how to reach a drive.
type connection struct {
	app       *app
	flags     map[string]string // values of the settings that were given as flags
	endpoint  string
	discovery string
	tps       float64
	bandwidth bandwidth
	tries     int
	workers   int

	open map[string]*drive // drives in use, by the name of the remote
}

// drive is a remote in use.
type drive struct {
	name   string // with the colon
	client *acd.Client
	remote *rcloneconf.Remote
}

func (a *app) connection() *connection {
	return &connection{app: a, flags: map[string]string{}, open: map[string]*drive{}}
}

func (c *connection) register(fs *flag.FlagSet) {
	for _, s := range settings() {
		fs.Func(s.name, s.usage, func(value string) error {
			c.flags[s.name] = value
			return nil
		})
	}
	fs.StringVar(&c.endpoint, "endpoint", "", "mock: is the drive at this `URL` on this machine, such as that of examples/mockdrive")
	fs.StringVar(&c.discovery, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's, which then gets the token")
	fs.Float64Var(&c.tps, "tps", 0, "at most `N` requests a second")
	fs.Var(&c.bandwidth, "bwlimit", "at most this `size` a second, such as 1M, or UP:DOWN as 512k:off")
	fs.IntVar(&c.tries, "low-level-retries", 10, "how often a request is tried")
	fs.IntVar(&c.workers, "checkers", 8, "how many folders are listed and files compared at once")
}

// bandwidth is the value of -bwlimit.
type bandwidth struct{ up, down int64 }

// String implements flag.Value.
func (b *bandwidth) String() string { return "" }

// Set implements flag.Value.
func (b *bandwidth) Set(text string) (err error) {
	up, down, two := strings.Cut(text, ":")
	if b.up, err = rcloneconf.ParseSize(up); err != nil {
		return err
	}
	b.down = b.up
	if two {
		b.down, err = rcloneconf.ParseSize(down)
	}
	b.up, b.down = max(b.up, 0), max(b.down, 0) // -1 means off
	return err
}

// drive opens the drive of an argument.
func (c *connection) drive(ctx context.Context, con *program.Console, l location) (*drive, error) {
	if !l.onDrive() {
		return nil, program.Usagef("%q is a local path; a drive is named, as in REMOTE:%s", l.arg, l.arg)
	}
	if d := c.open[l.remote]; d != nil {
		return d, nil
	}
	if c.workers < 1 || c.tries < 1 {
		return nil, program.Usagef("-checkers and -low-level-retries must be at least 1")
	}
	connect := c.connect
	switch {
	case l.remote == "mock":
		connect = c.connectMock
	case c.endpoint != "":
		return nil, program.Usagef("with -endpoint the drive is called mock:, since it gets the mock's token, and not that of %s:", l.remote)
	case l.remote == photosRemote:
		connect = c.connectPhotos
	}
	d, err := connect(ctx, con, l.remote)
	if err != nil {
		return nil, err
	}
	c.open[l.remote] = d
	return d, nil
}

// connect makes the client of a remote.
func (c *connection) connect(ctx context.Context, con *program.Console, name string) (*drive, error) {
	remote, store, err := c.remote(con, name)
	if err != nil {
		return nil, err
	}
	transport := con.Transport(newTransport())
	remote.Config.HTTPClient = &http.Client{Transport: transport}
	tokens, err := tokenSource(ctx, remote, store)
	if err != nil {
		return nil, err
	}
	opts := append(remote.Options(), c.options(con, transport)...)
	if c.discovery != "" {
		opts = append(opts, acd.WithDiscoveryURL(c.discovery))
	}
	client, err := acd.NewClient(ctx, tokens, opts...)
	return &drive{name + ":", client, remote}, err
}

// connectMock makes a client of a drive in memory, or of the drive at -endpoint.
func (c *connection) connectMock(ctx context.Context, con *program.Console, _ string) (*drive, error) {
	r := defaults("mock")
	if err := override(r, c.withoutSecrets()); err != nil {
		return nil, err
	}
	if c.endpoint != "" {
		discovery, err := loopback(c.endpoint)
		if err != nil {
			return nil, err
		}
		opts := append(r.Options(), c.options(con, con.Transport(newTransport()))...)
		client, err := acd.NewClient(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "mock-token"}), append(opts, acd.WithDiscoveryURL(discovery))...)
		return &drive{"mock:", client, r}, err
	}
	mock, err := c.app.mock()
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(con.Err, "mock: is a drive in memory with a few files to try things on; it is gone when this command ends")
	opts := append(r.Options(), c.options(con, con.Transport(mock))...)
	client, err := acd.NewClient(ctx, mock.TokenSource(), append(opts, acd.WithDiscoveryURL(mockDiscovery))...)
	return &drive{"mock:", client, r}, err
}

// photosRemote is the remote of the account that examples/photos has signed in to.
const photosRemote = "photos"

// connectPhotos makes a client of an Amazon Photos account. It uses the session that "photos
// sign-in" has stored.
func (c *connection) connectPhotos(ctx context.Context, con *program.Console, _ string) (*drive, error) {
	if c.app.dir == "" {
		return nil, errNoConfig
	}
	r := defaults(photosRemote)
	if err := override(r, c.withoutSecrets()); err != nil {
		return nil, err
	}
	network := c.app.network
	if network == nil {
		network = newTransport()
	}
	opts := append(r.Options(), c.options(con, con.Transport(network))...)
	client, err := photos.NewClient(ctx, photos.NewFileSessionStore(filepath.Join(c.app.dir, "photos-session.json")), opts...)
	if err != nil {
		return nil, err
	}
	return &drive{photosRemote + ":", client.Drive, r}, nil
}

const mockDiscovery = "http://127.0.0.1/drive/v1/account/endpoint"

func (c *connection) withoutSecrets() map[string]string {
	flags := map[string]string{}
	for _, s := range settings() {
		if !s.secret {
			flags[s.name] = c.flags[s.name]
		}
	}
	return flags
}

// options returns the options that all clients have.
func (c *connection) options(con *program.Console, transport http.RoundTripper) []acd.Option {
	opts := []acd.Option{
		acd.WithHTTPClient(&http.Client{Transport: transport}), acd.WithLogger(con.Log()),
		acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: c.tries}), acd.WithBandwidthLimit(c.bandwidth.up, c.bandwidth.down),
	}
	if c.tps > 0 {
		opts = append(opts, acd.WithLimiter(acd.NewLimiter(c.tps, 1)))
	}
	return opts
}

// newTransport returns a transport that keeps enough idle connections for all workers.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}

// loopback returns the discovery URL of a drive on this machine.
func loopback(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", program.Usagef("-endpoint: %q is no URL such as http://127.0.0.1:8800", endpoint)
	}
	if host := u.Hostname(); host != "localhost" && host != "127.0.0.1" && host != "::1" {
		return "", program.Usagef("-endpoint is for a drive on this machine, and %q is not; a remote with -discovery is for others", host)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/drive/v1/account/endpoint"
	}
	return u.String(), nil
}
