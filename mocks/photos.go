package mocks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// photosOptions are the options that matter only to a drive of Amazon Photos.
type photosOptions struct {
	site           *site // nil for a classic drive
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

// site is one of Amazon's national sites, with the values in which Photos differs between them.
type site struct {
	domain      string
	cookie      string // the end of the names of its cookies
	region      string
	content     string // the beginning of the name of its content host
	country     string
	marketplace string
}

// sites returns the sites whose cookies and content host are known.
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

// siteOf returns the site with a domain. It panics if the site is not known: that is a mistake in
// the test.
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

// photosAccount is the id of the customer: the ownerId of the nodes that belong to the account.
const photosAccount = "A3MOCKCUSTOMER"

// CustomerID returns the id of the account's customer. Photos shows it as ownerId.
func (d *Drive) CustomerID() string { return photosAccount }

// photos reports whether the drive is one of Amazon Photos, made by WithPhotos with a site.
func (d *Drive) photos() bool { return d.opt.photos.site != nil }

// WithPhotos makes the drive one of Amazon Photos on a national site, such as "amazon.de". Such a
// drive accepts the cookies of a [Session] instead of tokens (it still accepts a token of
// [WithToken]). It shows the nodes that Photos has made only with resourceVersion=V2. It answers on
// the hosts of that site, and pages, searches and keeps albums as Photos does: see the section
// about Photos in the documentation of the package.
//
// Without a site, the drive stays a classic drive with tokens. It then also understands what Photos
// adds to the API: groups and parentheses in filters, albums, settings. An unknown site is a
// mistake in the test: WithPhotos panics.
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

// hosts returns the hosts of a site. A host that is set in given stays as it is.
func (s *site) hosts(given Hosts) Hosts {
	given.Metadata = cmp.Or(given.Metadata, "www."+s.domain)
	given.Content = cmp.Or(given.Content, s.content+contentDomain)
	given.Storage = cmp.Or(given.Storage, "mock-photos-"+strings.ToLower(s.region)+".s3.amazonaws.com")
	given.Download = cmp.Or(given.Download, "download-photos."+s.domain)
	given.Upload = cmp.Or(given.Upload, "upload-photos."+s.domain)
	given.Thumbnail = cmp.Or(given.Thumbnail, "thumbnails-photos."+s.domain)
	return given
}

// contentDomain is the domain of the content hosts of all regions.
const contentDomain = ".drive.amazonaws.com"

// WithSessionLifetime makes the sessions of [Drive.NewSession] expire d after they began. By
// default they are valid until [Drive.ExpireSessions].
func WithSessionLifetime(d time.Duration) Option {
	return func(o *options) { o.photos.sessionFor = d }
}

// WithSessionRotation sets after how many successful responses of the www host the drive replaces
// two cookies of the session, at-… and session-token, by Set-Cookie. The replaced cookies stay
// valid until the next rotation.
func WithSessionRotation(every int) Option {
	return func(o *options) { o.photos.rotateEvery = every }
}

// WithSessionHeader refuses requests whose header x-amzn-sessionid differs from the cookie
// session-id. Whether the service does so is not known.
func WithSessionHeader() Option { return func(o *options) { o.photos.needSessionID = true } }

// WithoutEndpoint answers account/endpoint with 404. A program must then know the hosts of the
// site.
func WithoutEndpoint() Option { return func(o *options) { o.photos.noEndpoint = true } }

// WithRepeatedFirstPage makes a listing or search of Photos return its first page twice when the
// client pages by offset. Each request with a later offset gets the page before the one that it
// asks for.
func WithRepeatedFirstPage() Option { return func(o *options) { o.photos.repeatPage = true } }

// WithDriftingCount makes the count of a listing of Photos change from page to page, as if nodes
// were added and removed. Of every three pages, the second has one more than the true count and the
// third one fewer. The last page of the listing has the true count.
func WithDriftingCount() Option { return func(o *options) { o.photos.driftCount = true } }

// WithSearchLag makes the media search find a node that a client has made only after d. Listings
// show the node at once; [WithIndexLag] delays both.
func WithSearchLag(d time.Duration) Option { return func(o *options) { o.photos.searchLag = d } }

// WithSignedRedirection makes contentRedirection lead to a signed URL on the storage host, where no
// cookie may go. By default it leads to the content host, which needs the cookies. Which of the two
// the service uses is not known.
func WithSignedRedirection() Option { return func(o *options) { o.photos.signedRedirect = true } }

// WithoutRanges makes downloads ignore the Range header: the response is the whole content with
// 200.
func WithoutRanges() Option { return func(o *options) { o.photos.noRanges = true } }

// WithoutSubscription refuses the upload of a file that is not a picture with a 403
// NoActiveSubscriptionFound.
func WithoutSubscription() Option { return func(o *options) { o.photos.noSubscription = true } }

// WithPartSize sets the size in bytes of a part of an upload in parts of Photos; 64 MiB by default.
func WithPartSize(bytes int64) Option { return func(o *options) { o.photos.partSize = max(bytes, 1) } }
