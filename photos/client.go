package photos

import (
	"context"
	"errors"

	"github.com/acd-sdk/acd"
)

// Client accesses the Amazon Photos of one account. It is safe for concurrent use.
type Client struct {
	// Drive is the client that all calls use. It shows the same nodes as files and folders.
	Drive   *acd.Client
	Library *Library
	Albums  *Albums
}

// NewClient returns a client that uses the session in a store. It reads the store once, to learn
// which site the session belongs to. If there is no session, the error is [ErrNoSession], which is
// also an [acd.ErrUnauthorized]. NewClient makes no request. The options are for the client in
// Drive. The site and the authenticator are set already. ctx is not kept.
func NewClient(ctx context.Context, store SessionStore, opts ...acd.Option) (*Client, error) {
	session, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	signer := newAuthenticator(store, nil)
	opts = append([]acd.Option{acd.WithPhotos(session.Site()), acd.WithAuthenticator(signer)}, opts...)
	drive, err := acd.NewClient(ctx, nil, opts...)
	if err != nil {
		return nil, err
	}
	signer.log = drive.Logger()
	return New(drive)
}

// New returns a client that uses drive, which must have been made with [acd.WithPhotos].
func New(drive *acd.Client) (*Client, error) {
	if drive == nil {
		return nil, errors.New("photos: the drive is nil")
	}
	if _, ok := drive.PhotosSite(); !ok {
		return nil, errors.New("photos: the drive was made without acd.WithPhotos, and sees neither albums nor live videos")
	}
	return &Client{Drive: drive, Library: &Library{drive: drive}, Albums: &Albums{drive: drive}}, nil
}
