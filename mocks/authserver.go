package mocks

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// Where an [AuthServer] serves what, as Login with Amazon does.
const (
	AuthPath        = "/ap/oa"             // the page where people sign in
	TokenPath       = "/auth/o2/token"     // code and refresh token against access token
	TokenInfoPath   = "/auth/o2/tokeninfo" // whose token it is, and for how long
	authConsentPath = "/ap/consent"
)

// AuthServer is an authorization server like Login with Amazon, in memory: the
// code flow with a page that asks for consent, PKCE, refreshing, expiry,
// refusals, and faults on request. It is an http.Handler, for
// httptest.NewServer, and an http.RoundTripper, for tests without sockets and
// inside testing/synctest. It is safe for concurrent use and has no goroutines.
type AuthServer struct {
	opt authOptions

	mu      sync.Mutex
	codes   map[string]*authCode
	refresh map[string]*authGrant // by refresh token
	access  map[string]*authAccess
	asked   map[string]authRequest // consent pages that wait for an answer
	faults  []*AuthInjected
	journal []AuthRequest
}

// AuthOption changes one thing of a new [AuthServer].
type AuthOption func(*authOptions)

type authOptions struct {
	clientID  string
	secret    string
	redirects []string
	scopes    []string
	consent   authConsent
	rotate    bool
	basicOnly bool
	lifetime  time.Duration
	codeFor   time.Duration
	clock     func() time.Time
	issued    func(token string, expires time.Time, scopes ...string)
}

type authConsent int

const (
	authAsk authConsent = iota
	authApprove
	authDeny
)

// The client that an [AuthServer] knows by default.
const (
	AuthClientID     = "amzn1.application-oa2-client.00000000000000000000000000000000"
	AuthClientSecret = "mock-client-secret"
)

// NewAuthServer returns a server that knows one client, [AuthClientID] with
// [AuthClientSecret], which may send the browser back to
// http://127.0.0.1:53682/. Access tokens live 60 minutes, codes 5.
func NewAuthServer(opts ...AuthOption) *AuthServer {
	s := &AuthServer{
		opt: authOptions{
			clientID:  AuthClientID,
			secret:    AuthClientSecret,
			redirects: []string{"http://127.0.0.1:53682/"},
			scopes:    []string{"clouddrive:read_all", "clouddrive:write"},
			lifetime:  time.Hour,
			codeFor:   5 * time.Minute,
			clock:     time.Now,
		},
		codes:   map[string]*authCode{},
		refresh: map[string]*authGrant{},
		access:  map[string]*authAccess{},
		asked:   map[string]authRequest{},
	}
	for _, o := range opts {
		o(&s.opt)
	}
	return s
}

// WithAuthClient sets the id and secret of the one client. An empty secret makes
// it a public client, which proves itself by PKCE alone.
func WithAuthClient(id, secret string) AuthOption {
	return func(o *authOptions) { o.clientID, o.secret = id, secret }
}

// WithAuthRedirects sets the registered redirect addresses, which are compared
// to the last character. One with port 0 stands for any port.
func WithAuthRedirects(addresses ...string) AuthOption {
	return func(o *authOptions) { o.redirects = addresses }
}

// WithAuthScopes sets the scopes that the client was allow-listed for.
func WithAuthScopes(scopes ...string) AuthOption {
	return func(o *authOptions) { o.scopes = scopes }
}

// WithAuthApproval gives consent without asking, as the real page does for
// somebody who is signed in and gave it before.
func WithAuthApproval() AuthOption { return func(o *authOptions) { o.consent = authApprove } }

// WithAuthDenial refuses without asking.
func WithAuthDenial() AuthOption { return func(o *authOptions) { o.consent = authDeny } }

// WithAuthRotation gives a new refresh token with each refresh and spends the
// old one. A refresh token that is presented twice is taken for stolen: all
// tokens of that sign-in are revoked. Login with Amazon does not rotate.
func WithAuthRotation() AuthOption { return func(o *authOptions) { o.rotate = true } }

// WithAuthBasicOnly makes it an OAuth proxy: the client's keys are accepted in
// HTTP Basic only, and wrong ones are answered with 403 and plain text.
func WithAuthBasicOnly() AuthOption { return func(o *authOptions) { o.basicOnly = true } }

// WithAuthTokenLifetime sets how long access tokens live; 60 minutes by default.
func WithAuthTokenLifetime(d time.Duration) AuthOption {
	return func(o *authOptions) { o.lifetime = d }
}

// WithAuthCodeLifetime sets how long a code can be exchanged; 5 minutes by default.
func WithAuthCodeLifetime(d time.Duration) AuthOption {
	return func(o *authOptions) { o.codeFor = d }
}

// WithAuthClock sets the server's clock; time.Now by default.
func WithAuthClock(now func() time.Time) AuthOption { return func(o *authOptions) { o.clock = now } }

// WithAuthIssued calls f with each access token before it is given out. It is
// made for [Drive.AddToken], so that the drive accepts what this server issues.
func WithAuthIssued(f func(token string, expires time.Time, scopes ...string)) AuthOption {
	return func(o *authOptions) { o.issued = f }
}

// authGrant is one person's consent, which all tokens that come of it share.
type authGrant struct {
	scopes  []string
	current string // the refresh token that is good; others of this grant are spent
	revoked bool
}

type authAccess struct {
	grant   *authGrant
	expires time.Time
}

// SignIn gives the tokens of somebody who signed in, without a browser.
func (s *AuthServer) SignIn() *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &authGrant{scopes: s.opt.scopes}
	s.newRefresh(g)
	access, expires := s.newAccess(g)
	return &oauth2.Token{AccessToken: access, TokenType: "bearer", RefreshToken: g.current, Expiry: expires}
}

// Revoke ends the sign-in that a refresh token belongs to, as when a person
// removes the program from the account.
func (s *AuthServer) Revoke(refreshToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.refresh[refreshToken]; g != nil {
		g.revoked = true
	}
}

// RevokeAll ends every sign-in.
func (s *AuthServer) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for g := range maps.Values(s.refresh) {
		g.revoked = true
	}
}

// Valid says whether an access token is good now.
func (s *AuthServer) Valid(accessToken string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.access[accessToken]
	return a != nil && !a.grant.revoked && s.opt.clock().Before(a.expires)
}

// newRefresh and newAccess want the lock.
func (s *AuthServer) newRefresh(g *authGrant) {
	g.current = "Atzr|" + authText(400)
	s.refresh[g.current] = g
}

func (s *AuthServer) newAccess(g *authGrant) (token string, expires time.Time) {
	token, expires = "Atza|"+authText(400), s.opt.clock().Add(s.opt.lifetime)
	s.access[token] = &authAccess{g, expires}
	if s.opt.issued != nil {
		s.opt.issued(token, expires, slices.Clone(g.scopes)...)
	}
	return token, expires
}

// authText is n random characters.
func authText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

// ServeHTTP implements http.Handler.
func (s *AuthServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	formErr := r.ParseForm()
	fault := s.record(r)
	if fault != nil && !fault.Commit {
		fault.serve(w, r)
		return
	}
	if fault != nil {
		s.route(httptest.NewRecorder(), r, formErr)
		fault.serve(w, r)
		return
	}
	s.route(w, r, formErr)
}

func (s *AuthServer) route(w http.ResponseWriter, r *http.Request, formErr error) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Amzn-Requestid", authText(26))
	switch {
	case formErr != nil:
		http.Error(w, "malformed form", http.StatusBadRequest)
	case r.URL.Path == AuthPath && r.Method == http.MethodGet:
		s.authorize(w, r)
	case r.URL.Path == authConsentPath && r.Method == http.MethodPost:
		s.consent(w, r)
	case r.URL.Path == TokenPath && r.Method == http.MethodPost:
		s.token(w, r)
	case r.URL.Path == TokenInfoPath && r.Method == http.MethodGet:
		s.tokenInfo(w, r)
	case r.URL.Path == AuthPath, r.URL.Path == authConsentPath, r.URL.Path == TokenPath, r.URL.Path == TokenInfoPath:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	default:
		http.NotFound(w, r)
	}
}

// RoundTrip implements http.RoundTripper without a socket.
func (s *AuthServer) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	if err := req.Context().Err(); err != nil {
		return nil, context.Cause(req.Context())
	}
	r := req.Clone(req.Context())
	r.RequestURI = req.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	defer func() {
		_ = r.Body.Close()
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, errAuthReset
		default:
			panic(p)
		}
	}()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if err := req.Context().Err(); err != nil {
		return nil, context.Cause(req.Context())
	}
	resp = w.Result()
	resp.Request = req
	return resp, nil
}
