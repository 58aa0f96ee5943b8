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

// Endpoints are the base URLs that one account's calls go to, and what else
// the service says with them. They may be kept, and handed over with
// [WithEndpoints], for three to five days, and must not be used beyond 30. A client asks for them again
// when they are three days old, beside its calls, which use the old ones meanwhile.
type Endpoints struct {
	CustomerExists      bool   `json:"customerExists"` // the account has a drive
	ContentURL          string `json:"contentUrl"`
	MetadataURL         string `json:"metadataUrl"`
	Region              string `json:"region,omitzero"` // NA, EU, FE
	CountryAtSignup     string `json:"countryAtSignup,omitzero"`
	MarketplaceAtSignup string `json:"marketplaceAtSignup,omitzero"`
	RetailURL           string `json:"retailUrl,omitzero"`
	DownloadServiceURL  string `json:"downloadServiceUrl,omitzero"`
	ThumbnailServiceURL string `json:"thumbnailServiceUrl,omitzero"`
	UploadServiceURL    string `json:"uploadServiceUrl,omitzero"`
	// GroupsURL is where Amazon Photos keeps groups and sharing. The service does not name it: see [WithPhotos].
	GroupsURL string `json:"groupsUrl,omitzero"`
	// FetchedAt is when the service said so. Zero: given by hand, never to expire.
	FetchedAt time.Time `json:"fetchedAt,omitzero"`
}

var opEndpoints = transport.Op{Name: "Account.Endpoints", Method: http.MethodGet, Path: "account/endpoint", Replay: true}

// Endpoints asks the service for the account's endpoints, and uses them from
// then on. Calls do so by themselves when needed; a program that starts often
// has them kept by [WithEndpointStore].
func (s *AccountService) Endpoints(ctx context.Context) (*Endpoints, error) {
	bases, err := s.client.endpoints.refresh(ctx, s.client, s.client.endpoints.load())
	if err != nil {
		return nil, err
	}
	return new(bases.endpoints), nil
}

const (
	endpointsFreshFor  = 3 * 24 * time.Hour  // the service advises three to five days
	endpointsUsableFor = 30 * 24 * time.Hour // its terms' limit on cached data
)

// bases are endpoints, checked and parsed.
type bases struct {
	endpoints Endpoints
	urls      [baseCount]*url.URL // nil where there is none
	hosts     []*url.URL          // where credentials may go
}

func (b *bases) age() time.Duration {
	if b.endpoints.FetchedAt.IsZero() {
		return 0
	}
	return time.Since(b.endpoints.FetchedAt)
}

// endpointCache holds the endpoints, and asks for them once for all callers.
type endpointCache struct {
	cfg       *config
	discovery *url.URL

	mu      sync.Mutex
	current *bases
	asking  *discovery

	// Of the refresh beside the calls.
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

// parse checks endpoints. Those that everything needs must be usable. Any other that is not is as good as absent, and so is
// one that the service named on a host which it may not name, now or when the endpoints were kept.
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

// get returns endpoints that may be used. Stale ones are returned at once, and asked for again beside
// the calls: nobody waits for what is not needed yet.
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
	// refreshFor bounds a refresh beside the calls, its attempts and waits included.
	refreshFor = 2 * time.Minute
	// After a refresh that failed the next one begins no earlier than that, and twice as late each time.
	refreshAfter     = time.Minute
	refreshAfterMost = time.Hour
)

// refreshBeside replaces old in a goroutine, unless that is under way or has just failed.
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

// refresh replaces old: it asks the service, or waits for the caller that is
// asking already.
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
			// The one who asked may have given up for reasons of its own.
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

// discoveryAnswer is what discovery answers: endpoints, or that the account has no drive.
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

// refuseHosts says which host of endpoints that were not given by hand must not be believed.
func (e *endpointCache) refuseHosts(b *bases) error {
	for _, base := range []Base{BaseMetadata, BaseContent} {
		if host := b.urls[base].Hostname(); !mayNameEndpoints(e.discovery, host) {
			return fmt.Errorf("discovery names %q, which is no host of the service; see WithEndpoints", host)
		}
	}
	return nil
}

// siteAttempts is how often a site is asked for endpoints, which its table can stand in for.
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
			answer = discoveryAnswer{} // the site's hosts are known without it
			return nil
		}
		return err
	})
	ep := answer.Endpoints
	ep.CustomerExists = answer.CustomerExists != nil && *answer.CustomerExists
	return ep, err
}

// isSilence says whether a site that was asked for endpoints answered with something else. Its hosts are known
// without it, so that only what would meet every other call too is an error: no answer, or a session that has ended.
func (e *endpointCache) isSilence(ctx context.Context, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && e.cfg.photos.hasSite() && failed.StatusCode != 0 && ctx.Err() == nil && !errors.Is(err, ErrUnauthorized)
}

// useContent changes the content host, and the upload service beside it, if b is still in use.
func (e *endpointCache) useContent(b *bases, contentURL string) {
	changed, err := e.withContent(b, contentURL)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil && e.current == b {
		e.current = changed
	}
}

// withContent is b with another content host.
func (e *endpointCache) withContent(b *bases, contentURL string) (*bases, error) {
	ep := b.endpoints
	ep.ContentURL, ep.UploadServiceURL = contentURL, uploadURLBeside(contentURL)
	return e.parse(ep)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
