package mocks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// photosOptions are the options that only matter to a drive of Amazon Photos.
type photosOptions struct {
	site           *site // nil: a classic drive
	sessionFor     time.Duration
	rotateEvery    int
	needSessionID  bool
	noEndpoint     bool
	repeatPage     bool
	driftCount     bool
	searchLag      time.Duration
	signedRedirect bool
	noRanges       bool
	noSubscription bool
	partSize       int64
}

// site is one of Amazon's national sites, as far as Photos differs between them.
type site struct {
	domain      string
	cookie      string // ends the names of its cookies
	region      string
	content     string // begins the name of its content host
	country     string
	marketplace string
}

// sites are those whose cookies and content host are known.
func sites() []site {
	return []site{
		{"amazon.com", "main", "NA", "content-na", "US", "ATVPDKIKX0DER"},
		{"amazon.ca", "acbca", "NA", "content-na", "CA", "A2EUQ1WTGCTBG2"},
		{"amazon.com.mx", "acbmx", "NA", "content-na", "MX", "A1AM78C64UM0Y8"},
		{"amazon.com.br", "acbbr", "NA", "content-na", "BR", "A2Q3Y263D00KWC"},
		{"amazon.de", "acbde", "EU", "content-eu", "DE", "A1PA6795UKMFR9"},
		{"amazon.co.uk", "acbuk", "EU", "content-eu", "GB", "A1F83G8C2ARO7P"},
		{"amazon.fr", "acbfr", "EU", "content-eu", "FR", "A13V1IB3VIYZZH"},
		{"amazon.it", "acbit", "EU", "content-eu", "IT", "APJ6JRA9NG5V4"},
		{"amazon.es", "acbes", "EU", "content-eu", "ES", "A1RKKUPIHCS9HS"},
		{"amazon.co.jp", "acbjp", "FE", "content-fe", "JP", "A1VC38T7YXB528"},
	}
}

// siteOf finds a site by its domain. One that is not known is a mistake in the test's own text.
func siteOf(domain string) site {
	all := sites()
	i := slices.IndexFunc(all, func(s site) bool { return s.domain == domain })
	if i < 0 {
		var known []string
		for _, s := range all {
			known = append(known, s.domain)
		}
		panic(fmt.Sprintf("mocks: WithPhotos: no such site: %q; these are known: %s", domain, strings.Join(known, ", ")))
	}
	return all[i]
}

// photosAccount is the customer's id, the ownerId of what is the account's own.
const photosAccount = "A3MOCKCUSTOMER"

// CustomerID is the id of the account's customer, as Photos names it in ownerId.
func (d *Drive) CustomerID() string { return photosAccount }

// photos says that the drive speaks the strict dialect.
func (d *Drive) photos() bool { return d.opt.photos.site != nil }

// WithPhotos makes the drive one of Amazon Photos on a national site, such as "amazon.de". It then
// takes the cookies of a [Session] instead of tokens (a token of [WithToken] stays good), knows its nodes under
// resourceVersion=V2 only, answers on the hosts of that site, and pages, searches and keeps albums as Photos
// does: see the section on Photos of the package's documentation.
//
// Without a site it stays the classic drive with tokens and understands, besides, what Photos adds to
// the language: groups and parentheses in filters, albums, settings. An unknown site is a mistake in the test, and
// WithPhotos panics.
func WithPhotos(domain ...string) Option {
	var of *site
	for _, name := range domain {
		s := siteOf(name)
		of = &s
	}
	return func(o *options) {
		o.dialect.Photos = true
		if of == nil {
			return
		}
		o.photos.site, o.region = of, of.region
	}
}

// hosts are the hosts of a site, but for those that were given already.
func (s *site) hosts(given Hosts) Hosts {
	given.Metadata = cmp.Or(given.Metadata, "www."+s.domain)
	given.Content = cmp.Or(given.Content, s.content+contentDomain)
	given.Storage = cmp.Or(given.Storage, "mock-photos-"+strings.ToLower(s.region)+".s3.amazonaws.com")
	given.Download = cmp.Or(given.Download, "download-photos."+s.domain)
	given.Upload = cmp.Or(given.Upload, "upload-photos."+s.domain)
	given.Thumbnail = cmp.Or(given.Thumbnail, "thumbnails-photos."+s.domain)
	return given
}

// contentDomain is that of the content hosts of all regions.
const contentDomain = ".drive.amazonaws.com"

// WithSessionLifetime lets the sessions of [Drive.NewSession] expire after d; by default they are good
// until [Drive.ExpireSessions].
func WithSessionLifetime(d time.Duration) Option {
	return func(o *options) { o.photos.sessionFor = d }
}

// WithSessionRotation lets each so many-th answer of the www host replace cookies of the session (at-…
// and session-token) by Set-Cookie. The replaced ones stay good until the next rotation.
func WithSessionRotation(every int) Option {
	return func(o *options) { o.photos.rotateEvery = every }
}

// WithSessionHeader refuses requests whose x-amzn-sessionid is not the cookie session-id. Whether the service
// does is not known.
func WithSessionHeader() Option { return func(o *options) { o.photos.needSessionID = true } }

// WithoutEndpoint answers account/endpoint with 404, so that a program must know the hosts of the site.
func WithoutEndpoint() Option { return func(o *options) { o.photos.noEndpoint = true } }

// WithRepeatedFirstPage lets a listing or search of Photos that goes on by its offset show its first page
// twice: what comes at each later offset stands one page further on.
func WithRepeatedFirstPage() Option { return func(o *options) { o.photos.repeatPage = true } }

// WithDriftingCount lets the count of a listing of Photos change from page to page, as if nodes came and
// went: one more on each second page, one fewer on each third. A last page says the truth.
func WithDriftingCount() Option { return func(o *options) { o.photos.driftCount = true } }

// WithSearchLag lets the media search know a node that a client has made only after d. The listings
// show it at once; see [WithIndexLag] for those.
func WithSearchLag(d time.Duration) Option { return func(o *options) { o.photos.searchLag = d } }

// WithSignedRedirection lets contentRedirection lead to a signed URL on the storage host, where cookies must
// not go. By default it leads to the content host, which needs them. Which it is at the service is not known.
func WithSignedRedirection() Option { return func(o *options) { o.photos.signedRedirect = true } }

// WithoutRanges lets downloads ignore the Range header: the answer is the whole content with 200.
func WithoutRanges() Option { return func(o *options) { o.photos.noRanges = true } }

// WithoutSubscription refuses uploads of anything but pictures with a 403 NoActiveSubscriptionFound.
func WithoutSubscription() Option { return func(o *options) { o.photos.noSubscription = true } }

// WithPartSize sets the size in bytes of the parts of a multipart upload of Photos; 64 MiB by default.
func WithPartSize(bytes int64) Option { return func(o *options) { o.photos.partSize = max(bytes, 1) } }
