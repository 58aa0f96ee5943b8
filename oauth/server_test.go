package oauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

func TestTokenServerTrouble(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for name, fault := range map[string]mocks.AuthFault{
		"500":                     {Status: 500, Body: "oops"},
		"503 with a page":         {Status: 503, Header: html, Body: "<html>busy</html>"},
		"502 with an OAuth error": {Status: 502, Body: `{"error":"invalid_grant"}`},
		"429":                     {Status: 429, Body: "{}"},
		"429 that asks for 20 s":  {Status: 429, Header: http.Header{"Retry-After": {"20"}}},
		"408":                     {Status: 408},
		"200 with a page":         {Status: 200, Header: html, Body: "<html>Over quota</html>"},
		"200 with nothing":        {Status: 200},
		"200 with an old token":   {Status: 200, Body: `{"access_token":"x","token_type":"bearer","expires_in":-5}`},
		"200 with a bad token":    {Status: 200, Body: `{"access_token":"x\r\ny"}`},
		"400 with a page":         {Status: 400, Header: html, Body: "<html>Bad</html>"},
		"server_error":            {Status: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"error":"server_error"}`},
		"a broken connection":     {Reset: true},
		"a lost answer":           {Reset: true, Commit: true},
		"no end of an answer":     {Status: 200, Body: strings.Repeat("x", 1<<20)},
		"no end of a form": {Status: 200, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: "access_token=x&refresh_token=y&pad=" + strings.Repeat("x", 1<<20)},
		"no answer": {Delay: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _, ts := signedIn(t)
				time.Sleep(2 * time.Hour)
				fault.Path, fault.Times = mocks.TokenPath, 2
				in := server.Inject(fault)
				start := time.Now()
				if tok := get(t, ts); !server.Valid(tok.AccessToken) {
					t.Error("the token is not valid")
				}
				if in.Fired() != 2 || asked(server) != 3 {
					t.Errorf("%d requests, of which %d failed, want 3 and 2", asked(server), in.Fired())
				}
				low, high := 1500*time.Millisecond, 3*time.Second // the waits are 0.5 to 1 s, then 1 to 2 s
				if fault.Delay > 0 {
					low, high = low+time.Minute, high+time.Minute
				}
				if fault.Header.Get("Retry-After") != "" {
					low, high = 40*time.Second, 40*time.Second
				}
				if d := time.Since(start); d < low || d > high {
					t.Errorf("took %v, want %v to %v", d, low, high)
				}
			})
		})
	}
	t.Run("without end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server, _, ts := signedIn(t)
			time.Sleep(2 * time.Hour)
			server.Inject(mocks.AuthFault{Times: -1, Header: html, Body: "<html>SECRET</html>"})
			_, err := ts.Token()
			e, ok := errors.AsType[*oauth.Error](err)
			if !ok || e.StatusCode != 503 || e.Attempts != 5 || asked(server) != 5 || errors.Is(err, oauth.ErrSignInAgain) {
				t.Errorf("got %v after %d requests, want a 503 after 5", err, asked(server))
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows the body: %v", err)
			}
		})
	})
	// A failing server (5xx) may send an OAuth error code. That code does not end the sign-in.
	t.Run("without end, with an OAuth error", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server, _, ts := signedIn(t)
			time.Sleep(2 * time.Hour)
			server.Inject(mocks.AuthFault{Times: -1, Status: 502, Body: `{"error":"invalid_grant"}`})
			if _, err := ts.Token(); err == nil || errors.Is(err, oauth.ErrSignInAgain) || asked(server) != 5 {
				t.Errorf("got %v after %d requests, want a 502 after 5", err, asked(server))
			}
		})
	})
	t.Run("no network", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			down := roundTrip(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED })
			expired := token(1)
			expired.Expiry = time.Now()
			_, err := source(t, mockConfig(down), oauth.NewMemoryStore(expired)).Token()
			if !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "https://") {
				t.Errorf("got %v, want ECONNREFUSED and no URL", err)
			}
		})
	})
}

func TestTokenServerRefuses(t *testing.T) {
	json := http.Header{"Content-Type": {"application/json"}}
	for name, fault := range map[string]mocks.AuthFault{
		"invalid_client":      {Status: 401, Header: json, Body: `{"error":"invalid_client","error_description":"who?"}`},
		"unauthorized_client": {Status: 400, Header: json, Body: `{"error":"unauthorized_client","error_description":"no"}`},
		"invalid_scope":       {Status: 400, Header: json, Body: `{"error":"invalid_scope","error_description":"no"}`},
		"invalid_request":     {Status: 200, Header: json, Body: `{"error":"invalid_request","error_description":"no"}`},
		"status 403":          {Status: 403, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "Authorization failed"},
		"status 404":          {Status: 404, Body: "not here"},
		"status 307":          {Status: 307, Header: http.Header{"Location": {"https://elsewhere.test/steal"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _, ts := signedIn(t)
				time.Sleep(2 * time.Hour)
				server.Inject(fault)
				start := time.Now()
				_, err := ts.Token()
				if err == nil || !strings.Contains(err.Error(), name) || errors.Is(err, oauth.ErrSignInAgain) {
					t.Errorf("got %v, want %s", err, name)
				}
				if len(server.Journal("")) != 1 || time.Since(start) != 0 {
					t.Errorf("%d requests in %v, want one at once", len(server.Journal("")), time.Since(start))
				}
			})
		})
	}
}

func TestClientKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const odd = "s%cr+t&:/ü"
		for name, opts := range map[string][]mocks.AuthOption{
			"server": {mocks.WithAuthClient("an id", odd)},
			"proxy":  {mocks.WithAuthClient("an id", odd), mocks.WithAuthBasicOnly()},
		} {
			server := mocks.NewAuthServer(opts...)
			expired := server.SignIn()
			expired.Expiry = time.Now()
			cfg := mockConfig(server)
			cfg.ClientID, cfg.ClientSecret = "an id", odd
			if _, err := source(t, cfg, oauth.NewMemoryStore(expired)).Token(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, r := range server.Journal(mocks.TokenPath) {
				if r.Form.Has("client_secret") {
					t.Errorf("%s: a custom TokenURL got the secret in the form", name)
				}
			}
			cfg.ClientSecret = "wrong"
			if _, err := source(t, cfg, oauth.NewMemoryStore(expired)).Token(); err == nil || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%s: wrong keys: got %v", name, err)
			}
		}
		// Login with Amazon itself gets the keys in the form, as from rclone.
		server := mocks.NewAuthServer()
		expired := server.SignIn()
		expired.Expiry = time.Now()
		cfg := mockConfig(server)
		cfg.TokenURL = ""
		if _, err := source(t, cfg, oauth.NewMemoryStore(expired)).Token(); err != nil {
			t.Error(err)
		}
		for _, r := range server.Journal("") {
			if r.Form.Get("client_secret") == "" || r.Header.Get("Authorization") != "" {
				t.Error("Login with Amazon did not get the keys in the form")
			}
		}
	})
}

// TestNothingSecretIsShown: the server repeats everything that it got. No printed form of an error
// or of the source shows a secret.
func TestNothingSecretIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := mocks.NewAuthServer().SignIn()
		basic := base64.StdEncoding.EncodeToString([]byte(mocks.AuthClientID + ":" + mocks.AuthClientSecret))
		encoded := base64.RawURLEncoding.EncodeToString([]byte(good.RefreshToken))[:40]
		for _, form := range []string{
			`{"error":"invalid_request","error_description":"got %s"}`, `{"error":"%s"}`, `{"error":17,"x":"%s"}`,
			`{"access_token":"%s\n"}`, `<html>%s</html>`, `%s`, `error=x&error_description=%s`,
		} {
			for _, status := range []int{200, 400, 403, 500} {
				echo := roundTrip(func(r *http.Request) (*http.Response, error) {
					if err := r.ParseForm(); err != nil {
						return nil, err
					}
					all := encoded + " " + r.Form.Encode() + " " + r.Form.Get("refresh_token") + " " + r.Header.Get("Authorization") + " " + mocks.AuthClientSecret + " Atza|NEW"
					return reply(r, status, fmt.Sprintf(form, all)), nil
				})
				expired := *good
				expired.Expiry = time.Now().Add(-time.Hour)
				store := oauth.NewMemoryStore(&expired)
				ts := source(t, mockConfig(echo), store)
				_, err := ts.Token()
				if err == nil {
					t.Fatalf("%d %s: no error", status, form)
				}
				shown := fmt.Sprintf("%v %+v %#v %v %+v %#v %d", err, err, err, ts, ts, ts, ts)
				shown += fmt.Sprintf("%v %+v %#v", store, store, store)
				for e := err; e != nil; e = errors.Unwrap(e) {
					shown += fmt.Sprintf(" %v %+v %#v", e, e, e)
				}
				for _, secret := range []string{good.AccessToken, good.RefreshToken, mocks.AuthClientSecret, "Atza", "Atzr", basic, encoded} {
					if strings.Contains(shown, secret) {
						t.Errorf("%d %s: shows %q: %s", status, form, secret, shown)
					}
				}
			}
		}
		broken := roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed answer %q", good.RefreshToken)
		})
		expired := *good
		expired.Expiry = time.Now().Add(-time.Hour)
		_, err := source(t, mockConfig(broken), oauth.NewMemoryStore(&expired)).Token()
		if err == nil || strings.Contains(err.Error(), "Atzr") || strings.Contains(err.Error(), "https://") {
			t.Errorf("got %v, want no token and no URL", err)
		}
	})
}

func reply(r *http.Request, status int, body string) *http.Response {
	w := httptest.NewRecorder()
	w.WriteHeader(status)
	_, _ = w.WriteString(body)
	resp := w.Result()
	resp.Request = r
	return resp
}
