package photos

import (
	"errors"

	"github.com/acd-sdk/acd"
)

// Client is one account's Amazon Photos. It is safe for concurrent use.
type Client struct {
	// Drive is the client that all calls go through. It shows the same nodes, as files and folders.
	Drive   *acd.Client
	Library *Library
	Albums  *Albums
}

// New returns a client on top of one that speaks the dialect of Amazon Photos: one that was made
// with [acd.WithPhotos].
func New(drive *acd.Client) (*Client, error) {
	if drive == nil {
		return nil, errors.New("photos: the drive is nil")
	}
	if _, ok := drive.PhotosSite(); !ok {
		return nil, errors.New("photos: the drive was made without acd.WithPhotos, and sees neither albums nor live videos")
	}
	return &Client{Drive: drive, Library: &Library{drive: drive}, Albums: &Albums{drive: drive}}, nil
}
