package drivetest

import (
	"net/http"
	"testing"
	"time"
)

// A Target is the service to check. Only DiscoveryURL and Token are required; every other field
// lets more rules run.
type Target struct {
	// DiscoveryURL is the full URL of account/endpoint. All other hosts are learnt from its answer.
	DiscoveryURL string

	// Token is an access token with the scopes to read everything and to write.
	// It must stay valid during the whole run, whatever Advance does.
	Token string

	// Cookie is the Cookie header of a signed-in browser. It is sent instead of the token where it is set, which a
	// drive of Amazon Photos wants; see [Variant.Site].
	Cookie string

	// HTTPClient sends the requests; http.DefaultClient if nil. It is copied, and its redirect policy replaced,
	// because redirects are among the things checked. A client that waits and retries on 429 and 5xx is a good
	// idea for the real service.
	HTTPClient *http.Client

	// NoSockets says that the discovered hosts cannot be dialled, because HTTPClient answers by itself.
	// It skips the rules that net/http's client cannot break, such as a request without a length.
	NoSockets bool

	// FirstParty says that the token may purge.
	FirstParty bool

	// Fake says that the target promises the answers that the wire reference settles
	// for fakes only, because the service's own are unknown.
	Fake bool

	// Settle is how long searches may lag behind writes: a search is repeated until it
	// shows what it should, or this much (real) time has passed. 0: searches are immediate.
	Settle time.Duration

	// Advance moves the target's clock forward. nil: rules about time are skipped.
	Advance func(time.Duration)

	// Issue returns an access token with exactly these scopes, for the same customer.
	Issue func(t testing.TB, scopes ...string) string

	// Expired returns an access token that was valid once.
	Expired func(t testing.TB) string

	// OAuth is where to sign in.
	OAuth *OAuth

	// Fresh returns another, empty drive with these settings, and calls t.Skip for settings it cannot make.
	// The drive may be shut down with t.Cleanup.
	Fresh func(t *testing.T, v Variant) Target
}

// A Variant says how a fresh drive differs from the usual one. The zero value is the usual one.
type Variant struct {
	Site          string        // the drive is one of Amazon Photos on this site, such as "amazon.de", and takes a Cookie
	FirstParty    bool          // the token may purge
	Quota         int64         // bytes the account may hold; 0: plenty
	MaxUpload     int64         // bytes, the ceiling of one file; 0: the service's, about 50 GB
	RedirectAt    int64         // bytes, the size from which a download redirects to storage; 0: the service's, about 10 GB
	StrictFilters bool          // only upper-case AND, field names as documented
	Photos        bool          // what Amazon Photos adds: groups in filters, albums, settings
	EmptyChunked  bool          // a chunked upload with an empty content part is accepted
	IndexLag      time.Duration // how long searches lag behind writes
	History       int           // changes kept for resuming; 0: all
	Pending       time.Duration // how long a new file is PENDING
	Rate          float64       // requests per second, above which the answer is 429; 0: no limit
	Burst         int           // requests at once under Rate
	RetryAfter    time.Duration // what a 429 says; 0: nothing
	WrapExpired   bool          // uploads answer an expired token with 400 in place of 401
}

// OAuth is a Login with Amazon server and a client registered there. The server must approve
// every valid authorization request at once, without asking the customer.
type OAuth struct {
	AuthURL      string
	TokenURL     string
	TokenInfoURL string // optional
	ClientID     string
	ClientSecret string
	RedirectURI  string
	Scope        string
	Revoke       func(refreshToken string) // optional: makes a refresh token invalid
}

// Run checks every rule against target, each as a subtest of t named "topic/rule".
func Run(t *testing.T, target Target) {
	book := &ledger{requestIDs: map[string]int{}, logrefs: map[string]int{}}
	d := open(t, target, book)
	topics := []struct {
		name  string
		rules []func(*testing.T, *drive)
	}{
		{"account", []func(*testing.T, *drive){endpoint, accountNumbers, accountUsage}},
		{"auth", []func(*testing.T, *drive){tokens, expiredTokens, scopes, rateLimit, routes, lengths, jsonBodies, foreignIDs, hosts}},
		{"oauth", []func(*testing.T, *drive){authorize, tokenEndpoint, tokenRefusals}},
		{"nodes", []func(*testing.T, *drive){rootNode, getNode, createFolder, createNames, createRefusals, createKinds,
			nameConflicts, nameRace, patchNode, rename, patchMore, patchRefusals}},
		{"list", []func(*testing.T, *drive){listShape, listLimits, paging, pageTokens, sorting, offsets, listExtras, indexLag}},
		{"filters", []func(*testing.T, *drive){filterFields, filterNames, filterDates, filterContent, filterEncoding,
			filterRefusals, filterSpecials, filterClauses, filterDialects}},
		{"children", []func(*testing.T, *drive){childList, addParent, removeParent, move, moveRefusals, albums}},
		{"upload", []func(*testing.T, *drive){uploadShape, uploadForms, uploadRefusals, multipartRefusals, uploadEmpty,
			uploadConflicts, deduplication, overwrite, overwriteRefusals, uploadLimits, rawUpload, uploadV2, resume, pending}},
		{"download", []func(*testing.T, *drive){download, ranges, downloadRefusals, thumbnails, redirects, photosDownload}},
		{"templink", []func(*testing.T, *drive){tempLink, tempLinkCredentials, tempLinkSigned}},
		{"trash", []func(*testing.T, *drive){trashing, trashedFolders, trashList, restoring, purging, bulkPurge, bulkTrash}},
		{"properties", []func(*testing.T, *drive){properties, propertyLimits, propertyOwners}},
		{"changes", []func(*testing.T, *drive){changesShape, changesResume, changesSizes, changesPurged, changesRefusals,
			changesReset}},
		{"photos", []func(*testing.T, *drive){photosSessions, photosVersions, photosAlbums, photosPages, photosSearch,
			photosContent, photosUploads, photosParts}},
		{"errors", []func(*testing.T, *drive){errorBodies, encodings, identifiers}},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			for _, rule := range topic.rules {
				rule(t, d)
			}
		})
	}
}
