package oauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// mockConfig is a configuration for a mock without a socket.
func mockConfig(server http.RoundTripper) oauth.Config {
	return oauth.Config{
		ClientID:     mocks.AuthClientID,
		ClientSecret: mocks.AuthClientSecret,
		AuthURL:      "https://auth.test" + mocks.AuthPath,
		TokenURL:     "https://auth.test" + mocks.TokenPath,
		HTTPClient:   &http.Client{Transport: server},
	}
}

// signedIn is a mock, a store with the tokens of somebody who signed in to it,
// and a source.
func signedIn(t *testing.T, opts ...mocks.AuthOption) (*mocks.AuthServer, *oauth.MemoryStore, *oauth.TokenSource) {
	t.Helper()
	server := mocks.NewAuthServer(opts...)
	store := oauth.NewMemoryStore(server.SignIn())
	return server, store, source(t, mockConfig(server), store)
}

func source(t *testing.T, cfg oauth.Config, store oauth.Store) *oauth.TokenSource {
	t.Helper()
	ts, err := oauth.NewTokenSource(t.Context(), cfg, store)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func get(t *testing.T, ts *oauth.TokenSource) *oauth2.Token {
	t.Helper()
	tok, err := ts.TokenContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func asked(server *mocks.AuthServer) int { return len(server.Journal(mocks.TokenPath)) }

func TestOneRefreshForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, store, ts := signedIn(t, mocks.WithAuthRotation())
		time.Sleep(2 * time.Hour)
		var mu sync.Mutex
		got := map[string]int{}
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				tok, err := ts.Token()
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got[tok.AccessToken]++
			})
		}
		wg.Wait()
		if n := asked(server); n != 1 || len(got) != 1 {
			t.Errorf("%d refreshes, %d tokens for 100 goroutines, want 1 and 1", n, len(got))
		}
		stored, err := store.Load(t.Context())
		if err != nil || got[stored.AccessToken] != 100 || !server.Valid(stored.AccessToken) {
			t.Errorf("the stored token is not the one that was given out: %v", err)
		}
	})
}

// TestNoTokenIsAboutToExpire asks every minute of a day.
func TestNoTokenIsAboutToExpire(t *testing.T) {
	for _, tt := range []struct {
		lifetime, left time.Duration
		refreshes      int
	}{
		{time.Hour, oauth.EarlyRefresh, 28},      // every 51 minutes
		{2 * time.Hour, oauth.EarlyRefresh, 12},  // every 111 minutes
		{20 * time.Minute, 5 * time.Minute, 90},  // every 16 minutes
		{2 * time.Minute, 30 * time.Second, 720}, // every other minute
	} {
		t.Run(tt.lifetime.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, _, ts := signedIn(t, mocks.WithAuthRotation(), mocks.WithAuthTokenLifetime(tt.lifetime))
				get(t, ts) // what is known of the lifetime comes from the first refresh
				server.Journal("")
				for minute := range 24 * 60 {
					tok := get(t, ts)
					if left := time.Until(tok.Expiry); minute > 60 && left < tt.left {
						t.Fatalf("after %d minutes a token has %v left, want %v", minute, left, tt.left)
					}
					if !server.Valid(tok.AccessToken) {
						t.Fatal("a token is not valid")
					}
					time.Sleep(time.Minute)
				}
				if n := asked(server); n < tt.refreshes*9/10 || n > tt.refreshes*11/10+2 {
					t.Errorf("%d refreshes a day, want about %d", n, tt.refreshes)
				}
			})
		})
	}
}

func TestEarlyRefreshThatFailsIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _, ts := signedIn(t)
		first := get(t, ts)
		fault := server.Inject(mocks.AuthFault{Path: mocks.TokenPath, Times: -1})
		time.Sleep(51 * time.Minute)
		start := time.Now()
		for range 8 * 60 {
			if tok := get(t, ts); tok.AccessToken != first.AccessToken {
				t.Fatal("another token, with the server down")
			}
			time.Sleep(time.Second)
		}
		if n := fault.Fired(); n < 2 || n > 17 {
			t.Errorf("%d attempts in 8 minutes, want one every 30 s", n)
		}
		if d := time.Since(start); d > 8*time.Minute+time.Second {
			t.Errorf("calls took %v for nothing", d-8*time.Minute)
		}
		time.Sleep(time.Minute)
		if _, err := ts.Token(); err == nil {
			t.Error("an expired token was given out")
		}
	})
}

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
				low, high := 1500*time.Millisecond, 3*time.Second // 0.5 to 1 s, then 1 to 2 s
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
	// The code of a server in trouble is no verdict on the sign-in.
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

func TestRevokedRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, store, ts := signedIn(t)
		server.RevokeAll()
		time.Sleep(2 * time.Hour)
		start := time.Now()
		for range 12 {
			_, err := ts.Token()
			if !errors.Is(err, oauth.ErrSignInAgain) {
				t.Fatalf("got %v, want ErrSignInAgain", err)
			}
			if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != "invalid_grant" {
				t.Errorf("got %v, want invalid_grant", err)
			}
		}
		if asked(server) != 1 || time.Since(start) != 0 {
			t.Errorf("%d requests in %v, want one at once", asked(server), time.Since(start))
		}
		put(t, store, server.SignIn()) // as Login does, here or in another process
		if tok := get(t, ts); !server.Valid(tok.AccessToken) {
			t.Error("the new sign-in is not seen")
		}
	})
}

func TestExpiredTokenWithoutRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mocks.NewAuthServer()
		for name, stored := range map[string]*oauth2.Token{
			"empty store": nil,
			"expired":     {AccessToken: "a", Expiry: time.Now().Add(-time.Hour)},
		} {
			_, err := source(t, mockConfig(server), oauth.NewMemoryStore(stored)).Token()
			if !errors.Is(err, oauth.ErrSignInAgain) {
				t.Errorf("%s: got %v, want ErrSignInAgain", name, err)
			}
		}
		if asked(server) != 0 {
			t.Error("the server was asked")
		}
	})
}

func TestInvalidateToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _, ts := signedIn(t, mocks.WithAuthRotation())
		first := get(t, ts)
		var wg sync.WaitGroup
		for range 100 { // as many requests that met a 401
			wg.Go(func() {
				if err := ts.InvalidateToken(t.Context(), first); err != nil {
					t.Error(err)
				}
				if tok := get(t, ts); tok.AccessToken == first.AccessToken {
					t.Error("the rejected token came back")
				}
			})
		}
		wg.Wait()
		if asked(server) != 1 {
			t.Errorf("%d refreshes for 100 rejections of one token, want 1", asked(server))
		}
		second := get(t, ts)
		if err := ts.InvalidateToken(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if tok := get(t, ts); tok.AccessToken != second.AccessToken || asked(server) != 1 {
			t.Error("the rejection of an old token cost the new one")
		}
		// Two in a row: a straggler of the first must not revive the second.
		for _, tok := range []*oauth2.Token{second, first} {
			if err := ts.InvalidateToken(t.Context(), tok); err != nil {
				t.Fatal(err)
			}
		}
		if tok := get(t, ts); tok.AccessToken == second.AccessToken || asked(server) != 2 {
			t.Error("a rejected token came back")
		}
		if err := ts.InvalidateToken(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
}

// TestInvalidateSeesTheStore: what another process has fetched meanwhile is
// taken instead of a refresh.
func TestInvalidateSeesTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, store, ts := signedIn(t)
		other := source(t, mockConfig(server), store)
		first := get(t, ts)
		if err := other.InvalidateToken(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		theirs := get(t, other)
		if err := ts.InvalidateToken(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if ours := get(t, ts); ours.AccessToken != theirs.AccessToken || asked(server) != 1 {
			t.Errorf("%d refreshes for two sources, want 1", asked(server))
		}
	})
}

// flaky is a store that fails to save as often as it is told.
type flaky struct {
	*oauth.MemoryStore
	fail   int
	before func()
}

func (s *flaky) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	return s.MemoryStore.Update(ctx, func(old *oauth2.Token) (*oauth2.Token, error) {
		tok, err := change(old)
		if err == nil && s.before != nil {
			s.before()
		}
		if err == nil && s.fail > 0 {
			s.fail--
			return nil, errors.New("disk full")
		}
		return tok, err
	})
}

func TestRotatedTokenIsSavedBeforeUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mocks.NewAuthServer(mocks.WithAuthRotation())
		store := &flaky{MemoryStore: oauth.NewMemoryStore(server.SignIn()), fail: 3}
		ts := source(t, mockConfig(server), store)
		time.Sleep(2 * time.Hour)
		for range 3 {
			if tok, err := ts.Token(); err == nil || tok != nil || !strings.Contains(err.Error(), "disk full") {
				t.Fatalf("got %v, %v: a token that is not saved was given out", tok, err)
			}
		}
		// The refresh token is spent: a second refresh would end the sign-in.
		tok := get(t, ts)
		stored, err := store.Load(t.Context())
		if err != nil || stored.AccessToken != tok.AccessToken || !server.Valid(tok.AccessToken) || asked(server) != 1 {
			t.Errorf("after %d refreshes the store does not hold the token that was given out: %v", asked(server), err)
		}
		time.Sleep(2 * time.Hour)
		if again := get(t, ts); again.AccessToken == tok.AccessToken || !server.Valid(again.AccessToken) {
			t.Error("the next refresh failed")
		}
	})
}

// TestSaveComesFirst: while the store saves, nobody has the new token.
func TestSaveComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mocks.NewAuthServer(mocks.WithAuthRotation())
		gate := make(chan struct{})
		store := &flaky{MemoryStore: oauth.NewMemoryStore(server.SignIn()), before: func() { <-gate }}
		ts := source(t, mockConfig(server), store)
		time.Sleep(2 * time.Hour)
		got := make(chan *oauth2.Token, 1)
		go func() { got <- get(t, ts) }()
		synctest.Wait()
		select {
		case <-got:
			t.Error("the token was given out before it was saved")
		default:
		}
		close(gate)
		<-got
	})
}

func TestUnsavedTokenThatExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mocks.NewAuthServer(mocks.WithAuthRotation())
		store := &flaky{MemoryStore: oauth.NewMemoryStore(server.SignIn()), fail: 1}
		ts := source(t, mockConfig(server), store)
		for range 3 { // each time the save fails, and the token expires before the next attempt
			time.Sleep(2 * time.Hour)
			store.fail = 1
			if _, err := ts.Token(); err == nil {
				t.Fatal("a token that is not saved was given out")
			}
		}
		time.Sleep(2 * time.Hour)
		if tok := get(t, ts); !server.Valid(tok.AccessToken) {
			t.Error("the token is not valid")
		}
	})
}

func TestStoreNotWritable(t *testing.T) {
	for name, open := range unwritable {
		t.Run(name, func(t *testing.T) {
			server := mocks.NewAuthServer()
			store := open(t)
			_, err := oauth.NewFileStore(store.Path()).Load(t.Context())
			ts := source(t, mockConfig(server), store)
			_, tokErr := ts.Token()
			if err == nil { // a token is there: it must not be spent
				expired := token(1)
				expired.Expiry = time.Now().Add(-time.Hour)
				blocked := oauth.NewMemoryStore(expired)
				ts = source(t, mockConfig(server), both{blocked, store})
				_, tokErr = ts.Token()
			}
			if tokErr == nil || asked(server) != 0 {
				t.Errorf("got %v after %d requests, want an error before any", tokErr, asked(server))
			}
		})
	}
}

// both loads from one store and updates another.
type both struct {
	load   oauth.Store
	update oauth.Store
}

func (s both) Load(ctx context.Context) (*oauth2.Token, error) { return s.load.Load(ctx) }
func (s both) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	return s.update.Update(ctx, change)
}

// TestImpatience: a caller that gives up neither breaks the refresh off nor
// loses its result.
func TestImpatience(t *testing.T) {
	for name, useSource := range map[string]bool{"the caller's context": false, "the source's context": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := mocks.NewAuthServer(mocks.WithAuthRotation())
				store := oauth.NewMemoryStore(server.SignIn())
				slow := roundTrip(func(r *http.Request) (*http.Response, error) {
					resp, err := server.RoundTrip(r)
					time.Sleep(10 * time.Second)
					if r.Context().Err() != nil {
						return nil, context.Cause(r.Context())
					}
					return resp, err
				})
				ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Hour+time.Second, errors.New("no patience"))
				defer cancel()
				sourceCtx, callCtx := t.Context(), ctx
				if useSource {
					sourceCtx, callCtx = ctx, t.Context()
				}
				ts, err := oauth.NewTokenSource(sourceCtx, mockConfig(slow), store)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour)
				start := time.Now()
				if _, err := ts.TokenContext(callCtx); err == nil || err.Error() != "no patience" || time.Since(start) != time.Second {
					t.Errorf("got %v after %v, want the context's error after 1 s", err, time.Since(start))
				}
				time.Sleep(time.Minute)
				stored, err := store.Load(t.Context())
				if err != nil || !server.Valid(stored.AccessToken) || asked(server) != 1 {
					t.Errorf("the refresh was lost: %v", err)
				}
			})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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
		// Login with Amazon itself gets them in the form, as from rclone.
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

// TestNothingSecretIsShown: a server that repeats all it got, and all printable
// forms of errors and of the source.
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
