package drivetest_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acd-sdk/acd/mocks/drivetest"
)

// signIn is a Login with Amazon server of one client, which approves everything. It is what
// the sign-in rules of the suite are tried on.
type signIn struct {
	drivetest.OAuth
	issue func(scopes ...string) string // makes an access token that the drive accepts

	mu      sync.Mutex
	codes   map[string]url.Values // authorization requests by code
	refresh map[string]string     // scopes by refresh token
	access  map[string]bool
}

func newSignIn(t *testing.T, issue func(scopes ...string) string) *drivetest.OAuth {
	s := &signIn{issue: issue, codes: map[string]url.Values{}, refresh: map[string]string{}, access: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ap/oa", s.authorize)
	mux.HandleFunc("POST /auth/o2/token", s.token)
	mux.HandleFunc("GET /auth/o2/tokeninfo", s.info)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.OAuth = drivetest.OAuth{
		AuthURL: server.URL + "/ap/oa", TokenURL: server.URL + "/auth/o2/token", TokenInfoURL: server.URL + "/auth/o2/tokeninfo",
		ClientID: "amzn1.application-oa2-client.0123", ClientSecret: "s3cr:et", RedirectURI: "http://127.0.0.1:53682/",
		Scope: "clouddrive:read_all clouddrive:write",
		Revoke: func(refreshToken string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.refresh, refreshToken)
		},
	}
	return &s.OAuth
}

func (s *signIn) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	if q.Get("client_id") != s.ClientID || q.Get("redirect_uri") != s.RedirectURI {
		http.Error(w, "<html>unknown application</html>", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": q["state"]}
	known := strings.Fields(s.Scope)
	if slices.ContainsFunc(strings.Fields(q.Get("scope")), func(scope string) bool { return !slices.Contains(known, scope) }) {
		maps.Copy(back, url.Values{"error": {"invalid_scope"}, "error_description": {"An unknown scope was requested"}})
	} else {
		code := rand.Text()
		s.codes[code] = q
		maps.Copy(back, url.Values{"code": {code}, "scope": q["scope"]})
	}
	http.Redirect(w, r, s.RedirectURI+"?"+back.Encode(), http.StatusFound)
}

func (s *signIn) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	if user, pass, ok := r.BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(pass)
	}
	if id != s.ClientID || secret != s.ClientSecret {
		deny(w, "invalid_client")
		return
	}
	var scope string
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		q, ok := s.codes[r.PostFormValue("code")]
		delete(s.codes, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		challenge := q.Get("code_challenge")
		if !ok || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") || challenge != "" && challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			deny(w, "invalid_grant")
			return
		}
		scope = q.Get("scope")
	case "refresh_token":
		var ok bool
		if scope, ok = s.refresh[r.PostFormValue("refresh_token")]; !ok {
			deny(w, "invalid_grant")
			return
		}
	default:
		deny(w, "unsupported_grant_type")
		return
	}
	access, refresh := s.issue(strings.Fields(scope)...), "Atzr|"+rand.Text()
	s.access[access], s.refresh[refresh] = true, scope
	answer(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "bearer", "expires_in": 3600, "refresh_token": refresh})
}

func (s *signIn) info(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.access[r.URL.Query().Get("access_token")] {
		deny(w, "invalid_token")
		return
	}
	answer(w, http.StatusOK, map[string]any{"aud": s.ClientID, "user_id": "amzn1.account.A", "exp": 3600, "iat": 1462096800})
}

func deny(w http.ResponseWriter, code string) {
	answer(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": "refused"})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that left
}
