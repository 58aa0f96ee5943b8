package drivetest

import (
	"net/http"
	"testing"
	"time"
)

// A Target is the service that is checked. Only DiscoveryURL and Token are required. With each
// other field that is set, more rules can run.
type Target struct {
	// DiscoveryURL is the full URL of account/endpoint. The response names all other hosts.
	DiscoveryURL string

	// Token is an access token with the scopes to read everything and to write. It must stay valid
	// during the whole run, even after Advance.
	Token string

	// Cookie is the Cookie header of a signed-in browser. If it is set, it is sent instead of the
	// token. A drive of Amazon Photos needs it; see [Variant.Site].
	Cookie string

	// HTTPClient sends the requests; http.DefaultClient if nil. The suite uses a copy that follows
	// no redirects, because the suite checks redirects too. For the real service, use a client that
	// waits and retries on 429 and 5xx.
	HTTPClient *http.Client

	// NoSockets means that HTTPClient answers without a network, so the discovered hosts cannot be
	// dialled. Rules that need a raw connection, such as a request without a length, are then
	// skipped.
	NoSockets bool

	// FirstParty means that the token may purge.
	FirstParty bool

	// Fake means that the target gives the responses that the wire reference defines only for
	// fakes, because the responses of the real service are not known.
	Fake bool

	// Settle is how long searches may be behind writes. A search is repeated until its result is
	// right, or until this (real) time has passed. 0 means that searches see writes at once.
	Settle time.Duration

	// Advance moves the target's clock forward. If it is nil, the rules about time are skipped.
	Advance func(time.Duration)

	// Issue returns an access token with exactly these scopes, for the same customer.
	Issue func(t testing.TB, scopes ...string) string

	// Expired returns an access token that was valid before and has expired.
	Expired func(t testing.TB) string

	// OAuth says where to sign in.
	OAuth *OAuth

	// Fresh returns another, empty drive with these settings. It calls t.Skip if it cannot make
	// such a drive. It may shut down the drive with t.Cleanup.
	Fresh func(t *testing.T, v Variant) Target
}

// A Variant is the settings of a fresh drive. The zero value means the usual settings.
type Variant struct {
	Site          string        // the drive is one of Amazon Photos on this site, such as "amazon.de", and accepts a Cookie
	FirstParty    bool          // the token may purge
	Quota         int64         // bytes that the account may hold; 0: plenty
	MaxUpload     int64         // largest size of a file in bytes; 0: that of the service, about 50 GB
	RedirectAt    int64         // size in bytes from which a download is redirected to the storage; 0: that of the service, about 10 GB
	StrictFilters bool          // accept AND only in capital letters, and field names only as documented
	Photos        bool          // understand what Amazon Photos adds: groups in filters, albums, settings
	EmptyChunked  bool          // accept a chunked upload with an empty content part
	IndexLag      time.Duration // how long searches are behind writes
	History       int           // number of changes that the feed keeps, from which a client can resume; 0: all
	Pending       time.Duration // how long a new file stays PENDING
	Rate          float64       // requests per second; above this rate the response is 429; 0: no limit
	Burst         int           // requests that are allowed at once under Rate
	RetryAfter    time.Duration // the Retry-After of a 429; 0: none
	WrapExpired   bool          // uploads answer an expired token with 400 instead of 401
}

// OAuth is a server like Login with Amazon, and a client that is registered there. The server must
// approve every valid authorization request at once, without asking the customer.
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
