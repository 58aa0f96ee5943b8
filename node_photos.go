package acd

import "slices"

// Collection describes an album of Amazon Photos, in addition to the other fields of its node.
type Collection struct {
	Covers []Cover `json:"covers,omitzero"`
}

// A Cover is a photo or a video that is shown as the picture of an album.
type Cover struct {
	ID        string `json:"id,omitzero"`
	OwnerID   string `json:"ownerId,omitzero"`
	IsDefault bool   `json:"isDefault,omitzero"` // the service chose it, not a person
}

// AssetLiveVideo is the type of the video of a live photo. The photo has this type in its
// [Node.AssetKinds]. The video is a child of the photo, and this is its [Node.AssetType].
const AssetLiveVideo = "LIVE_VIDEO"

// An AssetKind is a type of asset. In [Node.AssetKinds] it says that the node has an asset of this
// type as a child.
type AssetKind struct {
	AssetType string `json:"assetType,omitzero"` // such as [AssetLiveVideo]; "" if the service does not say
}

// HasLiveVideo reports whether the node is the photo of a live photo.
func (n *Node) HasLiveVideo() bool { return slices.Contains(n.AssetKinds, AssetKind{AssetLiveVideo}) }

// InAlbum reports whether the node lists the album with that id among its albums. The service does
// not always send them: see [Node.AlbumParents].
func (n *Node) InAlbum(id string) bool { return slices.Contains(n.AlbumParents, id) }
