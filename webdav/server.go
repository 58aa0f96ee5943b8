package webdav

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
)

// A Config says where a [Server] listens, and who may connect to it.
type Config struct {
	// Address is host:port. "" means "127.0.0.1:0", which is any free port. If the address is not
	// loopback, TLS, Password and Hosts are required.
	Address string
	// SecretFile is the file that keeps a secret. The secret is the first part of the path under
	// which the drive is served, so that other users of this machine and pages in a browser cannot
	// find the drive. If there is no file, Listen makes it with mode 0600. Remove the file to get
	// another secret. Required.
	SecretFile string
	// TLS holds the server's certificate.
	TLS *tls.Config
	// If Password is set, clients must send User and Password (HTTP Basic).
	User, Password string
	// Hosts are the host names, without port, that clients may use for an address that is not
	// loopback.
	Hosts []string
	// Logger is used as by [WithLogger].
	Logger *slog.Logger
}

// A Server serves one drive on one address.
type Server struct {
	listener net.Listener
	http     *http.Server
	url      string
}

// Listen opens the address. Requests are answered only after [Server.Serve] was called. If the
// configuration is wrong, the error is [acd.ErrInvalid].
func Listen(ctx context.Context, drive *acd.Client, c Config, opts ...Option) (*Server, error) {
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, fmt.Errorf("webdav: %w: %w", acd.ErrInvalid, err)
	}
	if err := c.checkReach(isLoopback(host)); err != nil {
		return nil, err
	}
	secret, err := readSecret(c.SecretFile)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("webdav: %w", err)
	}
	g := &guard{secret: digest(secret), user: digest(c.User), password: digest(c.Password), asks: c.Password != "", hosts: c.Hosts}
	g.address, err = netip.ParseAddrPort(listener.Addr().String())
	if err == nil {
		err = c.checkReach(g.address.Addr().Unmap().IsLoopback()) // "localhost" may resolve to another address
	}
	if err != nil {
		listener.Close()
		return nil, err
	}
	g.next = New(drive, append(opts, WithPrefix(secret), WithLogger(c.Logger))...)
	s := &Server{listener: listener, url: c.url(g.address, secret)}
	s.http = &http.Server{
		Handler:           g,
		TLSConfig:         c.TLS,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// isLoopback reports whether a host is reachable only from this machine.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// checkReach refuses an address that other machines can reach unless TLS, Password and Hosts
// protect it.
func (c Config) checkReach(loopback bool) error {
	missing := ""
	switch {
	case loopback:
	case c.TLS == nil:
		missing = "TLS"
	case c.Password == "":
		missing = "a password"
	case len(c.Hosts) == 0:
		missing = "the names of its host"
	}
	if missing != "" {
		return fmt.Errorf("webdav: %w: the address %s is not loopback, and so needs %s", acd.ErrInvalid, c.Address, missing)
	}
	return nil
}

func (c Config) url(at netip.AddrPort, secret string) string {
	u := url.URL{Scheme: "http", Host: at.String(), Path: "/" + secret + "/"}
	if c.TLS != nil {
		u.Scheme = "https"
	}
	if !at.Addr().Unmap().IsLoopback() {
		u.Host = net.JoinHostPort(c.Hosts[0], fmt.Sprint(at.Port()))
	}
	return u.String()
}

// URL returns the URL for clients. It contains the secret.
func (s *Server) URL() string { return s.url }

// closeTime is how long running requests may continue after the server's context has ended.
const closeTime = 5 * time.Second

// Serve answers requests until ctx ends. Then it returns nil.
func (s *Server) Serve(ctx context.Context) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
		defer cancel()
		if s.http.Shutdown(late) != nil {
			s.http.Close()
		}
	})
	var err error
	if s.http.TLSConfig != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("webdav: %w", err)
}

// Close frees the address, and breaks off the requests that are running.
func (s *Server) Close() error {
	return errors.Join(s.http.Close(), ignoreClosed(s.listener.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// A guard passes on only requests that have the secret, and the password if there is one.
type guard struct {
	next           http.Handler
	address        netip.AddrPort
	hosts          []string
	secret         [sha256.Size]byte
	user, password [sha256.Size]byte
	asks           bool
}

func digest(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }

// same compares a text with a digest in constant time, so that its duration does not show how much
// is equal.
func same(s string, want [sha256.Size]byte) bool {
	got := digest(s)
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case !g.isOurs(r.Host):
		// A web page can make its own host name resolve to this machine. Without this check, the
		// browser would let that page read the drive.
		http.Error(w, "this server has another name", http.StatusMisdirectedRequest)
	case !same(first, g.secret):
		http.NotFound(w, r)
	case !g.knows(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="drive", charset="UTF-8"`)
		http.Error(w, "user and password are needed", http.StatusUnauthorized)
	default:
		g.next.ServeHTTP(w, r)
	}
}

func (g *guard) knows(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	userIs, passwordIs := same(user, g.user), same(password, g.password)
	return !g.asks || userIs && passwordIs
}

// isOurs reports whether a Host header names this server.
func (g *guard) isOurs(hostport string) bool {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil { // without a port
		host, port = strings.Trim(hostport, "[]"), ""
	}
	if port != "" && port != fmt.Sprint(g.address.Port()) {
		return false
	}
	if !g.address.Addr().Unmap().IsLoopback() {
		return slices.ContainsFunc(g.hosts, func(name string) bool { return strings.EqualFold(name, host) })
	}
	return isLoopback(host)
}
