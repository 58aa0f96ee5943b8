package mocks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// authError is shape G of the wire reference.
type authError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func authBad(code, description string) *authError {
	return &authError{http.StatusBadRequest, code, description}
}

// token answers a token request.
func (s *AuthServer) token(w http.ResponseWriter, r *http.Request) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		authJSON(w, http.StatusBadRequest, authBad("invalid_request", "The body must be a form"))
		return
	}
	if s.opt.basicOnly && !s.basic(r) {
		http.Error(w, "Authorization failed", http.StatusForbidden)
		return
	}
	if e := s.client(r); e != nil {
		authJSON(w, e.status, e)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var g *authGrant
	var e *authError
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		g, e = s.redeem(r.PostForm)
	case "refresh_token":
		g, e = s.renew(r.PostForm)
	default:
		e = authBad("unsupported_grant_type", "The grant type is not supported")
	}
	if e != nil {
		authJSON(w, e.status, e)
		return
	}
	access, _ := s.newAccess(g)
	authJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "bearer",
		"expires_in": int(s.opt.lifetime / time.Second), "refresh_token": g.current,
	})
}

// basic says whether the client's keys are in HTTP Basic, each form-encoded
// before they were joined.
func (s *AuthServer) basic(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	return ok && err1 == nil && err2 == nil && id == s.opt.clientID && secret == s.opt.secret
}

// client checks the client's keys, which come in one place, not in two.
func (s *AuthServer) client(r *http.Request) *authError {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	switch {
	case r.URL.RawQuery != "":
		return authBad("invalid_request", "Parameters belong in the body")
	case r.Header.Get("Authorization") != "":
		if secret != "" {
			return authBad("invalid_request", "The client's keys are given twice")
		}
		if !s.basic(r) || id != "" && id != s.opt.clientID {
			return authBad("invalid_client", "Client authentication failed")
		}
	case id == "":
		return authBad("invalid_request", "The client id is missing")
	case id != s.opt.clientID || secret != s.opt.secret:
		return authBad("invalid_client", "Client authentication failed")
	}
	return nil
}

// redeem takes a code. A second use ends what the first one gave.
func (s *AuthServer) redeem(form url.Values) (*authGrant, *authError) {
	c := s.codes[form.Get("code")]
	switch {
	case form.Get("code") == "":
		return nil, authBad("invalid_request", "The code is missing")
	case c == nil || !s.opt.clock().Before(c.expires):
		return nil, authBad("invalid_grant", "The authorization code is invalid or expired")
	case c.grant != nil:
		c.grant.revoked = true
		return nil, authBad("invalid_grant", "The authorization code has been used")
	case form.Get("redirect_uri") != c.redirect:
		return nil, authBad("invalid_grant", "The redirect address differs from the one of the request")
	case !c.verified(form.Get("code_verifier")):
		return nil, authBad("invalid_grant", "The code verifier does not match")
	}
	c.grant = &authGrant{scopes: c.scopes}
	s.newRefresh(c.grant)
	return c.grant, nil
}

// verified checks PKCE, both ways: a verifier without a challenge is a sign that
// somebody took the challenge away.
func (a authRequest) verified(verifier string) bool {
	switch {
	case a.challenge == "":
		return verifier == ""
	case len(verifier) < 43 || len(verifier) > 128:
		return false
	case a.method == "plain":
		return verifier == a.challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == a.challenge
}

func (s *AuthServer) renew(form url.Values) (*authGrant, *authError) {
	text := form.Get("refresh_token")
	g := s.refresh[text]
	switch {
	case text == "":
		return nil, authBad("invalid_request", "The refresh token is missing")
	case g == nil || g.revoked:
		return nil, authBad("invalid_grant", "The refresh token is invalid or revoked")
	case g.current != text:
		g.revoked = true
		return nil, authBad("invalid_grant", "The refresh token has been used")
	}
	if s.opt.rotate {
		s.newRefresh(g)
	}
	return g, nil
}

func (s *AuthServer) tokenInfo(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("access_token")
	if !s.Valid(text) {
		authJSON(w, http.StatusBadRequest, authBad("invalid_token", "The access token is invalid or expired"))
		return
	}
	s.mu.Lock()
	expires := s.access[text].expires
	s.mu.Unlock()
	now := s.opt.clock()
	authJSON(w, http.StatusOK, map[string]any{
		"aud": s.opt.clientID, "user_id": "amzn1.account.MOCK", "app_id": "amzn1.application.mock",
		"iss": "https://www.amazon.com", "iat": now.Unix(), "exp": int(expires.Sub(now) / time.Second),
	})
}

func authJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
