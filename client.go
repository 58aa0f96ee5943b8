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

// A Client gives access to the drive of one account. It never changes after [NewClient], and is safe for
// concurrent use.
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
	// noRedirection is true if the redirection of Amazon Photos to the original of a file does not work
	// for this account.
	noRedirection atomic.Bool

	regions  chan struct{} // one token, held by the call that looks for the account's region
	clocks   serverClocks
	active   activeUploads
	decoders sync.Pool // *nodeDecoder
	answers  sync.Pool // *bytes.Buffer
	warned   sync.Map  // the fields whose warning was logged already
}

// A ContextTokenSource is a token source whose wait ends when ctx ends.
type ContextTokenSource interface {
	oauth2.TokenSource
	TokenContext(ctx context.Context) (*oauth2.Token, error)
}

// A TokenInvalidator is a token source that drops a token when the service has rejected it, even if the
// token has not expired. InvalidateToken must not drop a token that is newer than the rejected one.
type TokenInvalidator interface {
	InvalidateToken(ctx context.Context, rejected *oauth2.Token) error
}

// NewClient returns a client that adds the tokens of ts to its requests, but only to requests to the
// account's own hosts. ts may also implement [ContextTokenSource] and [TokenInvalidator]. If ts is nil,
// requests carry no bearer token, only the credentials that [WithAuthenticator] or the cookie jar of
// [WithHTTPClient] adds.
//
// NewClient checks its options and does no I/O. The client requests the account's endpoints at its first
// call. It does not keep ctx.
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

// exchanges returns the transport for single HTTP exchanges, with the stall timeout and the bandwidth
// limits of cfg.
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

// redirectPolicy follows redirects of GET and HEAD only. A redirected write is returned as a response,
// and the retry layer decides about it. A redirect from https to plain http is an error, except to
// loopback or with WithInsecureHTTP.
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

// Logger returns the client's logger, for packages that build on this one. See [WithLogger].
func (c *Client) Logger() *slog.Logger { return c.cfg.log }

// An Operation names the call that a request belongs to, for the names of spans and for metrics.
type Operation struct {
	Name   string // such as "Nodes.Get"
	Method string
	Path   string // with {id} and the like for the arguments; empty if the path is a secret, as of a tempLink
	// Attempt is 1 for the first request of a call, and higher for its retries.
	Attempt int
}

// OperationFromContext returns the operation that a request with this context belongs to. It is for a
// RoundTripper of the caller (see [WithHTTPClient]). It returns false if the request is not the client's.
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
