package oauth

import (
	"context"

	"golang.org/x/oauth2"
)

// Store keeps one token. All processes and goroutines that share a sign-in must
// share its store; many users are many stores.
//
// A Store is safe for concurrent use. Its tokens are copies: nobody else changes
// them.
type Store interface {
	// Load returns the token, or an error that is [ErrNoToken] if there is none.
	Load(ctx context.Context) (*oauth2.Token, error)

	// Update calls change with the present token, nil if there is none, saves what
	// it returns and returns that. From before the token is read until it is saved
	// it holds a lock that all other processes respect (a file lock, a SELECT …
	// FOR UPDATE): change asks the token server, and one refresh token must not be
	// spent twice. If change returns an error, or the token that it got, nothing
	// is written. Update returns the error of change as it is.
	//
	// A store that can tell should fail before it calls change if it could not
	// save. change may take minutes; ctx is not done while it runs only because a
	// caller lost patience.
	Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error)
}

// MemoryStore keeps a token in memory, for one process and its lifetime.
type MemoryStore struct {
	lock  chan struct{} // a mutex that a context can give up on
	token *oauth2.Token
}

// NewMemoryStore returns a store that holds t; nil is an empty store.
func NewMemoryStore(t *oauth2.Token) *MemoryStore {
	return &MemoryStore{lock: make(chan struct{}, 1), token: clone(t)}
}

// Load implements [Store].
func (s *MemoryStore) Load(ctx context.Context) (*oauth2.Token, error) {
	if err := s.acquire(ctx); err != nil {
		return nil, err
	}
	defer s.release()
	if s.token == nil {
		return nil, ErrNoToken
	}
	return clone(s.token), nil
}

// Update implements [Store].
func (s *MemoryStore) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	if err := s.acquire(ctx); err != nil {
		return nil, err
	}
	defer s.release()
	t, err := change(clone(s.token))
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errNotToken
	}
	s.token = clone(t)
	return t, nil
}

func (s *MemoryStore) acquire(ctx context.Context) error {
	select {
	case s.lock <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *MemoryStore) release() { <-s.lock }

func clone(t *oauth2.Token) *oauth2.Token {
	if t == nil {
		return nil
	}
	return saved(t)
}

func sameToken(a, b *oauth2.Token) bool {
	return a != nil && b != nil && a.AccessToken == b.AccessToken && a.RefreshToken == b.RefreshToken &&
		a.TokenType == b.TokenType && a.Expiry.Equal(b.Expiry)
}
