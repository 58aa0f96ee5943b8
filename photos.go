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

// WithPhotos uses the dialect of Amazon Photos. In this dialect, the same service shows albums,
// live videos and the other data of Photos. WithPhotos adds the parameters for it to every call.
// Where the service gives no page tokens, it lists by offsets and, above 9,999 nodes, by ranges of
// dates. It downloads originals in the same way as the Photos page.
//
// site is the Amazon shop of the account, such as "amazon.de". The calls then go to the hosts of
// that site, like those of a browser, and the cookies of a session authenticate them
// ([WithAuthenticator]; package photos has an authenticator for that). If site is "", the client
// asks the service for the account's endpoints as usual; that is for accounts with a token.
//
// This was written without access to a live account: see docs/wire-photos.md for its sources.
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

// PhotosSite returns the site that was given to [WithPhotos], such as "amazon.de", or "" if none
// was given. ok reports whether the client uses the dialect of Amazon Photos.
func (c *Client) PhotosSite() (site string, ok bool) {
	if c.cfg.photos.hasSite() {
		site = c.cfg.photos.site.Name
	}
	return site, c.cfg.photos != nil
}

// photosDialect is what differs for Amazon Photos. nil means the classic service.
type photosDialect struct {
	site *amazonsites.Site // nil for an account that signs in with a token
}

// hasSite reports whether calls go to the hosts of a site.
func (p *photosDialect) hasSite() bool { return p != nil && p.site != nil }

// addTo returns the query of r, with the parameters that the service needs in each call.
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

// body adds the same parameters to the JSON body of a call, if that is an object: some calls read
// them only there.
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

// photosTrash selects the nodes of the trash that Amazon Photos shows. It is exactly what the
// Photos page sends.
const photosTrash = "kind:(FILE* OR FOLDER*) AND status:(TRASH*)"

// listingDefaults returns o with defaults for what the caller left open. The service gives page
// tokens only for some combinations: for a listing of all nodes only without the asset parameter,
// for other listings only with it.
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

// lay sets the site's hosts. The content host that discovery named is kept if it belongs to the
// site. The metadata host is always the site's own, because the cookies are not valid on other
// hosts.
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

// uploadURLBeside returns the base URL of the upload service on a content host.
func uploadURLBeside(contentURL string) string { return strings.TrimSuffix(contentURL, "cdproxy/") }

func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(ua.Host, ub.Host)
}
