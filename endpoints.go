package acd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
)

// Endpoints are the base URLs for the calls of one account, and other facts that the service sends with
// them. A program may store them and give them to [WithEndpoints] for three to five days. It must not use
// them after 30 days. When its endpoints are three days old, a client requests new ones in the
// background, and its calls use the old ones meanwhile.
type Endpoints struct {
	CustomerExists      bool   `json:"customerExists"` // the account has an Amazon Drive
	ContentURL          string `json:"contentUrl"`
	MetadataURL         string `json:"metadataUrl"`
	Region              string `json:"region,omitzero"` // NA, EU, FE
	CountryAtSignup     string `json:"countryAtSignup,omitzero"`
	MarketplaceAtSignup string `json:"marketplaceAtSignup,omitzero"`
	RetailURL           string `json:"retailUrl,omitzero"`
	DownloadServiceURL  string `json:"downloadServiceUrl,omitzero"`
	ThumbnailServiceURL string `json:"thumbnailServiceUrl,omitzero"`
	UploadServiceURL    string `json:"uploadServiceUrl,omitzero"`
	// GroupsURL is the base URL for groups and sharing in Amazon Photos. The service does not send it:
	// see [WithPhotos].
	GroupsURL string `json:"groupsUrl,omitzero"`
	// FetchedAt is when the service sent the endpoints. The zero time means that they were written by
	// hand and never expire.
	FetchedAt time.Time `json:"fetchedAt,omitzero"`
}

var opEndpoints = transport.Op{Name: "Account.Endpoints", Method: http.MethodGet, Path: "account/endpoint", Replay: true}

// Endpoints requests the account's endpoints from the service, and the client uses them from then on. A
// program need not call it, because calls request the endpoints when they need them. For a program that
// starts often, [WithEndpointStore] keeps them.
func (s *AccountService) Endpoints(ctx context.Context) (*Endpoints, error) {
	bases, err := s.client.endpoints.refresh(ctx, s.client, s.client.endpoints.load())
	if err != nil {
		return nil, err
	}
	return new(bases.endpoints), nil
}

const (
	endpointsFreshFor  = 3 * 24 * time.Hour  // the service advises three to five days
	endpointsUsableFor = 30 * 24 * time.Hour // the limit for cached data in the terms of the service
)

// bases are the endpoints after check and parsing.
type bases struct {
	endpoints Endpoints
	urls      [baseCount]*url.URL // nil if there is no such URL
	hosts     []*url.URL          // the hosts that may receive credentials
}

func (b *bases) age() time.Duration {
	if b.endpoints.FetchedAt.IsZero() {
		return 0
	}
	return time.Since(b.endpoints.FetchedAt)
}

// endpointCache holds the endpoints. If several callers need them at the same time, it sends only one
// request.
type endpointCache struct {
	cfg       *config
	discovery *url.URL

	mu      sync.Mutex
	current *bases
	asking  *discovery

	// The state of the refresh in the background.
	refreshing bool
	failures   int // in a row
	notBefore  time.Time

	kept keptEndpoints
}

type discovery struct {
	done  chan struct{}
	bases *bases
	err   error
}

func (e *endpointCache) init(cfg *config) (err error) {
	e.cfg = cfg
	e.kept.init(cfg.endpointStore)
	if e.discovery, err = cfg.baseURL("WithDiscoveryURL", cfg.discoveryURL); err != nil {
		return err
	}
	if cfg.endpoints.MetadataURL != "" {
		e.current, err = e.parse(cfg.endpoints)
	}
	return err
}

// parse checks the endpoints. If the metadata URL or the content URL cannot be used, it returns an error.
// It leaves out any other URL that cannot be used. It also leaves out such a URL if the service named it
// (now, or before the endpoints were stored) and the service may not name its host.
func (e *endpointCache) parse(ep Endpoints) (*bases, error) {
	b := &bases{endpoints: ep}
	var err error
	if b.urls[BaseMetadata], err = e.cfg.baseURL("metadata URL", ep.MetadataURL); err != nil {
		return nil, err
	}
	if b.urls[BaseContent], err = e.cfg.baseURL("content URL", ep.ContentURL); err != nil {
		return nil, err
	}
	others := map[Base]string{
		BaseDownload: ep.DownloadServiceURL, BaseUpload: ep.UploadServiceURL,
		BaseThumbnails: ep.ThumbnailServiceURL, BaseGroups: ep.GroupsURL,
	}
	for base, raw := range others {
		u, err := e.cfg.baseURL(base.String()+" URL", raw)
		if err == nil && (ep.FetchedAt.IsZero() || mayNameEndpoints(e.discovery, u.Hostname())) {
			b.urls[base] = u
		}
	}
	for i, u := range b.urls {
		if u != nil {
			b.urls[i] = withSlash(u)
			b.hosts = append(b.hosts, u)
		}
	}
	return b, nil
}

func withSlash(u *url.URL) *url.URL {
	for len(u.Path) > 0 && u.Path[len(u.Path)-1] == '/' {
		u.Path = u.Path[:len(u.Path)-1]
	}
	u.RawPath = ""
	u.Path += "/"
	return u
}

// get returns endpoints that may be used. If they are older than three days, it still returns them at
// once, and starts a refresh in the background. If they are too old, or there are none, it waits for a
// request.
func (e *endpointCache) get(ctx context.Context, c *Client) (*bases, error) {
	b := e.load()
	if b == nil {
		b = e.restore(ctx)
	}
	switch {
	case b != nil && b.age() < endpointsFreshFor:
		return b, nil
	case b != nil && b.age() < endpointsUsableFor:
		e.refreshBeside(c, b)
		return b, nil
	}
	return e.refresh(ctx, c, b)
}

const (
	// refreshFor is the time limit of a refresh in the background, with its attempts and waits.
	refreshFor = 2 * time.Minute
	// After a failed refresh, the next one begins refreshAfter later. After each further failure the wait
	// doubles, up to refreshAfterMost.
	refreshAfter     = time.Minute
	refreshAfterMost = time.Hour
)

// refreshBeside starts a goroutine that replaces old, unless such a goroutine is running or a refresh has
// just failed.
func (e *endpointCache) refreshBeside(c *Client, old *bases) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refreshing || e.current != old || time.Now().Before(e.notBefore) {
		return
	}
	e.refreshing = true
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), refreshFor)
		defer cancel()
		_, err := e.refresh(ctx, c, old)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.refreshing = false
		if err == nil {
			e.failures, e.notBefore = 0, time.Time{}
			return
		}
		pause := min(refreshAfter<<min(e.failures, 10), refreshAfterMost)
		e.failures++
		e.notBefore = time.Now().Add(pause)
		c.cfg.log.Warn("acd: the account's endpoints are old, and asking for them again failed; the old ones are used",
			slog.Any("error", err), slog.Duration("again_in", pause))
	}()
}

func (e *endpointCache) load() *bases {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current
}

// refresh replaces old. It asks the service, or waits if another caller is already asking.
func (e *endpointCache) refresh(ctx context.Context, c *Client, old *bases) (*bases, error) {
	for {
		e.mu.Lock()
		if e.current != old {
			defer e.mu.Unlock()
			return e.current, nil
		}
		d := e.asking
		if d == nil {
			d = &discovery{done: make(chan struct{})}
			e.asking = d
			e.mu.Unlock()
			e.ask(ctx, c, d)
			return d.bases, d.err
		}
		e.mu.Unlock()
		select {
		case <-d.done:
			// The other caller may have stopped because its own context ended: then ask again.
			if d.err == nil || !wasInterrupted(d.err) {
				return d.bases, d.err
			}
		case <-ctx.Done():
			return nil, newError(ctx, opEndpoints, "", nil)
		}
	}
}

func (e *endpointCache) ask(ctx context.Context, c *Client, d *discovery) {
	d.bases, d.err = e.discover(ctx, c)
	if d.err == nil {
		e.keep(ctx, d.bases.endpoints)
	}
	e.mu.Lock()
	if d.err == nil {
		e.current = d.bases
	}
	e.asking = nil
	e.mu.Unlock()
	close(d.done)
}

// discoveryAnswer is the response to discovery: the endpoints, or the fact that the account has no drive.
type discoveryAnswer struct {
	Endpoints
	CustomerExists *bool `json:"customerExists"`
}

func (a *discoveryAnswer) lacks() string {
	if a.CustomerExists == nil && a.MetadataURL == "" && a.ContentURL == "" {
		return "endpoints"
	}
	return ""
}

func (e *endpointCache) discover(ctx context.Context, c *Client) (*bases, error) {
	ep, err := e.askService(ctx, c)
	if e.isSilence(ctx, err) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	ep = e.cfg.photos.lay(ep)
	fail := func(err error) error {
		failed := newError(ctx, opEndpoints, "", err)
		failed.URL, failed.Attempts = location(opEndpoints, e.discovery), 1
		return failed
	}
	if ep.MetadataURL == "" || ep.ContentURL == "" {
		if !ep.CustomerExists {
			return nil, fail(fmt.Errorf("%w: this account has no Amazon Drive", ErrForbidden))
		}
		return nil, fail(errors.New("the answer lacks metadataUrl or contentUrl"))
	}
	ep.FetchedAt = time.Now()
	b, err := e.parse(ep)
	if err != nil {
		return nil, fail(err)
	}
	if err := e.refuseHosts(b); err != nil {
		return nil, fail(err)
	}
	return b, nil
}

// refuseHosts returns an error if the service has named a host that must not receive credentials.
func (e *endpointCache) refuseHosts(b *bases) error {
	for _, base := range []Base{BaseMetadata, BaseContent} {
		if host := b.urls[base].Hostname(); !mayNameEndpoints(e.discovery, host) {
			return fmt.Errorf("discovery names %q, which is no host of the service; see WithEndpoints", host)
		}
	}
	return nil
}

// siteAttempts is the number of attempts when a site is asked for endpoints. It is small, because the
// table of sites has the hosts too.
const siteAttempts = 3

func (e *endpointCache) askService(ctx context.Context, c *Client) (Endpoints, error) {
	r := request{op: opEndpoints, url: e.discovery}
	if e.cfg.photos.hasSite() {
		r.attempts = siteAttempts
	}
	var answer discoveryAnswer
	_, _, err := c.send(ctx, r, func(resp *http.Response) error {
		defer resp.Body.Close()
		if err := cameFrom(e.discovery, resp); err != nil {
			return &transport.PermanentError{Err: err}
		}
		answer = discoveryAnswer{}
		err := c.decode(resp, &answer)
		if err != nil && e.cfg.photos.hasSite() && !isSignIn(err) {
			answer = discoveryAnswer{} // the hosts are known from the table of sites
			return nil
		}
		return err
	})
	ep := answer.Endpoints
	ep.CustomerExists = answer.CustomerExists != nil && *answer.CustomerExists
	return ep, err
}

// isSilence reports whether a site answered discovery with something other than endpoints. The client
// then uses the hosts from the table of sites. The result is false if there was no response or if the
// session has ended, because then every other call would fail too.
func (e *endpointCache) isSilence(ctx context.Context, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && e.cfg.photos.hasSite() && failed.StatusCode != 0 && ctx.Err() == nil && !errors.Is(err, ErrUnauthorized)
}

// useContent replaces the content host, and with it the upload service, if the client still uses b.
func (e *endpointCache) useContent(b *bases, contentURL string) {
	changed, err := e.withContent(b, contentURL)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil && e.current == b {
		e.current = changed
	}
}

// withContent returns a copy of b with another content host.
func (e *endpointCache) withContent(b *bases, contentURL string) (*bases, error) {
	ep := b.endpoints
	ep.ContentURL, ep.UploadServiceURL = contentURL, uploadURLBeside(contentURL)
	return e.parse(ep)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
