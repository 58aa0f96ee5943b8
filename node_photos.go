package acd

import "slices"

// Collection is what an album of Amazon Photos has beyond other nodes.
type Collection struct {
	Covers []Cover `json:"covers,omitzero"`
}

// A Cover is a photo or a video that stands for its album.
type Cover struct {
	ID        string `json:"id,omitzero"`
	OwnerID   string `json:"ownerId,omitzero"`
	IsDefault bool   `json:"isDefault,omitzero"` // the service chose it, and not a person
}

// AssetLiveVideo is the type of a live photo's video: the still has it among its [Node.AssetKinds], and
// the video, which is a child of the still, as its [Node.AssetType].
const AssetLiveVideo = "LIVE_VIDEO"

// An AssetKind is a type of asset of which a node has one as a child.
type AssetKind struct {
	Type string `json:"assetType,omitzero"` // such as [AssetLiveVideo]
}

// AssetType is what a node of [KindAsset] is to the file that it belongs to, such as [AssetLiveVideo]; "" if
// the service does not say.
func (n *Node) AssetType() string { return n.AssetProperties.Type }

// HasLiveVideo says whether the node is the still of a live photo.
func (n *Node) HasLiveVideo() bool { return slices.Contains(n.AssetKinds, AssetKind{AssetLiveVideo}) }

// InAlbum says whether the node is in the album with that id, as far as the node tells: see [Node.AlbumParents].
func (n *Node) InAlbum(id string) bool { return slices.Contains(n.AlbumParents, id) }
