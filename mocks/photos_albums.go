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

// errChildKind is the error for a node that cannot be in an album. A file that was just uploaded
// also gets it while it is PENDING.
var errChildKind = refuse(http.StatusBadRequest, "", "Improper child kind")

// errOthersAlbum is the error for a change of an album that belongs to another customer.
var errOthersAlbum = front(http.StatusForbidden, "Insufficient permissions granted for operation: updateChildren")

// collectable returns an error if a node cannot be put into an album.
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

// Album describes an album for [Drive.WriteAlbum].
type Album struct {
	Name string
	// OwnerID is the id of the customer who shares the album with the account. If it is empty, the
	// album belongs to the account.
	OwnerID string
	// Shared makes the album visible to others. An album of another owner is always shared.
	Shared bool
	// Covers are the ids of the nodes that are shown as the album's cover. If it is empty, the
	// first member is the cover.
	Covers []string
}

// WriteAlbum makes an album with the files that have these ids, and returns the album's id.
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
