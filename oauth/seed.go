package oauth

import (
	"context"
	"errors"

	"golang.org/x/oauth2"
)

// SeedStore returns a store that is s, but for one thing: while s is empty, it
// holds t. The first update writes to s, and from then on t is not looked at any
// more. So a program takes over the token of another (rclone, acd_cli) and never
// touches the other's file. Note that the two share a refresh token: where the
// server rotates those, the other has to sign in again.
func SeedStore(s Store, t *oauth2.Token) Store {
	if t == nil {
		return s
	}
	return &seeded{s, saved(t)}
}

type seeded struct {
	Store
	token *oauth2.Token
}

func (s *seeded) Load(ctx context.Context) (*oauth2.Token, error) {
	t, err := s.Store.Load(ctx)
	if errors.Is(err, ErrNoToken) {
		return clone(s.token), nil
	}
	return t, err
}

func (s *seeded) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	return s.Store.Update(ctx, func(t *oauth2.Token) (*oauth2.Token, error) {
		if t == nil {
			t = clone(s.token)
		}
		return change(t)
	})
}
