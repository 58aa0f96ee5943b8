package drivetest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/url"
	"strings"
	"testing"
)

// signIn returns where to sign in. If the target has no sign-in, the test is skipped.
func (d *drive) signIn(t *testing.T) OAuth {
	t.Helper()
	if d.OAuth == nil {
		t.Skip("the target has no sign-in (Target.OAuth)")
	}
	return *d.OAuth
}

// authorize sends the request of the browser. The parameters in change replace those of the
// request.
func (d *drive) authorize(t *testing.T, change url.Values) *reply {
	t.Helper()
	o := d.signIn(t)
	q := url.Values{
		"client_id": {o.ClientID}, "scope": {o.Scope}, "response_type": {"code"},
		"redirect_uri": {o.RedirectURI}, "state": {"st4te"},
	}
	maps.Copy(q, change)
	return d.send(t, "GET", o.AuthURL, anonymous(), rawQuery(q.Encode()))
}

// returned returns the parameters with which the browser is sent back to the application.
func (r *reply) returned(t *testing.T) url.Values {
	t.Helper()
	r.want(t, 302, 303, 307)
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.header.Get("Location"), r.d.OAuth.RedirectURI) {
		t.Errorf("redirected to %q, want %q", r.d.short(u.String()), r.d.OAuth.RedirectURI)
	}
	return u.Query()
}

// token sends a token request with this form.
func (d *drive) token(t *testing.T, form url.Values, opts ...option) *reply {
	t.Helper()
	o := d.signIn(t)
	opts = append([]option{anonymous(), text(form.Encode()), header("Content-Type", "application/x-www-form-urlencoded")}, opts...)
	return d.send(t, "POST", o.TokenURL, opts...)
}

// exchange returns the form that exchanges a new authorization code. The parameters in change
// replace those of the authorization request.
func (d *drive) exchange(t *testing.T, change url.Values) url.Values {
	t.Helper()
	o := d.signIn(t)
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {d.authorize(t, change).returned(t).Get("code")},
		"redirect_uri": {o.RedirectURI}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret},
	}
	return form
}

type tokenReply struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
}

func (r *reply) tokens(t *testing.T) tokenReply {
	t.Helper()
	var tokens tokenReply
	r.want(t, 200).json(t, &tokens)
	return tokens
}

// denied checks for an error response of Login with Amazon with this code.
func (r *reply) denied(t *testing.T, code string) {
	t.Helper()
	r.want(t, 400, 401)
	if r.d.Fake {
		r.want(t, 400)
	}
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	r.json(t, &e)
	if e.Error != code || e.Description == "" {
		t.Errorf("%s: error %q (%q), want %q and a description", r.call, e.Error, e.Description, code)
	}
}

func authorize(t *testing.T, d *drive) {
	t.Run("authorize brings back a code and the state", func(t *testing.T) {
		q := d.authorize(t, nil).returned(t)
		if q.Get("code") == "" || q.Get("state") != "st4te" {
			t.Errorf("brought back %d parameters, want code and state", len(q))
		}
	})
	t.Run("authorize for an unknown client is an error page", func(t *testing.T) {
		d.authorize(t, url.Values{"client_id": {"amzn1.application-oa2-client.nobody"}}).want(t, 400)
	})
	t.Run("authorize to an unregistered address is an error page", func(t *testing.T) {
		d.authorize(t, url.Values{"redirect_uri": {"http://127.0.0.1:1/elsewhere"}}).want(t, 400)
	})
	t.Run("authorize for an unknown scope brings back invalid_scope", func(t *testing.T) {
		q := d.authorize(t, url.Values{"scope": {"clouddrive:nonsense"}}).returned(t)
		if q.Get("error") != "invalid_scope" || q.Get("error_description") == "" || q.Has("code") {
			t.Errorf("error %q (%q), want invalid_scope", q.Get("error"), q.Get("error_description"))
		}
	})
}

func tokenEndpoint(t *testing.T, d *drive) {
	t.Run("a code is exchanged for tokens that work", func(t *testing.T) {
		got := d.token(t, d.exchange(t, nil)).tokens(t)
		if !strings.HasPrefix(got.AccessToken, "Atza|") || !strings.HasPrefix(got.RefreshToken, "Atzr|") || got.TokenType != "bearer" || got.ExpiresIn != 3600 {
			t.Errorf("token type %q for %d s, want Atza| and Atzr| tokens, bearer, 3600", got.TokenType, got.ExpiresIn)
		}
		d.meta(t, "GET", "nodes/"+d.home, bearer(got.AccessToken)).want(t, 200)
	})
	t.Run("a refresh token brings another access token", func(t *testing.T) {
		o := d.signIn(t)
		first := d.token(t, d.exchange(t, nil)).tokens(t)
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret}}
		second := d.token(t, form).tokens(t)
		if second.AccessToken == first.AccessToken {
			t.Errorf("the access token did not change")
		}
		d.meta(t, "GET", "nodes/"+d.home, bearer(second.AccessToken)).want(t, 200)
		form.Set("redirect_uri", o.RedirectURI) // some clients send this
		d.token(t, form).tokens(t)
	})
	t.Run("the client may authenticate with HTTP Basic", func(t *testing.T) {
		o := d.signIn(t)
		form := d.exchange(t, nil)
		form.Del("client_id")
		form.Del("client_secret")
		basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(o.ClientID) + ":" + url.QueryEscape(o.ClientSecret)))
		d.token(t, form, header("Authorization", "Basic "+basic)).tokens(t)
	})
	t.Run("a code bound to a challenge needs the verifier", func(t *testing.T) {
		verifier := rand.Text() + rand.Text()
		sum := sha256.Sum256([]byte(verifier))
		challenge := url.Values{"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
		form := d.exchange(t, challenge)
		form.Set("code_verifier", "wrong"+verifier)
		d.token(t, form).denied(t, "invalid_grant")
		form = d.exchange(t, challenge)
		form.Set("code_verifier", verifier)
		d.token(t, form).tokens(t)
	})
	t.Run("token information names the client and the time left", func(t *testing.T) {
		o := d.signIn(t)
		if o.TokenInfoURL == "" {
			t.Skip("the target has no token information")
		}
		got := d.token(t, d.exchange(t, nil)).tokens(t)
		var info struct {
			Aud    string `json:"aud"`
			UserID string `json:"user_id"`
			Exp    int    `json:"exp"`
		}
		d.send(t, "GET", o.TokenInfoURL, anonymous(), query("access_token", got.AccessToken)).want(t, 200).json(t, &info)
		if info.Aud != o.ClientID || info.UserID == "" || info.Exp <= 0 || info.Exp > 3600 {
			t.Errorf("got %+v, want the client's id, a user and the seconds left", info)
		}
	})
}

func tokenRefusals(t *testing.T, d *drive) {
	change := func(key, value string) func(*testing.T, url.Values) {
		return func(_ *testing.T, form url.Values) { form.Set(key, value) }
	}
	for _, tt := range []struct {
		name, code string
		change     func(*testing.T, url.Values)
	}{
		{"an unknown grant type", "unsupported_grant_type", change("grant_type", "password")},
		{"an unknown client", "invalid_client", change("client_id", "amzn1.application-oa2-client.nobody")},
		{"a wrong client secret", "invalid_client", change("client_secret", "wrong")},
		{"an unknown code", "invalid_grant", change("code", "nonsense")},
		{"another redirect address", "invalid_grant", change("redirect_uri", "http://127.0.0.1:1/elsewhere")},
		{"a used code", "invalid_grant", func(t *testing.T, form url.Values) { d.token(t, form).want(t, 200) }},
	} {
		t.Run(tt.name+" is "+tt.code, func(t *testing.T) {
			form := d.exchange(t, nil)
			tt.change(t, form)
			d.token(t, form).denied(t, tt.code)
		})
	}
	t.Run("a revoked refresh token is invalid_grant", func(t *testing.T) {
		o := d.signIn(t)
		refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"Atzr|unknown"}, "client_id": {o.ClientID}, "client_secret": {o.ClientSecret}}
		d.token(t, refresh).denied(t, "invalid_grant")
		if o.Revoke == nil {
			t.Skip("the target revokes nothing (OAuth.Revoke)")
		}
		refresh.Set("refresh_token", d.token(t, d.exchange(t, nil)).tokens(t).RefreshToken)
		o.Revoke(refresh.Get("refresh_token"))
		d.token(t, refresh).denied(t, "invalid_grant")
	})
}
