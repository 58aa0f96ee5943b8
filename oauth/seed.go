package oauth

import (
	"context"
	"errors"

	"golang.org/x/oauth2"
)

// SeedStore returns a store that works like s, with one difference: while s is empty, it returns t.
// The first update writes to s, and from then on t is not used. With SeedStore, a program takes
// over the token of another program (rclone, acd_cli) and never writes to that program's file. The
// two programs share a refresh token: if the server replaces refresh tokens, the other program has
// to sign in again.
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
