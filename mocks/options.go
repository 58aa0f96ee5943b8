package mocks

import (
	"time"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// Option changes one setting of a new [Drive]. Every setting has a default, so NewDrive() without
// options makes a complete, empty drive.
type Option func(*options)

type options struct {
	noPageTokens   bool
	skew           [2]time.Duration // of the metadata host and of the content host
	resumeFor      time.Duration
	token          string
	scopes         []string
	firstParty     bool
	tokenFor       time.Duration
	wrapExpired    bool
	owner          string
	quota          int64
	maxUpload      int64
	redirectFrom   int64
	clock          func() time.Time
	seed           uint64
	seeded         bool
	dialect        query.Dialect
	listTokenFor   time.Duration
	tempLinkFor    time.Duration
	trashFor       time.Duration
	lag            time.Duration
	pending        time.Duration
	rate           float64
	burst          int
	retryAfter     time.Duration
	gzip           bool
	keepHistory    int
	journal        int
	resumeChunk    int64
	allowCycles    bool
	allowEmptyPart bool
	noCustomer     bool
	region         string
	hosts          Hosts
	synthetic      bool
	syntheticSeed  uint64
	tokenGiven     bool
	photos         photosOptions
}

func defaults() options {
	return options{
		token:        "mock-token",
		scopes:       []string{"clouddrive:read_all", "clouddrive:write"},
		owner:        "acd-mock-alice",
		quota:        100 << 40,
		maxUpload:    52_428_800_000,
		redirectFrom: 10 << 30,
		clock:        time.Now,
		listTokenFor: 10 * time.Minute,
		tempLinkFor:  time.Hour,
		trashFor:     30 * 24 * time.Hour,
		journal:      100_000,
		resumeChunk:  5_243_915, resumeFor: 24 * time.Hour,
		region: "NA",
		photos: photosOptions{partSize: 64 << 20},
	}
}

// WithToken sets the bearer token that the drive accepts; "mock-token" by default. If no scopes are
// given, the token may read and write everything.
func WithToken(token string, scopes ...string) Option {
	return func(o *options) {
		o.token, o.tokenGiven = token, true
		if len(scopes) > 0 {
			o.scopes = scopes
		}
	}
}

// WithTokenLifetime sets how long each token lives, the first one included. By default the first
// token is valid until [Drive.ExpireTokens], and the tokens that [Drive.TokenSource] fetches later
// live 60 minutes.
func WithTokenLifetime(d time.Duration) Option { return func(o *options) { o.tokenFor = d } }

// WithWrappedExpiry makes uploads answer an expired token with a 400 whose message says "Token has
// expired". The content host sometimes does so.
func WithWrappedExpiry() Option { return func(o *options) { o.wrapExpired = true } }

// WithFirstParty makes the drive treat the caller as one of Amazon's own programs. Such a program
// may purge.
func WithFirstParty() Option { return func(o *options) { o.firstParty = true } }

// WithApp sets the name that the service has for the calling program: the createdBy of the nodes
// that the program creates, and the owner of its properties. The default is "acd-mock-alice".
func WithApp(name string) Option { return func(o *options) { o.owner = name } }

// WithQuota sets the size of the drive in bytes; 100 TiB by default.
func WithQuota(bytes int64) Option { return func(o *options) { o.quota = bytes } }

// WithMaxUpload sets the largest size of an upload in bytes; 52,428,800,000 by default. A larger
// upload fails with a 500 after its whole body was sent.
func WithMaxUpload(bytes int64) Option { return func(o *options) { o.maxUpload = bytes } }

// WithRedirectFrom sets a file size in bytes; 10 GiB by default. A download of a file of this size
// or larger is redirected to a signed URL, and the tempLink of such a file is a signed URL.
func WithRedirectFrom(bytes int64) Option { return func(o *options) { o.redirectFrom = bytes } }

// WithClock sets the drive's clock; time.Now by default. Delays (a slow body, [Fault.Delay]) do not
// use this clock: they take real time, or the time of the synctest bubble.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// WithSeed makes the ids of nodes the same in every run.
func WithSeed(seed uint64) Option {
	return func(o *options) { o.seed, o.seeded = seed, true }
}

// WithStrictFilters makes the drive accept only documented filters: AND in capital letters, and
// field names in the documented case. By default the drive ignores the case of both, as the service
// does.
func WithStrictFilters() Option { return func(o *options) { o.dialect.Strict = true } }

// WithListTokenLifetime sets how long the token of a next page is valid; 10 minutes by default.
func WithListTokenLifetime(d time.Duration) Option { return func(o *options) { o.listTokenFor = d } }

// WithoutPageTokens makes the drive send no token for the next page, as Amazon Photos does. The
// client then asks for the next page by offset.
func WithoutPageTokens() Option { return func(o *options) { o.noPageTokens = true } }

// WithClockSkew sets how far the Date headers of the metadata host and of the content host are
// ahead of the clock from which nodes get their dates. A negative value means behind.
func WithClockSkew(metadata, content time.Duration) Option {
	return func(o *options) { o.skew = [2]time.Duration{metadata, content} }
}

// WithTempLinkLifetime sets how long a tempLink is valid; one hour by default.
func WithTempLinkLifetime(d time.Duration) Option { return func(o *options) { o.tempLinkFor = d } }

// WithTrashLifetime sets how long the drive keeps a node in the trash before it purges the node; 30
// days by default. With 0 it never purges.
func WithTrashLifetime(d time.Duration) Option { return func(o *options) { o.trashFor = d } }

// WithIndexLag makes searches and listings see each change only after d. The service behaves like
// that: only reading a node by its id sees a change at once. Until then, a listing finds a moved
// node in its old folder, although the node itself names the new one. The default is 0.
func WithIndexLag(d time.Duration) Option { return func(o *options) { o.lag = d } }

// WithPending makes a new file stay PENDING, without size and MD5, for d after its upload. The
// default is 0.
func WithPending(d time.Duration) Option { return func(o *options) { o.pending = d } }

// WithRateLimit makes the drive answer 429 to requests above perSecond a second. Bursts of burst
// requests are allowed. If retryAfter is above 0, the 429 has a Retry-After header.
func WithRateLimit(perSecond float64, burst int, retryAfter time.Duration) Option {
	return func(o *options) { o.rate, o.burst, o.retryAfter = perSecond, burst, retryAfter }
}

// WithGzip makes the drive compress JSON for clients that accept gzip.
func WithGzip() Option { return func(o *options) { o.gzip = true } }

// WithChangeHistory makes the change feed keep only the last n purged nodes. A request with a
// checkpoint from before the oldest of them is answered with a reset. By default all purged nodes
// are kept.
func WithChangeHistory(n int) Option { return func(o *options) { o.keepHistory = n } }

// WithJournal sets how many requests the journal keeps; the last 100,000 by default.
func WithJournal(n int) Option { return func(o *options) { o.journal = max(n, 1) } }

// WithResumeChunk sets the size of the pieces in which the drive keeps a broken resumable upload;
// 5,243,915 bytes by default.
func WithResumeChunk(bytes int64) Option { return func(o *options) { o.resumeChunk = max(bytes, 1) } }

// WithResumeLifetime sets how long the drive keeps the pieces of a broken upload. The default is 24
// hours. How long the service keeps them is not documented.
func WithResumeLifetime(d time.Duration) Option { return func(o *options) { o.resumeFor = d } }

// WithCycles allows a folder to become a child of a folder below itself, as a second parent. By
// default that is refused.
func WithCycles() Option { return func(o *options) { o.allowCycles = true } }

// WithChunkedEmptyFiles accepts the upload of an empty file in a chunked request. By default the
// drive answers such an upload with a 400, as the service sometimes does.
func WithChunkedEmptyFiles() Option { return func(o *options) { o.allowEmptyPart = true } }

// WithoutCustomer makes a drive whose user has no account: account/endpoint reports customerExists
// as false.
func WithoutCustomer() Option { return func(o *options) { o.noCustomer = true } }

// WithRegion sets the region that account/endpoint reports; "NA" by default.
func WithRegion(region string) Option { return func(o *options) { o.region = region } }

// Hosts sets a separate host for each part of the service, as "host" or "host:port". A request for
// one part on the host of another part is answered 404.
type Hosts struct {
	Discovery string // account/endpoint; if empty, it is on the metadata host
	Metadata  string
	Content   string
	Storage   string // signed URLs, S3

	// The following are the hosts of Amazon Photos; see [WithPhotos].
	Download  string
	Upload    string
	Thumbnail string
}

// WithHosts spreads the service over several hosts. By default all parts are on the host to which
// the client sent account/endpoint.
func WithHosts(h Hosts) Option { return func(o *options) { o.hosts = h } }

// WithSyntheticContents makes the drive keep no contents. Every upload must equal [Synthetic] of
// the same seed and of the upload's size, otherwise it is refused with a 400. Downloads are
// generated.
func WithSyntheticContents(seed uint64) Option {
	return func(o *options) { o.synthetic, o.syntheticSeed = true, seed }
}
