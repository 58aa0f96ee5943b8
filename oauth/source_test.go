package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// mockConfig returns a configuration for a mock that is called without a socket.
func mockConfig(server http.RoundTripper) oauth.Config {
	return oauth.Config{
		ClientID:     mocks.AuthClientID,
		ClientSecret: mocks.AuthClientSecret,
		AuthURL:      "https://auth.test" + mocks.AuthPath,
		TokenURL:     "https://auth.test" + mocks.TokenPath,
		HTTPClient:   &http.Client{Transport: server},
	}
}

// signedIn returns a mock, a store with the tokens of a person who has signed in to the mock, and a
// source.
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

// TestNoTokenIsAboutToExpire asks for a token every minute of a day. No token may expire soon.
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
				get(t, ts) // the source learns the lifetime from the first refresh
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
		put(t, store, server.SignIn()) // as after Login, here or in another process
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
		for range 100 { // as many requests got a 401
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
		// The second token is rejected, then the first one again, late. The late report must not
		// bring the second token back.
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

// TestInvalidateSeesTheStore: if another process has stored a new token meanwhile, the source uses
// it and makes no refresh.
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

// TestImpatience: if a caller stops waiting, the refresh goes on and its result is kept.
func TestImpatience(t *testing.T) {
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
		ts := source(t, mockConfig(slow), store)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Hour+time.Second, errors.New("no patience"))
		defer cancel()
		time.Sleep(2 * time.Hour)
		start := time.Now()
		if _, err := ts.TokenContext(ctx); err == nil || err.Error() != "no patience" || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want the context's error after 1 s", err, time.Since(start))
		}
		time.Sleep(time.Minute)
		stored, err := store.Load(t.Context())
		if err != nil || !server.Valid(stored.AccessToken) || asked(server) != 1 {
			t.Errorf("the refresh was lost: %v", err)
		}
	})
}

// TestSourceOutlivesTheContextItWasMadeWith: a source may be made in a web handler, and the
// handler's context ends with the request.
func TestSourceOutlivesTheContextItWasMadeWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := mocks.NewAuthServer()
		base := &http.Client{Transport: server}
		cfg := mockConfig(server)
		cfg.HTTPClient = nil
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), oauth2.HTTPClient, base))
		ts, err := oauth.NewTokenSource(ctx, cfg, oauth.NewMemoryStore(server.SignIn()))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		time.Sleep(2 * time.Hour) // a refresh is due
		for name, ask := range map[string]func() (*oauth2.Token, error){
			"Token":        ts.Token,
			"TokenContext": func() (*oauth2.Token, error) { return ts.TokenContext(t.Context()) },
		} {
			if tok, err := ask(); err != nil || !server.Valid(tok.AccessToken) {
				t.Errorf("%s after the context ended: %v", name, err)
			}
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
