package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	// EarlyRefresh is how long before its end a token is replaced. If a quarter of the token's life
	// is shorter, the token is replaced that long before its end.
	//
	// Amazon's tokens live for one hour. The service refuses an upload at the upload's end only if
	// the token that the upload started with expired more than about one hour before. So an upload
	// starts with a token that is good for at least ten more minutes, and may take 70 minutes. A
	// longer upload succeeds only if another call has refreshed the token meanwhile.
	EarlyRefresh = 10 * time.Minute

	leeway      = 10 * time.Second // a token that ends sooner is not sent
	refreshTime = 5 * time.Minute  // for all attempts of one refresh, and the wait for the lock
	quietTime   = 30 * time.Second // the wait after an early refresh that failed
)

// TokenSource returns the access token of a store and refreshes it before it expires. It is safe
// for concurrent use and meant to be shared: if many goroutines ask at once, it makes one refresh
// for all of them. Processes that share the store also make one refresh between them. Callers must
// not change the tokens that it returns.
//
// While a token is still good, an unreachable token server is no error: TokenSource returns the
// token until it expires. After that, server errors (5xx, 429), network errors and responses that
// are not OAuth are retried, with five attempts in all in some 15 seconds. [ErrSignInAgain] is not
// retried: it is returned at once, and from then on without a request to the server, until the
// store holds another token.
type TokenSource struct {
	server *server
	store  Store

	mu       sync.Mutex
	current  *oauth2.Token
	early    time.Duration // the part of a token's life in which it is replaced: EarlyRefresh or less
	rejected string        // the access token that the service refused
	quiet    time.Time     // no early refresh is made before this time
	flight   *flight       // the refresh that is running, or nil

	// Only the running refresh uses these fields.
	unsaved *oauth2.Token // a token that could not be saved yet
	spent   string        // the refresh token that was sent to get unsaved
	refused string        // a refresh token that the server refused for good
	refusal error         // the error with which the server refused it
}

// flight is one refresh. All callers that need a token wait for it together.
type flight struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

// NewTokenSource checks cfg and returns a token source; it does no I/O. If cfg has no HTTPClient,
// ctx may hold one under [oauth2.HTTPClient]. The source does not keep ctx and still works after
// ctx has ended, so ctx may be the context of one web request.
func NewTokenSource(ctx context.Context, cfg Config, store Store) (*TokenSource, error) {
	if store == nil {
		return nil, errors.New("oauth: NewTokenSource: the store is nil")
	}
	s, err := newServer(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &TokenSource{server: s, store: store, early: EarlyRefresh}, nil
}

// Token implements oauth2.TokenSource. It waits until a refresh has ended, five minutes at most.
// With [TokenSource.TokenContext] the caller limits the wait.
func (s *TokenSource) Token() (*oauth2.Token, error) { return s.TokenContext(context.Background()) }

// TokenContext returns a token that does not expire soon: see [EarlyRefresh]. If ctx ends, the
// caller stops waiting for a refresh, but the refresh goes on until its result is saved. Other
// callers may wait for the same refresh, and the server's response may hold the only copy of the
// next refresh token.
func (s *TokenSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	if s.fresh(s.current) {
		defer s.mu.Unlock()
		return s.current, nil
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		go s.fly(context.WithoutCancel(ctx), f, s.good(s.current))
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// InvalidateToken tells the source that the service rejected a token. The next call of
// [TokenSource.Token] then returns another token. InvalidateToken does nothing if a newer token has
// already replaced the rejected one, in this source or, by another process, in the store.
func (s *TokenSource) InvalidateToken(_ context.Context, rejected *oauth2.Token) error {
	if rejected == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil && s.rejected != "" {
		return nil // a rejected token was dropped already, and a new one is on its way
	}
	if s.current == nil || s.current.AccessToken == rejected.AccessToken {
		s.current = nil
		s.rejected = rejected.AccessToken
	}
	return nil
}

// Format prints only the type, for every verb, because the fields hold tokens.
func (s *TokenSource) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "oauth.TokenSource") }

// good reports whether t can be sent. fresh reports whether t can be sent and needs no refresh now.
// The caller of either holds s.mu.
func (s *TokenSource) good(t *oauth2.Token) bool {
	return t != nil && t.AccessToken != "" && t.AccessToken != s.rejected && (t.Expiry.IsZero() || remaining(t) > leeway)
}

func (s *TokenSource) fresh(t *oauth2.Token) bool {
	return s.good(t) && (t.Expiry.IsZero() || remaining(t) > s.early || time.Now().Before(s.quiet))
}

// remaining uses the wall clock, because that clock goes on while a machine sleeps.
func remaining(t *oauth2.Token) time.Duration { return t.Expiry.Round(0).Sub(time.Now().Round(0)) }

// fly makes one refresh and gives the result to all callers that wait.
func (s *TokenSource) fly(ctx context.Context, f *flight, early bool) {
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	attempts := maxAttempts
	if early {
		attempts = 1
	}
	t, err := s.renew(ctx, attempts)

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.current = t
		s.quiet = time.Time{}
	case s.good(s.current) && !errors.Is(err, ErrSignInAgain):
		t, err = s.current, nil
		s.quiet = time.Now().Add(quietTime)
	}
	f.token, f.err = t, err
	s.flight = nil
	close(f.done)
}

// renew returns a token that another process has fetched, or fetches one. Before renew returns a
// token, the store holds it.
func (s *TokenSource) renew(ctx context.Context, attempts int) (*oauth2.Token, error) {
	if s.unsaved == nil {
		t, err := s.store.Load(ctx)
		if err != nil || s.isFresh(t) {
			return t, err
		}
	}
	t, err := s.store.Update(ctx, func(stored *oauth2.Token) (*oauth2.Token, error) {
		if stored == nil {
			return nil, ErrNoToken
		}
		if s.isFresh(stored) {
			return stored, nil
		}
		if s.unsaved != nil && stored.RefreshToken == s.spent {
			stored = s.unsaved
		}
		switch {
		case s.isFresh(stored):
			return stored, nil
		case stored.RefreshToken == "":
			return nil, fmt.Errorf("oauth: the token has expired and there is no refresh token: %w", ErrSignInAgain)
		case stored.RefreshToken == s.refused:
			return nil, s.refusal
		}
		return s.fetch(ctx, stored.RefreshToken, attempts)
	})
	if err == nil {
		s.unsaved = nil
	}
	return t, err
}

// fetch sends a refresh token to the server. It remembers the new token, in case the store fails to
// save it.
func (s *TokenSource) fetch(ctx context.Context, refreshToken string, attempts int) (*oauth2.Token, error) {
	t, err := s.server.refresh(ctx, refreshToken, attempts)
	if err != nil {
		if errors.Is(err, ErrSignInAgain) {
			s.refused, s.refusal = refreshToken, err
		}
		return nil, err
	}
	if s.unsaved == nil || s.unsaved.RefreshToken != refreshToken {
		s.spent = refreshToken
	}
	s.unsaved = saved(t)
	if !t.Expiry.IsZero() {
		s.mu.Lock()
		s.early = min(EarlyRefresh, remaining(t)/4)
		s.mu.Unlock()
	}
	return s.unsaved, nil
}

func (s *TokenSource) isFresh(t *oauth2.Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh(t)
}
