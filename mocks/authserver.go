package mocks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks/internal/login"
)

// The paths of an [AuthServer]. They are those of Login with Amazon.
const (
	AuthPath        = "/ap/oa"             // the page on which people sign in
	TokenPath       = "/auth/o2/token"     // exchanges a code or a refresh token for an access token
	TokenInfoPath   = "/auth/o2/tokeninfo" // says to whom a token belongs and how long it is valid
	authConsentPath = "/ap/consent"
)

// AuthServer is an authorization server like Login with Amazon, in memory. It has the code flow
// with a page that asks for consent, PKCE, refreshing, expiry, refusals, and faults that a test
// injects. It is an http.Handler, for httptest.NewServer, and an http.RoundTripper, for tests
// without sockets and inside testing/synctest. It is safe for concurrent use and starts no
// goroutine.
type AuthServer struct {
	opt    authOptions
	engine *login.Engine

	mu      sync.Mutex
	faults  []*AuthInjected
	journal []AuthRequest
}

// AuthOption changes one setting of a new [AuthServer].
type AuthOption func(*authOptions)

type authOptions struct {
	login.Config
	clientID  string
	secret    string
	consent   authConsent
	basicOnly bool
}

type authConsent int

const (
	authAsked authConsent = iota
	authApproved
	authDenied
)

// The id and the secret of the client that an [AuthServer] knows by default.
const (
	AuthClientID     = "amzn1.application-oa2-client.00000000000000000000000000000000"
	AuthClientSecret = "mock-client-secret"
)

// NewAuthServer returns a server that knows one client: [AuthClientID] with [AuthClientSecret]. The
// server may send the browser of this client back to http://127.0.0.1:53682/. Access tokens live 60
// minutes, codes 5 minutes.
func NewAuthServer(opts ...AuthOption) *AuthServer {
	s := &AuthServer{opt: authOptions{
		clientID: AuthClientID,
		secret:   AuthClientSecret,
		Config: login.Config{
			Redirects: []string{"http://127.0.0.1:53682/"},
			Scopes:    []string{"clouddrive:read_all", "clouddrive:write"},
			Lifetime:  time.Hour,
			CodeFor:   5 * time.Minute,
			Now:       time.Now,
		},
	}}
	for _, o := range opts {
		o(&s.opt)
	}
	s.engine = login.New(s.opt.Config)
	return s
}

// WithAuthClient sets the id and the secret of the one client. With an empty secret it is a public
// client, which proves its identity by PKCE alone.
func WithAuthClient(id, secret string) AuthOption {
	return func(o *authOptions) { o.clientID, o.secret = id, secret }
}

// WithAuthRedirects sets the registered redirect addresses. The address of a request must be
// exactly equal to one of them, but an address with port 0 matches any port.
func WithAuthRedirects(addresses ...string) AuthOption {
	return func(o *authOptions) { o.Redirects = addresses }
}

// WithAuthScopes sets the scopes for which the client is allow-listed.
func WithAuthScopes(scopes ...string) AuthOption {
	return func(o *authOptions) { o.Scopes = scopes }
}

// WithAuthApproval makes the server approve each request without asking. The real page does so for
// a person who is signed in and has given consent before.
func WithAuthApproval() AuthOption { return func(o *authOptions) { o.consent = authApproved } }

// WithAuthDenial makes the server refuse each request without asking.
func WithAuthDenial() AuthOption { return func(o *authOptions) { o.consent = authDenied } }

// WithAuthRotation makes each refresh return a new refresh token and use up the old one. If a
// refresh token is presented twice, the server assumes that it was stolen: it revokes all tokens of
// that sign-in. Login with Amazon does not rotate refresh tokens.
func WithAuthRotation() AuthOption { return func(o *authOptions) { o.Rotate = true } }

// WithAuthBasicOnly makes the server behave like an OAuth proxy: it accepts the client's id and
// secret only in HTTP Basic, and answers wrong ones with 403 and plain text.
func WithAuthBasicOnly() AuthOption { return func(o *authOptions) { o.basicOnly = true } }

// WithAuthTokenLifetime sets how long access tokens live; 60 minutes by default.
func WithAuthTokenLifetime(d time.Duration) AuthOption {
	return func(o *authOptions) { o.Lifetime = d }
}

// WithAuthCodeLifetime sets for how long a code can be exchanged; 5 minutes by default.
func WithAuthCodeLifetime(d time.Duration) AuthOption {
	return func(o *authOptions) { o.CodeFor = d }
}

// WithAuthClock sets the server's clock; time.Now by default.
func WithAuthClock(now func() time.Time) AuthOption { return func(o *authOptions) { o.Now = now } }

// WithAuthIssued calls f with each access token before the server returns the token. Give it
// [Drive.AddToken], so that the drive accepts the tokens of this server.
func WithAuthIssued(f func(token string, expires time.Time, scopes ...string)) AuthOption {
	return func(o *authOptions) { o.Issued = f }
}

// SignIn returns the tokens of a person who has signed in. It needs no browser.
func (s *AuthServer) SignIn() *oauth2.Token {
	t := s.engine.SignIn()
	return &oauth2.Token{AccessToken: t.Access, TokenType: "bearer", RefreshToken: t.Refresh, Expiry: t.Expires}
}

// Revoke ends the sign-in to which a refresh token belongs. This also happens when a person removes
// the program from the account.
func (s *AuthServer) Revoke(refreshToken string) { s.engine.Revoke(refreshToken) }

// RevokeAll ends every sign-in.
func (s *AuthServer) RevokeAll() { s.engine.RevokeAll() }

// Valid reports whether an access token is valid now.
func (s *AuthServer) Valid(accessToken string) bool {
	_, ok := s.engine.Valid(accessToken)
	return ok
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
	w.Header().Set("X-Amzn-Requestid", login.Text(26))
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
