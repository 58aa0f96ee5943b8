package acd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/internal/amazonsites"
	"github.com/acd-sdk/acd/internal/transport"
)

// WithPhotos speaks the dialect of Amazon Photos, in which the same service shows albums, live videos and
// whatever else Photos keeps. It adds the parameters that this needs to every call, lists by offsets where the
// service gives no page tokens (and, above 9,999 nodes, by ranges of dates), and downloads originals the way
// the Photos page does.
//
// site is the shop that the account belongs to, such as "amazon.de": then the calls go to that site's hosts, as a
// browser's do, and are signed by the cookies of a session ([WithAuthenticator]; package photos has one). With ""
// the account's endpoints are discovered as always; that is for holders of a token.
//
// No live account was at hand when this was written: see docs/wire-photos.md for what it rests on.
func WithPhotos(site string) Option {
	return func(c *config) error {
		c.photos = &photosDialect{}
		if site == "" {
			return nil
		}
		known, ok := amazonsites.ByName(site)
		if !ok {
			return fmt.Errorf("WithPhotos: %q is none of the sites that have Amazon Photos: %s", site, strings.Join(amazonsites.Names(), ", "))
		}
		c.photos.site = &known
		if c.discoveryURL == defaultDiscoveryURL {
			c.discoveryURL = known.MetadataURL() + opEndpoints.Path
		}
		return nil
	}
}

// PhotosSite returns the site that [WithPhotos] named, such as "amazon.de"; "" if it named none. ok says whether
// the client speaks the dialect of Amazon Photos at all.
func (c *Client) PhotosSite() (site string, ok bool) {
	if c.cfg.photos.hasSite() {
		site = c.cfg.photos.site.Name
	}
	return site, c.cfg.photos != nil
}

// photosDialect is what differs under Amazon Photos. A nil one is the classic service.
type photosDialect struct {
	site *amazonsites.Site // nil for an account that is signed in by a token
}

// hasSite says whether calls go to the hosts of a site.
func (p *photosDialect) hasSite() bool { return p != nil && p.site != nil }

// addTo adds to a query what the service needs to be told with each call.
func (p *photosDialect) addTo(r request) url.Values {
	q := r.query
	if p == nil || r.op.NoToken || r.base != BaseMetadata && r.base != BaseContent {
		return q
	}
	q = url.Values{"resourceVersion": {"V2"}, "ContentType": {"JSON"}}
	if r.op.Method == http.MethodGet && r.base == BaseMetadata && strings.HasPrefix(r.op.Path, "nodes") {
		q.Set("tempLink", "false")
	}
	for k, v := range r.query {
		q[k] = v
	}
	return q
}

// body adds the same to the JSON body of a call, if that is an object: some calls look only there.
func (p *photosDialect) body(text []byte) ([]byte, error) {
	if p == nil || len(text) == 0 || text[0] != '{' {
		return text, nil
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	for k, v := range map[string]string{"resourceVersion": `"V2"`, "ContentType": `"JSON"`} {
		if _, there := fields[k]; !there {
			fields[k] = json.RawMessage(v)
		}
	}
	return json.Marshal(fields)
}

// photosTrash selects what Amazon Photos shows of the trash. It is sent as the Photos page sends it.
const photosTrash = "kind:(FILE* OR FOLDER*) AND status:(TRASH*)"

// listingDefaults are the options of a listing that the caller leaves open. The service gives page tokens
// only for some combinations: for all nodes without asset, for others with it.
func (p *photosDialect) listingDefaults(op transport.Op, o ListOptions) ListOptions {
	if p == nil {
		return o
	}
	if o.Asset == "" && op.Name != opList.Name {
		o.Asset = AssetAll
	}
	if op.Name == opTrashed.Name && len(o.Filter.terms) == 0 {
		o.Filter = RawFilter(photosTrash)
	}
	return o
}

// lay puts the site's hosts where discovery did not name one of them. The metadata host is always the site's own,
// because cookies are worth nothing elsewhere.
func (p *photosDialect) lay(ep Endpoints) Endpoints {
	if !p.hasSite() {
		return ep
	}
	ep.MetadataURL = p.site.MetadataURL()
	if i := slices.IndexFunc(p.site.ContentURLs(), func(u string) bool { return sameHost(u, ep.ContentURL) }); i >= 0 {
		ep.ContentURL = p.site.ContentURLs()[i]
	} else {
		ep.ContentURL = p.site.ContentURLs()[0]
	}
	ep.UploadServiceURL = uploadURLBeside(ep.ContentURL)
	ep.DownloadServiceURL = p.site.DownloadURL()
	ep.ThumbnailServiceURL = p.site.ThumbnailsURL()
	ep.GroupsURL = p.site.GroupsURL()
	return ep
}

// uploadURLBeside is the base of the upload service on a content host.
func uploadURLBeside(contentURL string) string { return strings.TrimSuffix(contentURL, "cdproxy/") }

func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(ua.Host, ub.Host)
}
