package acd

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Kind is what a node is. The service may add others, which are kept as they come.
type Kind string

const (
	KindFile             Kind = "FILE"
	KindFolder           Kind = "FOLDER"
	KindAsset            Kind = "ASSET"             // a rendition of a file
	KindGroup            Kind = "GROUP"             //
	KindVisualCollection Kind = "VISUAL_COLLECTION" // an album of Amazon Photos
)

// Status is the state of a node. The service may add others, which are kept as they come.
type Status string

const (
	StatusAvailable Status = "AVAILABLE"
	StatusTrash     Status = "TRASH"
	StatusPurged    Status = "PURGED"  // gone; only seen in the change feed
	StatusPending   Status = "PENDING" // an upload that the service has not finished
)

// A Node is a file, a folder or something else on the drive, as the service
// described it at one moment. Its JSON form is the service's own.
type Node struct {
	ID string `json:"id"`
	// Name is the name in the caller's world; RawName is the drive's form of it
	// (see [WithNameEncoding]). Compare names without case, as the service does.
	Name    string `json:"name,omitzero"`
	RawName string `json:"-"`
	Kind    Kind   `json:"kind,omitzero"`
	Status  Status `json:"status,omitzero"`
	// Version grows by one with every change of the node or of its content.
	Version int64    `json:"version,omitzero"`
	ETag    string   `json:"eTagResponse,omitzero"`
	IsRoot  bool     `json:"isRoot,omitzero"`
	Parents []string `json:"parents,omitzero"` // ids; usually one, none for the root

	CreatedBy    string    `json:"createdBy,omitzero"` // the application, by its friendly name
	CreatedDate  time.Time `json:"createdDate,omitzero"`
	ModifiedDate time.Time `json:"modifiedDate,omitzero"` // set by the service; no client can set it

	Labels      []string `json:"labels,omitzero"`      // at most 10 of at most 256 characters
	Description string   `json:"description,omitzero"` // at most 500 characters
	// Properties are by owner (an application's friendly name), then by key. Only
	// the application's own are seen.
	Properties map[string]map[string]string `json:"properties,omitzero"`

	Restricted         bool              `json:"restricted,omitzero"` // only visible to the application that made it
	IsShared           bool              `json:"isShared,omitzero"`
	ExclusivelyTrashed bool              `json:"exclusivelyTrashed,omitzero"` // trashed itself
	RecursivelyTrashed bool              `json:"recursivelyTrashed,omitzero"` // trashed with a folder above it
	ContentProperties  ContentProperties `json:"contentProperties,omitzero"`
	// TempLink is a URL from which anyone can read the content for a while. It is
	// a secret, and only there when asked for.
	TempLink string   `json:"tempLink,omitzero"`
	Assets   []Node   `json:"assets,omitzero"` // renditions, only when asked for
	OwnerID  string   `json:"ownerId,omitzero"`
	Settings Settings `json:"settings,omitzero"`

	// The rest is only there with [WithPhotos].

	FamilyID   string     `json:"familyId,omitzero"` // of the family vault that the node is in
	Collection Collection `json:"collectionProperties,omitzero"`
	// AlbumParents are the ids of the albums that a node is in. An album is never among its Parents. The
	// service does not always tell: list an album's children to know what is in it.
	AlbumParents []string `json:"xAccntParents,omitzero"`
	// AssetKinds are the types of the assets that the node has as children, beyond renditions.
	AssetKinds      []AssetKind `json:"childAssetTypeInfo,omitzero"`
	AssetProperties AssetKind   `json:"assetProperties,omitzero"` // of a node of [KindAsset]

	// Warnings say which fields the service gave a value that is none, such as a date of
	// "0000-00-00". These fields are zero, or lack the part that is meant; the node is otherwise
	// whole. Each names the field and what was there, never the value. There are at most 16, and nil
	// almost always.
	Warnings []string `json:"-"`
}

// Settings are what Amazon Photos keeps with a node.
type Settings struct {
	Favorite bool `json:"favorite,omitzero"`
	Hidden   bool `json:"hidden,omitzero"`
}

// ContentProperties describe the content of a file. They are zero for a folder,
// and for a file that is still [StatusPending].
type ContentProperties struct {
	Version     int64     `json:"version,omitzero"` // 1 for the first content, one more with every overwrite
	Size        int64     `json:"size,omitzero"`    // bytes
	MD5         string    `json:"md5,omitzero"`     // lower-case hex
	ContentType string    `json:"contentType,omitzero"`
	Extension   string    `json:"extension,omitzero"` // without the dot
	ContentDate time.Time `json:"contentDate,omitzero"`
	Image       *Image    `json:"image,omitempty"`
	Video       *Video    `json:"video,omitempty"`
	Document    *Document `json:"document,omitempty"`
}

// IsFolder says whether the node is a folder.
func (n *Node) IsFolder() bool { return n.Kind == KindFolder }

// IsFile says whether the node is a file.
func (n *Node) IsFile() bool { return n.Kind == KindFile }

// Size is the size of a file's content in bytes, 0 for anything else.
func (n *Node) Size() int64 { return n.ContentProperties.Size }

// MD5 is the MD5 of a file's content in lower-case hex, "" if unknown.
func (n *Node) MD5() string { return n.ContentProperties.MD5 }

// HasParent says whether the node is in the folder with that id.
func (n *Node) HasParent(id string) bool { return slices.Contains(n.Parents, id) }

// LogValue leaves out what must not be logged.
func (n *Node) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", n.ID), slog.String("name", n.Name), slog.String("kind", string(n.Kind)))
}

// MarshalJSON writes the service's own form, with the drive's form of the name.
func (n Node) MarshalJSON() ([]byte, error) {
	type plain Node
	if n.RawName != "" {
		n.Name = n.RawName
	}
	return json.Marshal(plain(n))
}

// adopt makes a node that came from the service one of the caller's world.
// This is the one place where names are decoded.
func (c *Client) adopt(n *Node) *Node {
	c.logWarnings(n)
	n.RawName = n.Name
	n.Name = c.cfg.encoding.Decode(n.Name)
	n.Status = n.Status.exact()
	n.ContentProperties.MD5 = strings.ToLower(n.ContentProperties.MD5)
	for i := range n.Assets {
		c.adopt(&n.Assets[i])
	}
	return n
}

// logWarnings logs each field's first warning, once for a client: a fault of the service's is
// mostly in many nodes.
func (c *Client) logWarnings(n *Node) {
	for _, w := range n.Warnings {
		field, _, _ := strings.Cut(w, ":")
		if _, logged := c.warned.LoadOrStore(field, true); !logged {
			c.cfg.log.Warn("acd: a field of a node has no value that makes sense; further nodes with such a value are not logged",
				slog.String("field", w), slog.String("id", n.ID))
		}
	}
}

// exact is the status as the constants spell it: an old sample of the service's shows "Available".
func (s Status) exact() Status {
	switch known := Status(strings.ToUpper(string(s))); known {
	case StatusAvailable, StatusTrash, StatusPurged, StatusPending:
		return known
	}
	return s
}

// EncodeName returns a name of the caller's world as the drive has it: see [WithNameEncoding]. It is for calls that this
// package has no method for.
func (c *Client) EncodeName(name string) string { return c.cfg.encoding.Encode(name) }
