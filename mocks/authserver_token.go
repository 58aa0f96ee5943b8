package mocks

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/login"
)

// token answers a token request.
func (s *AuthServer) token(w http.ResponseWriter, r *http.Request) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		authError(w, &login.Error{Code: "invalid_request", Description: "The body must be a form"})
		return
	}
	if s.opt.basicOnly && !s.basic(r) {
		http.Error(w, "Authorization failed", http.StatusForbidden)
		return
	}
	if e := s.client(r); e != nil {
		authError(w, e)
		return
	}
	t, e := s.exchange(r.PostForm)
	if e != nil {
		authError(w, e)
		return
	}
	authJSON(w, http.StatusOK, map[string]any{
		"access_token": t.Access, "token_type": "bearer",
		"expires_in": int(s.opt.Lifetime / time.Second), "refresh_token": t.Refresh,
	})
}

func (s *AuthServer) exchange(form url.Values) (login.Tokens, *login.Error) {
	switch form.Get("grant_type") {
	case "authorization_code":
		return s.engine.Redeem(form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"))
	case "refresh_token":
		return s.engine.Refresh(form.Get("refresh_token"))
	}
	return login.Tokens{}, &login.Error{Code: "unsupported_grant_type", Description: "The grant type is not supported"}
}

// basic reports whether the client's id and secret are in HTTP Basic. Each of them must be
// form-encoded.
func (s *AuthServer) basic(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	id, err1 := url.QueryUnescape(user)
	secret, err2 := url.QueryUnescape(password)
	return ok && err1 == nil && err2 == nil && id == s.opt.clientID && secret == s.opt.secret
}

// client checks the client's id and secret. They must be either in HTTP Basic or in the body, not
// in both.
func (s *AuthServer) client(r *http.Request) *login.Error {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	switch {
	case r.URL.RawQuery != "":
		return &login.Error{Code: "invalid_request", Description: "Parameters belong in the body"}
	case r.Header.Get("Authorization") != "":
		if secret != "" {
			return &login.Error{Code: "invalid_request", Description: "The client's keys are given twice"}
		}
		if !s.basic(r) || id != "" && id != s.opt.clientID {
			return &login.Error{Code: "invalid_client", Description: "Client authentication failed"}
		}
	case id == "":
		return &login.Error{Code: "invalid_request", Description: "The client id is missing"}
	case id != s.opt.clientID || secret != s.opt.secret:
		return &login.Error{Code: "invalid_client", Description: "Client authentication failed"}
	}
	return nil
}

func (s *AuthServer) tokenInfo(w http.ResponseWriter, r *http.Request) {
	expires, ok := s.engine.Valid(r.URL.Query().Get("access_token"))
	if !ok {
		authError(w, &login.Error{Code: "invalid_token", Description: "The access token is invalid or expired"})
		return
	}
	now := s.opt.Now()
	authJSON(w, http.StatusOK, map[string]any{
		"aud": s.opt.clientID, "user_id": "amzn1.account.MOCK", "app_id": "amzn1.application.mock",
		"iss": "https://www.amazon.com", "iat": now.Unix(), "exp": int(expires.Sub(now) / time.Second),
	})
}

// authError writes the response to a refused request. Its status is always 400, as at the service.
func authError(w http.ResponseWriter, e *login.Error) {
	authJSON(w, http.StatusBadRequest, map[string]string{"error": e.Code, "error_description": e.Description})
}

func authJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
