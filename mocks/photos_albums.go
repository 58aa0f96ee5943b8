package mocks

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// maxAlbumName is the longest name of an album, in UTF-16 units.
const maxAlbumName = 200

// errChildKind is the answer to what cannot be in an album, and for a while also to a fresh upload.
var errChildKind = refuse(http.StatusBadRequest, "", "Improper child kind")

// errOthersAlbum is the answer to a change of an album that another customer shares.
var errOthersAlbum = front(http.StatusForbidden, "Insufficient permissions granted for operation: updateChildren")

// collectable checks that a node may be put into an album.
func (c *call) collectable(album, n *store.Node) error {
	switch {
	case !album.Status.Live():
		return errTrashParent
	case album.More().OwnerID != "":
		return errOthersAlbum
	case n.Kind != store.File, n.Status != store.Available:
		return errChildKind
	}
	return nil
}

// Album says how an album is made by [Drive.WriteAlbum].
type Album struct {
	Name string
	// OwnerID is the customer of an album that somebody else shares with the account; empty: the account's own.
	OwnerID string
	// Shared says that others see the album. One of another owner always is.
	Shared bool
	// Covers are the ids of the nodes that stand for it; empty: the first one.
	Covers []string
}

// WriteAlbum makes an album of the nodes with these ids, and returns its id.
func (d *Drive) WriteAlbum(a Album, members ...string) (id string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opt.dialect.Photos {
		return "", errNotPhotos
	}
	album := d.store.NewNode(store.Album, a.Name, ids.Node{}, d.now())
	album.Edit().OwnerID = a.OwnerID
	p := album.EditPhoto()
	p.Made, p.Shared, p.Covers = true, a.Shared || a.OwnerID != "", slices.Clone(a.Covers)
	for _, text := range members {
		id, _ := ids.Parse(text)
		n := d.store.ByID[id]
		if n == nil || n.Kind != store.File {
			d.store.Purge(album, d.now())
			return "", fmt.Errorf("mocks: album %s: %w: %s", a.Name, fs.ErrNotExist, text)
		}
		d.store.Link(n, album)
		d.store.Publish(n)
	}
	d.store.Touch(album, d.now())
	return album.ID.String(), nil
}
