package mocks

import (
	"time"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// Option changes one thing of a new [Drive]. Every option has a default, so that NewDrive() is a
// whole, empty drive.
type Option func(*options)

type options struct {
	noPageTokens   bool
	skew           [2]time.Duration // of the metadata host and the content host
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

// WithToken sets the bearer token that the drive accepts; "mock-token" by default. Without scopes it
// may read and write everything.
func WithToken(token string, scopes ...string) Option {
	return func(o *options) {
		o.token, o.tokenGiven = token, true
		if len(scopes) > 0 {
			o.scopes = scopes
		}
	}
}

// WithTokenLifetime lets the first token, too, expire after d. By default it is valid until
// [Drive.ExpireTokens]; those that [Drive.TokenSource] fetches later live 60 minutes.
func WithTokenLifetime(d time.Duration) Option { return func(o *options) { o.tokenFor = d } }

// WithWrappedExpiry makes uploads report an expired token as the content host sometimes does: as a
// 400 whose message says "Token has expired".
func WithWrappedExpiry() Option { return func(o *options) { o.wrapExpired = true } }

// WithFirstParty says that the caller is one of Amazon's own programs, which may purge.
func WithFirstParty() Option { return func(o *options) { o.firstParty = true } }

// WithApp sets the name of the calling program as the service knows it: the createdBy of what it
// creates and the owner of its properties. The default is "acd-mock-alice".
func WithApp(name string) Option { return func(o *options) { o.owner = name } }

// WithQuota sets the size of the drive in bytes; 100 TiB by default.
func WithQuota(bytes int64) Option { return func(o *options) { o.quota = bytes } }

// WithMaxUpload sets the size in bytes above which an upload fails at its end with a 500;
// 52,428,800,000 by default.
func WithMaxUpload(bytes int64) Option { return func(o *options) { o.maxUpload = bytes } }

// WithRedirectFrom sets the size in bytes from which a download is redirected to a signed URL, and
// a tempLink is one; 10 GiB by default.
func WithRedirectFrom(bytes int64) Option { return func(o *options) { o.redirectFrom = bytes } }

// WithClock sets the drive's clock; time.Now by default. Delays (a slow body, [Fault.Delay]) are
// real time, or that of the synctest bubble, whatever the clock says.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// WithSeed makes the ids of nodes the same in every run.
func WithSeed(seed uint64) Option {
	return func(o *options) { o.seed, o.seeded = seed, true }
}

// WithStrictFilters accepts in filters only what is documented: AND in capitals and field names as
// they are written. By default both are accepted in any case, as by the service.
func WithStrictFilters() Option { return func(o *options) { o.dialect.Strict = true } }

// WithListTokenLifetime sets how long the token of a next page is good; 10 minutes by default.
func WithListTokenLifetime(d time.Duration) Option { return func(o *options) { o.listTokenFor = d } }

// WithoutPageTokens leaves out the token of the next page, as Amazon Photos does: a listing then goes on by its offset.
func WithoutPageTokens() Option { return func(o *options) { o.noPageTokens = true } }

// WithClockSkew sets the clocks that the Date headers of the metadata host and of the content host show, against the
// one that dates the nodes.
func WithClockSkew(metadata, content time.Duration) Option {
	return func(o *options) { o.skew = [2]time.Duration{metadata, content} }
}

// WithTempLinkLifetime sets how long a tempLink is good; one hour by default.
func WithTempLinkLifetime(d time.Duration) Option { return func(o *options) { o.tempLinkFor = d } }

// WithTrashLifetime sets after what time the trash is purged by itself; 30 days by default, 0 for never.
func WithTrashLifetime(d time.Duration) Option { return func(o *options) { o.trashFor = d } }

// WithIndexLag lets searches and listings see each change only after d, as on the service, where
// reading a node by its id is immediate and everything else is not. In the meantime a listing finds
// a moved node in its old folder, although the node itself names the new one. The default is 0.
func WithIndexLag(d time.Duration) Option { return func(o *options) { o.lag = d } }

// WithPending lets a new file be PENDING, without size and MD5, for d after its upload. The default is 0.
func WithPending(d time.Duration) Option { return func(o *options) { o.pending = d } }

// WithRateLimit answers 429 above perSecond requests a second with bursts of burst. With a
// retryAfter above 0 the answer has a Retry-After header.
func WithRateLimit(perSecond float64, burst int, retryAfter time.Duration) Option {
	return func(o *options) { o.rate, o.burst, o.retryAfter = perSecond, burst, retryAfter }
}

// WithGzip compresses JSON for clients that accept it.
func WithGzip() Option { return func(o *options) { o.gzip = true } }

// WithChangeHistory keeps only the last n purged nodes in the change feed. A checkpoint from before
// the oldest of them is answered with a reset. By default all are kept.
func WithChangeHistory(n int) Option { return func(o *options) { o.keepHistory = n } }

// WithJournal sets how many requests the journal keeps; the last 100,000 by default.
func WithJournal(n int) Option { return func(o *options) { o.journal = max(n, 1) } }

// WithResumeChunk sets the piece in which a broken resumable upload is kept; 5,243,915 bytes by default.
func WithResumeChunk(bytes int64) Option { return func(o *options) { o.resumeChunk = max(bytes, 1) } }

// WithResumeLifetime is how long the drive keeps what it has of an upload that broke off. The service does not say
// how long it does; the default is 24 hours.
func WithResumeLifetime(d time.Duration) Option { return func(o *options) { o.resumeFor = d } }

// WithCycles lets a folder be added below itself, as a second parent. By default that is refused.
func WithCycles() Option { return func(o *options) { o.allowCycles = true } }

// WithChunkedEmptyFiles accepts an empty file in a chunked request. By default that is the 400 that
// the service sporadically gives.
func WithChunkedEmptyFiles() Option { return func(o *options) { o.allowEmptyPart = true } }

// WithoutCustomer says that the token's user has no drive: customerExists is false.
func WithoutCustomer() Option { return func(o *options) { o.noCustomer = true } }

// WithRegion sets the region that account/endpoint reports; "NA" by default.
func WithRegion(region string) Option { return func(o *options) { o.region = region } }

// Hosts gives each part of the service a host of its own, "host" or "host:port". A request for one
// part on the host of another is answered 404.
type Hosts struct {
	Discovery string // account/endpoint; empty: on the metadata host
	Metadata  string
	Content   string
	Storage   string // signed URLs, S3

	// Those of Amazon Photos; see [WithPhotos].
	Download  string
	Upload    string
	Thumbnail string
}

// WithHosts spreads the service over several hosts. By default all is on the host that
// account/endpoint was asked on.
func WithHosts(h Hosts) Option { return func(o *options) { o.hosts = h } }

// WithSyntheticContents keeps no bytes: every upload must equal [Synthetic] of the same seed and its
// own size, else it is refused with a 400, and downloads are generated.
func WithSyntheticContents(seed uint64) Option {
	return func(o *options) { o.synthetic, o.syntheticSeed = true, seed }
}
