package oauth

import (
	"context"

	"golang.org/x/oauth2"
)

// Store keeps one token. All processes and goroutines that share a sign-in must share its store. A
// program with many users needs one store for each user.
//
// A Store is safe for concurrent use. The tokens that it returns are copies: nobody else changes
// them.
type Store interface {
	// Load returns the token. If there is none, the error is [ErrNoToken].
	Load(ctx context.Context) (*oauth2.Token, error)

	// Update calls change with the present token, or with nil if there is none. It saves the token
	// that change returns, and returns that token. If change returns an error, or the same token
	// that it was given, Update writes nothing. Update returns the error of change unchanged.
	//
	// Update holds a lock from before it reads the token until the new token is saved, and all
	// other processes must respect this lock (a file lock, a SELECT … FOR UPDATE). The reason:
	// change sends the refresh token to the token server, and no refresh token may be sent twice.
	//
	// If a store can find out that it could not save a token, it should fail before it calls
	// change. change may take minutes. While change runs, ctx does not end only because a caller
	// stopped waiting.
	Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error)
}

// MemoryStore keeps a token in memory, for one process and until that process ends.
type MemoryStore struct {
	lock  chan struct{} // a mutex; waiting for it ends with a context
	token *oauth2.Token
}

// NewMemoryStore returns a store that holds t. If t is nil, the store is empty.
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
