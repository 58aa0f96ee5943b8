package oauth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// flaky is a store whose next saves fail, as many as the field fail says.
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
		// The old refresh token is invalid now: a second refresh would end the sign-in.
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

// TestSaveComesFirst: until the store has saved the new token, no caller gets it.
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
