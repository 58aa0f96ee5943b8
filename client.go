package acd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/internal/transport"
)

// A Client is one account's drive. It never changes after [NewClient], and is
// safe for concurrent use.
type Client struct {
	Account *AccountService
	Nodes   *NodesService
	Content *ContentService
	Changes *ChangesService

	cfg       config
	retry     *transport.Retry
	endpoints endpointCache
	root      rootCache
	owner     ownerCache
	// noRedirection says that Amazon Photos' way to originals does not work for this account.
	noRedirection atomic.Bool

	regions  chan struct{} // holds the call that looks for the account's region
	clocks   serverClocks
	active   activeUploads
	decoders sync.Pool // of *nodeDecoder
	answers  sync.Pool // of *bytes.Buffer
	warned   sync.Map  // of the warnings that were logged
}

// A ContextTokenSource is a token source whose wait a context can end.
type ContextTokenSource interface {
	oauth2.TokenSource
	TokenContext(ctx context.Context) (*oauth2.Token, error)
}

// A TokenInvalidator can be told that the service rejected a token, whatever
// its expiry says. It must not drop a newer token than the rejected one.
type TokenInvalidator interface {
	InvalidateToken(ctx context.Context, rejected *oauth2.Token) error
}

// NewClient returns a client whose requests carry the tokens of ts, and only to
// the account's own hosts. ts may also be a [ContextTokenSource] and a
// [TokenInvalidator]; a nil ts sends no bearer token, but what [WithAuthenticator] or the cookie jar of
// [WithHTTPClient] adds.
//
// NewClient checks its options and does no I/O: the account's endpoints are
// asked for at the first call. ctx is not kept.
func NewClient(ctx context.Context, ts oauth2.TokenSource, opts ...Option) (*Client, error) {
	cfg := defaultConfig()
	for _, opt := range opts {
		if err := opt(&cfg); err != nil {
			return nil, fmt.Errorf("acd: %w", err)
		}
	}
	if cfg.limiter == nil {
		cfg.limiter = NewLimiter(0, 1)
	}
	policy, err := cfg.retry.policy()
	if err != nil {
		return nil, fmt.Errorf("acd: %w", err)
	}
	if err := cfg.checkAuthenticator(ts != nil); err != nil {
		return nil, fmt.Errorf("acd: %w", err)
	}
	c := &Client{cfg: cfg, root: rootCache{asking: make(chan struct{}, 1)}, regions: make(chan struct{}, 1)}
	if err := c.endpoints.init(&c.cfg); err != nil {
		return nil, fmt.Errorf("acd: %w", err)
	}
	auth := &transport.Auth{
		Source:        ts,
		Authenticator: cfg.authenticator,
		Next:          exchanges(&cfg),
	}
	c.retry = &transport.Retry{
		HTTP: &http.Client{
			Transport:     &transport.Limit{Acquire: acquirer(cfg.limiter), Policy: policy, Next: auth},
			Jar:           cfg.http.Jar,
			CheckRedirect: redirectPolicy(cfg.http.CheckRedirect, cfg.insecure),
		},
		Auth:   auth,
		Policy: policy,
		Log:    cfg.log,
	}
	c.Account = &AccountService{c}
	c.Nodes = &NodesService{c}
	c.Content = &ContentService{c}
	c.Changes = &ChangesService{c}
	return c, nil
}

// exchanges makes one exchange after the other, each at its pace.
func exchanges(cfg *config) http.RoundTripper {
	stall := &transport.Stall{Limit: cfg.stallTimeout, Next: baseTransport(cfg.http)}
	if cfg.bytesUp == 0 && cfg.bytesDown == 0 {
		return stall
	}
	return &transport.Throttle{Up: transport.NewBandwidth(cfg.bytesUp), Down: transport.NewBandwidth(cfg.bytesDown), Next: stall}
}

func baseTransport(hc *http.Client) http.RoundTripper {
	if hc.Transport != nil {
		return hc.Transport
	}
	return http.DefaultTransport
}

// redirectPolicy follows a download to where its bytes are, and nothing else:
// a repeated write is for the retry floor to decide. Nor does it leave https.
func redirectPolicy(also func(*http.Request, []*http.Request) error, insecure bool) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if m := via[0].Method; m != http.MethodGet && m != http.MethodHead {
			return http.ErrUseLastResponse
		}
		if len(via) >= 10 {
			return &transport.PermanentError{Err: errors.New("stopped after 10 redirects")}
		}
		if last := via[len(via)-1].URL; last.Scheme == "https" && req.URL.Scheme != "https" && !insecure && !isLoopback(req.URL.Hostname()) {
			return &transport.PermanentError{Err: errors.New("redirected from https to plain http; see WithInsecureHTTP")}
		}
		if also != nil {
			return also(req, via)
		}
		return nil
	}
}

func acquirer(l Limiter) func(context.Context) (func(int, time.Duration), error) {
	return func(ctx context.Context) (func(int, time.Duration), error) {
		report, err := l.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		return func(status int, after time.Duration) { report(Outcome{status, after}) }, nil
	}
}

// Logger is where the client logs: see [WithLogger]. It is for packages on top of it.
func (c *Client) Logger() *slog.Logger { return c.cfg.log }

// An Operation names what a request is part of, for span names and metrics.
type Operation struct {
	Name   string // such as "Nodes.Get"
	Method string
	Path   string // with {id} for what varies; empty for what is a right to read, such as a tempLink
	// Attempt is 1 for a call's first request, and more for those that repeat it.
	Attempt int
}

// OperationFromContext tells a transport of the caller's own (see
// [WithHTTPClient]) which operation the request with that context belongs to.
func OperationFromContext(ctx context.Context) (Operation, bool) {
	call := transport.CallFrom(ctx)
	if call == nil {
		return Operation{}, false
	}
	op := Operation{Name: call.Op.Name, Method: call.Op.Method, Path: call.Op.Path, Attempt: call.Attempts + 1}
	if call.Op.Secret {
		op.Path = ""
	}
	return op, true
}
