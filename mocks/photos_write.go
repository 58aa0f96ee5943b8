package mocks

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// Photo is what Photos knows of a file. The zero value is a picture without a date: only the time
// of its upload is known.
type Photo struct {
	// ContentDate is the text of contentProperties.contentDate. It may have a Z, an offset, or no
	// zone ("2019-08-12T10:11:12").
	ContentDate string
	// Taken is the text of contentProperties.image.dateTimeOriginal.
	Taken string
	// Uploaded is createdDate. A zero time means now.
	Uploaded time.Time

	Width, Height    int // of the original; if zero, they come from the content, if it can be decoded
	Favorite, Hidden bool
	NoMD5            bool     // the node has no MD5
	People           []string // the ids of face clusters
	Things           []string
	Location         string // such as "DEU#BE#Berlin"
	// OwnerID is the id of the customer who shares the file with the account. If it is empty, the
	// file belongs to the account.
	OwnerID string
	// Group is the id of the group in which the file is shared, or "family". Searches in that
	// context find the file.
	Group string
}

// errNotPhotos is the error if a test calls a method of Photos on a classic drive.
var errNotPhotos = errors.New("mocks: only a drive made with WithPhotos has this")

// WritePhoto makes a file as Photos would have made it, and the missing folders above it. It
// returns the file's id. The extension of the name sets the type: .jpg, .heic, .dng, .mp4. An
// existing file is overwritten.
func (d *Drive) WritePhoto(path string, data []byte, p Photo) (id string, err error) {
	if !d.opt.dialect.Photos {
		return "", errNotPhotos
	}
	if id, err = d.WriteFile(path, data); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.walk(path)
	if n == nil {
		return "", &fs.PathError{Op: "write", Path: path, Err: fs.ErrNotExist}
	}
	p.apply(n)
	d.store.Publish(n)
	return id, nil
}

// apply sets on a node what Photos knows of the file.
func (p *Photo) apply(n *store.Node) {
	if !p.Uploaded.IsZero() {
		n.Created = p.Uploaded.UnixMilli()
		n.Modified = n.Created
	}
	x := n.Edit()
	x.ContentDate, x.OwnerID = p.ContentDate, p.OwnerID
	if p.Width > 0 && p.Height > 0 {
		x.Picture = store.Picture{Width: p.Width, Height: p.Height}
	}
	x.Settings = map[string]bool{"favorite": p.Favorite, "hidden": p.Hidden}
	x.Photo = &store.Photo{
		Made: true, NoMD5: p.NoMD5, Taken: p.Taken, People: slices.Clone(p.People), Things: slices.Clone(p.Things),
		Location: p.Location, Group: p.Group, Shared: p.OwnerID != "",
	}
}

// WriteLivePhoto makes a live photo: a still picture, and a video that is its child. The video has
// kind ASSET. Only the listing of the still picture's children shows it; no other listing and no
// search does. Its name is the name of the still picture with the extension .mov. WriteLivePhoto
// returns both ids.
func (d *Drive) WriteLivePhoto(path string, still, video []byte, p Photo) (stillID, videoID string, err error) {
	if stillID, err = d.WritePhoto(path, still, p); err != nil {
		return "", "", err
	}
	in, err := d.take(bytes.NewReader(video), int64(len(video)))
	if err != nil {
		return "", "", fmt.Errorf("mocks: live photo %s: %w", path, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.store.Intern(in.sink, in.key())
	if err != nil {
		return "", "", fmt.Errorf("mocks: live photo %s: %w", path, err)
	}
	asset := d.addLiveVideo(d.walk(path), ids.Node{}, b)
	return stillID, asset.ID.String(), nil
}

// addLiveVideo makes a content the live video of a still picture. The caller holds Drive.mu.
func (d *Drive) addLiveVideo(still *store.Node, id ids.Node, b *store.Blob) *store.Node {
	name := still.Name
	if ext := store.Extension(name); ext != "" {
		name = name[:len(name)-len(ext)-1]
	}
	asset := d.store.NewNode(store.Asset, name+".mov", id, time.UnixMilli(still.Created))
	asset.EditPhoto().AssetType = "LIVE_VIDEO"
	asset.EditPhoto().Made = true
	asset.Edit().ContentDate = still.More().ContentDate
	d.store.AddAsset(still, asset)
	d.store.SetBlob(asset, b, contentType(asset.Name, ""))
	asset.ContentVersion = 1
	asset.Version++
	d.store.Publish(asset)
	return asset
}
