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
	// EarlyRefresh is how long before its end a token is replaced, or a quarter of
	// its life if that is shorter. Amazon's tokens live an hour, and the service
	// refuses an upload at its end only if the token that it started with expired
	// more than about an hour before. So an upload starts with at least ten minutes
	// left and may take 70; a longer one lives on the refreshes that other calls
	// bring about meanwhile.
	EarlyRefresh = 10 * time.Minute

	leeway      = 10 * time.Second // a token that ends sooner is not sent at all
	refreshTime = 5 * time.Minute  // for all attempts of one refresh and the wait for the lock
	quietTime   = 30 * time.Second // between early refreshes that fail
)

// TokenSource gives out the access token of a store, refreshed before it
// expires. It is safe for concurrent use, and meant to be shared: however many
// goroutines ask, one refresh is made; processes that share the store make one
// among them. The tokens it returns must not be changed.
//
// While a token is still good, a token server that cannot be reached is no
// error: the token is given out to its end. After that, server errors (5xx,
// 429), network errors and answers that are not OAuth's are retried, five
// attempts in all, some 15 seconds. [ErrSignInAgain] comes at once, and from
// then on without asking the server, until the store holds another token.
type TokenSource struct {
	server *server
	store  Store

	mu       sync.Mutex
	current  *oauth2.Token
	early    time.Duration // what EarlyRefresh comes to for this server's tokens
	rejected string        // the access token that the service refused
	quiet    time.Time     // no early refresh before
	flight   *flight       // the refresh under way, if one is

	// Only the flight uses these.
	unsaved *oauth2.Token // a token that could not be saved yet
	spent   string        // the refresh token that it cost
	refused string        // a refresh token that is dead
	refusal error         // how we know
}

// flight is a refresh that all who ask wait for together.
type flight struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

// NewTokenSource checks cfg and returns a token source; it does no I/O. If cfg names no HTTPClient, ctx
// may hold one under [oauth2.HTTPClient]. ctx is not kept: the source goes on giving out tokens when it has
// ended, so that it may well be the context of one web request.
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

// Token implements oauth2.TokenSource. It waits for a refresh as long as that takes, five minutes at most;
// with [TokenSource.TokenContext] the caller says how long.
func (s *TokenSource) Token() (*oauth2.Token, error) { return s.TokenContext(context.Background()) }

// TokenContext returns a token that is good for a while, see [EarlyRefresh]. ctx
// ends the wait for a refresh, not the refresh, which others wait for too and whose answer may be the
// only copy of the next refresh token: it is seen through and saved.
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

// InvalidateToken says that the service rejected a token, so that the next call
// of [TokenSource.Token] brings another. It does nothing if a newer token has
// taken that one's place already, here or, by another process, in the store.
func (s *TokenSource) InvalidateToken(_ context.Context, rejected *oauth2.Token) error {
	if rejected == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil && s.rejected != "" {
		return nil // a straggler: the token after that one is on its way
	}
	if s.current == nil || s.current.AccessToken == rejected.AccessToken {
		s.current = nil
		s.rejected = rejected.AccessToken
	}
	return nil
}

// Format prints the type alone, for every verb: the fields hold tokens.
func (s *TokenSource) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "oauth.TokenSource") }

// good says whether a token can be sent; fresh, whether nothing needs to be done
// about it. Both want the lock.
func (s *TokenSource) good(t *oauth2.Token) bool {
	return t != nil && t.AccessToken != "" && t.AccessToken != s.rejected && (t.Expiry.IsZero() || remaining(t) > leeway)
}

func (s *TokenSource) fresh(t *oauth2.Token) bool {
	return s.good(t) && (t.Expiry.IsZero() || remaining(t) > s.early || time.Now().Before(s.quiet))
}

// remaining goes by the wall clock, which goes on while a machine sleeps.
func remaining(t *oauth2.Token) time.Duration { return t.Expiry.Round(0).Sub(time.Now().Round(0)) }

// fly makes one refresh and tells all who wait.
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

// renew finds a token that another process may have fetched, or fetches one. It
// is in the store before it is returned.
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

// fetch spends a refresh token, and remembers what came of it in case it cannot
// be saved.
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
