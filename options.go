package acd

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/transport"
)

const (
	defaultDiscoveryURL = "https://drive.amazonaws.com/drive/v1/account/endpoint"
	defaultUserAgent    = "acd-sdk (github.com/acd-sdk/acd)"
	gib                 = int64(1) << 30
	// Downloads of some 10 GiB and more fail through the content host; rclone's limit is 9 GiB.
	defaultTempLinkThreshold = 9 * gib
	// How long the service takes to show an upload whose answer was lost; rclone's measure.
	defaultUploadWaitPerGiB = 3 * time.Minute
	defaultStallTimeout     = time.Minute
)

// An Option changes what [NewClient] makes.
type Option func(*config) error

type config struct {
	http               *http.Client
	authenticator      Authenticator
	photos             *photosDialect
	endpoints          Endpoints
	endpointStore      EndpointStore
	discoveryURL       string
	insecure           bool
	userAgent          string
	log                *slog.Logger
	retry              RetryPolicy
	limiter            Limiter
	encoding           encoding.Encoding
	tempLinkThreshold  int64
	uploadWaitPerGiB   time.Duration
	maxUploadSize      int64
	stallTimeout       time.Duration
	bytesUp, bytesDown int64 // a second; 0 is no limit
}

func defaultConfig() config {
	return config{
		http:              http.DefaultClient,
		discoveryURL:      defaultDiscoveryURL,
		userAgent:         defaultUserAgent,
		log:               slog.New(slog.DiscardHandler),
		encoding:          encoding.Default,
		tempLinkThreshold: defaultTempLinkThreshold,
		uploadWaitPerGiB:  defaultUploadWaitPerGiB,
		stallTimeout:      defaultStallTimeout,
	}
}

// WithHTTPClient sends requests through hc: its transport, proxy and cookie jar.
// It is copied and never changed. Its Timeout is left out, since a transfer may
// take days: see [WithStallTimeout].
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return fmt.Errorf("WithHTTPClient: the client is nil")
		}
		c.http = hc
		return nil
	}
}

// WithEndpoints skips discovery and calls these endpoints: cached ones, a mock,
// another region. If e.FetchedAt is set they are asked for again once they are
// three days old; else they are used for ever.
func WithEndpoints(e Endpoints) Option {
	return func(c *config) error {
		if e.MetadataURL == "" || e.ContentURL == "" {
			return fmt.Errorf("WithEndpoints: MetadataURL and ContentURL are required")
		}
		c.endpoints = e
		return nil
	}
}

// WithDiscoveryURL asks for the account's endpoints at rawURL instead of
// https://drive.amazonaws.com/drive/v1/account/endpoint.
func WithDiscoveryURL(rawURL string) Option {
	return func(c *config) error {
		c.discoveryURL = rawURL
		return nil
	}
}

// WithInsecureHTTP allows plain http to hosts other than loopback, over which
// anyone on the way can read the token.
func WithInsecureHTTP() Option {
	return func(c *config) error {
		c.insecure = true
		return nil
	}
}

// WithUserAgent names the program to the service.
func WithUserAgent(name string) Option {
	return func(c *config) error {
		c.userAgent = name
		return nil
	}
}

// WithLogger writes one structured line an attempt: at level Debug if it
// succeeded, at Info if not, and at Warn what deserves a look. No line holds a
// token or a URL.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		c.log = l
		return nil
	}
}

// RetryPolicy says how often a call is attempted and how far apart. A field
// that is zero has its default. What may be retried at all is not the policy's
// choice but the operation's and the answer's.
type RetryPolicy struct {
	MaxAttempts int           // in all, the first included; default 10; 1 is no retry
	BaseDelay   time.Duration // default 1 s; the nth wait is random in [0, BaseDelay x 2^(n-1))
	MaxDelay    time.Duration // cap of a wait; default 256 s
	// MaxRetryAfter is the most that a Retry-After may ask, for the call that got it and, through
	// the [Limiter], for all others; default MaxDelay.
	MaxRetryAfter time.Duration
	// Backoff, if set, is the wait after the nth failed attempt, n from 1. It must
	// be safe for concurrent use.
	Backoff func(n int) time.Duration
}

// The defaults are those that Amazon's guidance and the service's other
// clients settled on: full jitter, 1 s, 256 s.
func (p RetryPolicy) policy() (transport.Policy, error) {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 {
		return transport.Policy{}, fmt.Errorf("WithRetryPolicy: a negative field in %+v", p)
	}
	or := func(d, def time.Duration) time.Duration {
		if d == 0 {
			return def
		}
		return d
	}
	most := or(p.MaxDelay, 256*time.Second)
	out := transport.Policy{
		MaxAttempts:   p.MaxAttempts,
		MaxRetryAfter: or(p.MaxRetryAfter, most),
		Backoff:       p.Backoff,
	}
	if out.MaxAttempts == 0 {
		out.MaxAttempts = 10
	}
	if out.Backoff == nil {
		out.Backoff = transport.FullJitter(or(p.BaseDelay, time.Second), most)
	}
	return out, nil
}

// WithRetryPolicy replaces the default policy.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config) error {
		c.retry = p
		return nil
	}
}

// WithLimiter paces attempts by l instead of a limiter of the client's own
// (that of [NewLimiter] with no ceiling).
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		if l == nil {
			return fmt.Errorf("WithLimiter: the limiter is nil")
		}
		c.limiter = l
		return nil
	}
}

// WithNameEncoding says how names of the caller's world are written on the
// drive. The default is [encoding.Default], which rclone used.
func WithNameEncoding(e encoding.Encoding) Option {
	return func(c *config) error {
		c.encoding = e
		return nil
	}
}

// WithTempLinkThreshold downloads files of that many bytes and more through a
// tempLink. The default is 9 GiB; 0 means every file.
func WithTempLinkThreshold(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return fmt.Errorf("WithTempLinkThreshold: %d is negative", bytes)
		}
		c.tempLinkThreshold = bytes
		return nil
	}
}

// WithUploadWaitPerGiB says how long to wait, for each GiB of it, for a file to
// appear whose upload was sent whole but not answered with success. The default
// is 3 minutes, and at least 10 s in all; 0 means one look and then the error.
func WithUploadWaitPerGiB(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("WithUploadWaitPerGiB: %v is negative", d)
		}
		c.uploadWaitPerGiB = d
		return nil
	}
}

// WithMaxUploadSize refuses uploads above that many bytes with [ErrTooLarge]
// before any byte is sent. 0, the default, refuses none: the service itself
// fails, at their end, uploads above some 50,000 MiB.
func WithMaxUploadSize(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return fmt.Errorf("WithMaxUploadSize: %d is negative", bytes)
		}
		c.maxUploadSize = bytes
		return nil
	}
}

// WithStallTimeout breaks off, and retries where that is safe, an exchange that
// moves no byte for d. The default is 60 s. There is no limit on the whole.
func WithStallTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("WithStallTimeout: %v is not positive", d)
		}
		c.stallTimeout = d
		return nil
	}
}

// WithBandwidthLimit lets the client send at most up, and receive at most down bytes a second, in all
// transfers together. 0 is no limit. What is waited for is no stall (see [WithStallTimeout]). Headers
// are not counted.
func WithBandwidthLimit(up, down int64) Option {
	return func(c *config) error {
		if up < 0 || down < 0 {
			return fmt.Errorf("WithBandwidthLimit: %d, %d: a limit is negative", up, down)
		}
		c.bytesUp, c.bytesDown = up, down
		return nil
	}
}

// baseURL checks a base URL and gives it exactly one trailing slash.
func (c *config) baseURL(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: not a URL", what)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// What is too much may be a secret: it is not repeated.
		return nil, fmt.Errorf("%s: the URL of %q must have no user, query or fragment", what, u.Host)
	}
	if u.Host == "" {
		return nil, fmt.Errorf("%s: %q is not the URL of a service", what, raw)
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (c.insecure || isLoopback(u.Hostname())):
	case u.Scheme == "http":
		return nil, fmt.Errorf("%s: %q is plain http, over which the token can be read; see WithInsecureHTTP", what, raw)
	default:
		return nil, fmt.Errorf("%s: %q is neither https nor http", what, raw)
	}
	return u, nil
}
