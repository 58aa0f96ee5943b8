// Package foreignphotos is a second implementation of Amazon Photos over drive/v1, for tests only.
//
// It was written only from docs/wire-photos.md, and for its older part from docs/wire.md. In the
// comments, "docs/wire-photos.md, 4.2" means section 4.2 of that file, and "the reference" means
// both files. The package imports nothing of this module. Therefore a mistake of the client is not
// repeated in this server. A Service is one account at one national site. It is strict: it refuses
// every request that the reference does not describe. If the reference says "unknown", the comment
// says what was chosen.
//
// A Service is an http.RoundTripper that answers for all hosts of the account without a socket, so
// that tests can run it in the virtual time of testing/synctest. A Service is also an http.Handler
// that uses the Host of a request; see OverTLS.
//
// Real servers were seen to do, or could do, things that harm a client. If such a behaviour belongs
// to the whole service, an Option selects it. If it happens to some requests, a Hook selects it.
package foreignphotos

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Service is one account. Its Library may be changed while it runs.
type Service struct {
	*Library
	site  site
	opt   settings
	muxes map[string]*http.ServeMux // by the role of the host

	mu          sync.Mutex // never held while a response is written
	session     session
	redirection Redirection
	links       map[string]link     // signed URLs, by their key
	tokens      map[string]position // nextToken values
	lists       int                 // how many pages were requested, for the drift of counts
	hooks       []Hook
	seen        []Seen
}

// An Option sets a behaviour of a Service from its start.
type Option func(*settings)

type settings struct {
	tld             string
	tokens          Tokens
	redirection     Redirection
	stretch         func(ids []string, limit int) []string
	drift           func(call int) int
	shortPages      int
	offsetIgnored   bool
	rangeIgnored    bool
	parentMap       bool
	noDiscovery     bool
	quoted          bool
	noSessionHeader bool
	anonymous       bool
	hiddenLeftOut   bool
	indexLag        int
	processing      int
	hooks           []Hook
}

// New returns a service with an empty library. Its site is amazon.de unless WithSite sets another.
func New(opts ...Option) *Service {
	o := settings{tld: "de", drift: func(int) int { return 0 }}
	for _, opt := range opts {
		opt(&o)
	}
	s := &Service{Library: newLibrary(o.parentMap, o.indexLag, o.processing), site: siteOf(o.tld), opt: o,
		redirection: o.redirection, links: map[string]link{}, tokens: map[string]position{}, hooks: o.hooks}
	s.session = newSession(s.site, o.quoted)
	www, content := http.NewServeMux(), http.NewServeMux()
	s.routeAccount(www)
	s.routeNodes(www)
	s.routeSearch(www)
	s.routeTrash(www)
	www.HandleFunc("GET "+api+"nodes/{id}/contentRedirection", s.contentRedirection)
	www.HandleFunc("GET /ap/signin", SignInPage)
	s.routeContent(content)
	download, upload, thumbnails := http.NewServeMux(), http.NewServeMux(), http.NewServeMux()
	download.HandleFunc("GET /v2/download/signed/{id}", s.downloadSigned)
	upload.HandleFunc("POST /v2/upload", s.uploadV2)
	thumbnails.HandleFunc("GET /v1/thumbnail/{id}", s.thumbnail)
	signed := http.NewServeMux()
	signed.HandleFunc("GET /{key}", s.signedContent)
	s.muxes = map[string]*http.ServeMux{roleWWW: www, roleContent: content, roleDownload: download, roleUpload: upload,
		roleThumbnails: thumbnails, roleSigned: signed, roleOutside: signed}
	return s
}

// WithSite selects another national site, such as "com", "co.uk" or "co.jp" (docs/wire-photos.md,
// 1.1, 2).
func WithSite(tld string) Option { return func(o *settings) { o.tld = tld } }

// WithHooks adds hooks from the start; see Service.Hook.
func WithHooks(hooks ...Hook) Option {
	return func(o *settings) { o.hooks = append(o.hooks, hooks...) }
}

// Hook adds hooks to a running service. The hook that was added last gets a request first.
func (s *Service) Hook(hooks ...Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(slices.Clone(s.hooks), hooks...)
}

// ServeHTTP implements http.Handler for all hosts of the site.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	role := s.site.role(r.Host)
	seen := s.record(role, r)
	w.Header().Set("x-amzn-RequestId", newID())
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(role, seen.V2, w, r) })
	s.mu.Lock()
	hooks := s.hooks
	s.mu.Unlock()
	for _, hook := range hooks {
		h = hook(h)
	}
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), labelKey{}, seen.Method+" "+seen.Label)))
}

// serve refuses unknown hosts, requests without a session and requests without V2. It passes all
// other requests to the routes.
func (s *Service) serve(role string, v2 bool, w http.ResponseWriter, r *http.Request) {
	mux := s.muxes[role]
	open := role == roleSigned || role == roleOutside || role == roleWWW && strings.HasPrefix(r.URL.Path, "/ap/")
	switch {
	case role == roleUnknown:
		reply{status: http.StatusMisdirectedRequest}.write(w)
		return
	case mux == nil: // the host of another region or country, which does not know the session (docs/wire-photos.md, 2)
		unauthorized(role).write(w)
		return
	case !open && !s.admit(role, w, r):
		return
	}
	_, pattern := mux.Handler(r)
	switch {
	case pattern == "" && otherVerb(mux, r):
		fail(http.StatusMethodNotAllowed, "", "Method Not Allowed").write(w)
	case pattern == "":
		reply{status: http.StatusNotFound, raw: "<UnknownOperationException/>", contentType: "application/xml"}.write(w)
	case !v2 && needsV2(role, pattern):
		refuseV1(r).write(w)
	default:
		mux.ServeHTTP(w, r)
	}
}

// otherVerb reports whether the path exists under another method.
func otherVerb(mux *http.ServeMux, r *http.Request) bool {
	return slices.ContainsFunc([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, func(method string) bool {
		other := r.Clone(r.Context())
		other.Method = method
		_, pattern := mux.Handler(other)
		return pattern != ""
	})
}

// needsV2 reports whether a route is refused without resourceVersion=V2. The reference requires V2
// on "every request" (docs/wire-photos.md, 3). This service requires it on drive/v1 and cdproxy,
// with two exceptions. A client uses a node's tempLink unchanged, so that URL needs no V2.
// v2/upload has its version in its path.
func needsV2(role, pattern string) bool {
	return (role == roleWWW && strings.Contains(pattern, api) || role == roleContent) &&
		pattern != "GET /cdproxy/nodes/{id}" && !strings.Contains(pattern, "/v2/upload")
}

// refuseV1 returns the refusal of a request without V2: 404 for nodes that Photos created, 400 for
// the creation of an album (docs/wire-photos.md, 3). The reference has no other refusal, so lists,
// searches and the account also get the 404.
func refuseV1(r *http.Request) reply {
	if r.Method == http.MethodPost && r.URL.Path == api+"nodes" {
		if body, err := readDoc(r); err == nil && body["kind"] == "VISUAL_COLLECTION" {
			return fail(http.StatusBadRequest, "", "Invalid Kind VISUAL_COLLECTION")
		}
	}
	return fail(http.StatusNotFound, "NODE_NOT_FOUND", "Node is not found for ResourceVersion V1")
}

// A call answers one request on the metadata host. It runs while the library is locked. body is the
// JSON object of a write, and nil for other requests.
type call func(r *http.Request, body Doc) reply

// handle registers a handler for a call. The response is encoded while the library is locked, and
// written after that, because a client may send its next request before it has read the first
// response to the end.
func (s *Service) handle(mux *http.ServeMux, pattern string, c call) {
	mux.HandleFunc(strings.Replace(pattern, " ", " "+api, 1), func(w http.ResponseWriter, r *http.Request) {
		var body Doc
		if r.Method == http.MethodPost || r.Method == http.MethodPatch {
			var err error
			if body, err = readDoc(r); err != nil {
				fail(http.StatusBadRequest, "", "The body is not a JSON object").write(w)
				return
			}
		}
		s.Library.mu.Lock()
		answer := c(r, body).encoded()
		s.Library.mu.Unlock()
		answer.write(w)
	})
}

// OverTLS starts a TLS server on loopback and returns a transport that sends the requests for all
// hosts to it. The server ends with the test. It is for tests that need real connections and their
// ends, which RoundTrip does not have.
func (s *Service) OverTLS(tb testing.TB) *http.Transport { return overTLS(tb, s) }

// readDoc reads the JSON object in the body of a request, and puts the bytes back. If there is no
// body, it returns an empty object.
func readDoc(r *http.Request) (Doc, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(strings.NewReader(string(b)))
	return parseDoc(b)
}
