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
	// Downloads of about 10 GiB and more fail through the content host. rclone's limit is 9 GiB.
	defaultTempLinkThreshold = 9 * gib
	// How long the service may take, for each GiB, to show an upload whose response was lost. The
	// value is rclone's.
	defaultUploadWaitPerGiB = 3 * time.Minute
	defaultStallTimeout     = time.Minute
)

// An Option changes the client that [NewClient] makes.
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
	bytesUp, bytesDown int64 // bytes per second; 0 is no limit
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

// WithHTTPClient sends requests through hc, with its transport, proxy and cookie jar. hc is copied
// and never changed. Its Timeout is ignored, because a transfer may take days: see
// [WithStallTimeout].
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return fmt.Errorf("WithHTTPClient: the client is nil")
		}
		c.http = hc
		return nil
	}
}

// WithEndpoints uses these endpoints instead of asking the service for them: endpoints from a
// cache, of a mock, or of another region. If e.FetchedAt is set, the client asks for new endpoints
// once these are three days old. If it is zero, these are used for ever.
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

// WithInsecureHTTP allows plain http to hosts other than loopback. Anyone on the network path can
// then read the token.
func WithInsecureHTTP() Option {
	return func(c *config) error {
		c.insecure = true
		return nil
	}
}

// WithUserAgent sets the User-Agent header, by which the service knows the program.
func WithUserAgent(name string) Option {
	return func(c *config) error {
		c.userAgent = name
		return nil
	}
}

// WithLogger writes one structured log line for each attempt: at level Debug if the attempt
// succeeded, at Info if it failed. Unusual events that a person should look at are written at Warn.
// No line contains a token or a URL.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			l = slog.New(slog.DiscardHandler)
		}
		c.log = l
		return nil
	}
}

// RetryPolicy says how many attempts a call has and how long to wait between them. A field that is
// zero has its default. The policy does not decide what may be retried: the operation and the
// response decide that.
type RetryPolicy struct {
	MaxAttempts int           // in total, with the first; default 10; 1 means no retry
	BaseDelay   time.Duration // default 1 s; the nth wait is random in [0, BaseDelay x 2^(n-1))
	MaxDelay    time.Duration // the longest wait; default 256 s
	// MaxRetryAfter is the longest wait that a Retry-After can cause; a longer Retry-After is cut
	// to it. It applies to the call that got the Retry-After and, through the [Limiter], to all
	// others; default MaxDelay.
	MaxRetryAfter time.Duration
	// Backoff, if set, returns the wait after the nth failed attempt; n starts at 1. It must be
	// safe for concurrent use.
	Backoff func(n int) time.Duration
}

// policy fills in the defaults: full jitter, 1 s, 256 s. Amazon's guidance and the service's other
// clients use the same.
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

// WithRetryPolicy replaces the default retry policy.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config) error {
		c.retry = p
		return nil
	}
}

// WithLimiter makes l pace the attempts. Without it, each client has its own limiter, made by
// [NewLimiter] without a ceiling.
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		if l == nil {
			return fmt.Errorf("WithLimiter: the limiter is nil")
		}
		c.limiter = l
		return nil
	}
}

// WithNameEncoding says how the caller's names are written on the drive. The default is
// [encoding.Default], which rclone used.
func WithNameEncoding(e encoding.Encoding) Option {
	return func(c *config) error {
		c.encoding = e
		return nil
	}
}

// WithTempLinkThreshold downloads files of that many bytes or more through a tempLink. The default
// is 9 GiB; 0 means every file.
func WithTempLinkThreshold(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return fmt.Errorf("WithTempLinkThreshold: %d is negative", bytes)
		}
		c.tempLinkThreshold = bytes
		return nil
	}
}

// WithUploadWaitPerGiB says how long to wait for a file to appear if its whole content was sent but
// no successful response came. The wait is d for each GiB of the file. The default is 3 minutes per
// GiB; the whole wait is at least 10 s. With 0 the client looks once, and if the file is not there,
// the upload fails with [ErrOutcomeUnknown].
func WithUploadWaitPerGiB(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return fmt.Errorf("WithUploadWaitPerGiB: %v is negative", d)
		}
		c.uploadWaitPerGiB = d
		return nil
	}
}

// WithMaxUploadSize makes uploads of more than that many bytes fail with [ErrTooLarge] before any
// byte is sent. With 0, the default, there is no limit in the client. The service itself fails
// uploads above about 50,000 MiB, after the whole body was sent.
func WithMaxUploadSize(bytes int64) Option {
	return func(c *config) error {
		if bytes < 0 {
			return fmt.Errorf("WithMaxUploadSize: %d is negative", bytes)
		}
		c.maxUploadSize = bytes
		return nil
	}
}

// WithStallTimeout breaks off a request if no byte is sent or received for d, and retries it where
// that is safe. The default is 60 s. The total time of a request is not limited.
func WithStallTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("WithStallTimeout: %v is not positive", d)
		}
		c.stallTimeout = d
		return nil
	}
}

// WithBandwidthLimit limits the client to sending at most up and receiving at most down bytes per
// second, in all transfers together. 0 is no limit. Time spent waiting for this limit does not
// count as a stall (see [WithStallTimeout]). Headers are not counted.
func WithBandwidthLimit(up, down int64) Option {
	return func(c *config) error {
		if up < 0 || down < 0 {
			return fmt.Errorf("WithBandwidthLimit: %d, %d: a limit is negative", up, down)
		}
		c.bytesUp, c.bytesDown = up, down
		return nil
	}
}

// baseURL parses raw as a base URL and returns an error if it is not an allowed one. what names the
// URL in errors.
func (c *config) baseURL(what, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: not a URL", what)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// The unwanted part may be a secret, so the error does not repeat it.
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
