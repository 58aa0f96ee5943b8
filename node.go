package acd

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Kind is the kind of a node. The service may add other kinds; their values are kept unchanged.
type Kind string

const (
	KindFile             Kind = "FILE"
	KindFolder           Kind = "FOLDER"
	KindAsset            Kind = "ASSET" // a rendition of a file
	KindGroup            Kind = "GROUP"
	KindVisualCollection Kind = "VISUAL_COLLECTION" // an album of Amazon Photos
)

// Status is the state of a node. The service may add other states; their values are kept unchanged.
type Status string

const (
	StatusAvailable Status = "AVAILABLE"
	StatusTrash     Status = "TRASH"
	StatusPurged    Status = "PURGED"  // deleted for good; seen only in the change feed
	StatusPending   Status = "PENDING" // an upload that the service has not finished
)

// A Node is a file, a folder or something else on the drive, as the service described it at one
// moment. Its JSON form is that of the service.
type Node struct {
	ID string `json:"id"`
	// Name is the name in the caller's form; RawName is the name in the drive's form (see
	// [WithNameEncoding]). Compare names without case, as the service does.
	Name    string `json:"name,omitzero"`
	RawName string `json:"-"`
	Kind    Kind   `json:"kind,omitzero"`
	Status  Status `json:"status,omitzero"`
	// Version grows by one with every change of the node or of its content.
	Version int64    `json:"version,omitzero"`
	ETag    string   `json:"eTagResponse,omitzero"`
	IsRoot  bool     `json:"isRoot,omitzero"`
	Parents []string `json:"parents,omitzero"` // ids; usually one, none for the root

	CreatedBy    string    `json:"createdBy,omitzero"` // friendly name of the application
	CreatedDate  time.Time `json:"createdDate,omitzero"`
	ModifiedDate time.Time `json:"modifiedDate,omitzero"` // set by the service; no client can set it

	Labels      []string `json:"labels,omitzero"`      // at most 10 of at most 256 characters
	Description string   `json:"description,omitzero"` // at most 500 characters
	// Properties are grouped by owner (an application's friendly name), then by key. The service
	// shows an application only its own.
	Properties map[string]map[string]string `json:"properties,omitzero"`

	Restricted         bool              `json:"restricted,omitzero"` // visible only to the application that made it
	IsShared           bool              `json:"isShared,omitzero"`
	ExclusivelyTrashed bool              `json:"exclusivelyTrashed,omitzero"` // trashed directly
	RecursivelyTrashed bool              `json:"recursivelyTrashed,omitzero"` // trashed together with a folder above it
	ContentProperties  ContentProperties `json:"contentProperties,omitzero"`
	// TempLink is a URL from which anyone can read the content for a while. It is a secret. It is
	// set only if the call asked for it.
	TempLink string   `json:"tempLink,omitzero"`
	Assets   []Node   `json:"assets,omitzero"` // renditions; set only if the call asked for them
	OwnerID  string   `json:"ownerId,omitzero"`
	Settings Settings `json:"settings,omitzero"`

	// The following fields are set only with [WithPhotos].

	FamilyID   string     `json:"familyId,omitzero"` // id of the family vault that contains the node
	Collection Collection `json:"collectionProperties,omitzero"`
	// AlbumParents are the ids of the albums that contain the node. Album ids are never in Parents.
	// The service does not always send them: to know what an album contains, list its children.
	AlbumParents []string `json:"xAccntParents,omitzero"`
	// AssetKinds are the types of the assets that the node has as children, in addition to
	// renditions.
	AssetKinds []AssetKind `json:"childAssetTypeInfo,omitzero"`
	// AssetKind has the AssetType of a node of [KindAsset]: what the node is for the file that it belongs to.
	AssetKind `json:"assetProperties,omitzero"`

	// Warnings say which fields had an invalid value, such as a date of "0000-00-00". Such a field
	// is zero, or only the invalid part of it is missing; the rest of the node is complete. Each
	// warning names the field and the kind of value that was there, never the value itself. There
	// are at most 16. Warnings is nil almost always.
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
	Version     int64     `json:"version,omitzero"` // 1 for the first content; each overwrite adds one
	Size        int64     `json:"size,omitzero"`    // bytes
	MD5         string    `json:"md5,omitzero"`     // lower-case hex
	ContentType string    `json:"contentType,omitzero"`
	Extension   string    `json:"extension,omitzero"` // without the dot
	ContentDate time.Time `json:"contentDate,omitzero"`
	Image       *Image    `json:"image,omitempty"`
	Video       *Video    `json:"video,omitempty"`
	Document    *Document `json:"document,omitempty"`
}

// IsFolder reports whether the node is a folder.
func (n *Node) IsFolder() bool { return n.Kind == KindFolder }

// IsFile reports whether the node is a file.
func (n *Node) IsFile() bool { return n.Kind == KindFile }

// Size returns the size of a file's content in bytes, and 0 for anything else.
func (n *Node) Size() int64 { return n.ContentProperties.Size }

// MD5 returns the MD5 of a file's content in lower-case hex, or "" if it is unknown.
func (n *Node) MD5() string { return n.ContentProperties.MD5 }

// HasParent reports whether the node is in the folder with that id.
func (n *Node) HasParent(id string) bool { return slices.Contains(n.Parents, id) }

// LogValue returns only the id, name and kind of the node: other fields may be secret.
func (n *Node) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", n.ID), slog.String("name", n.Name), slog.String("kind", string(n.Kind)))
}

// MarshalJSON writes the JSON form of the service, with the name in the drive's form.
func (n Node) MarshalJSON() ([]byte, error) {
	type plain Node
	if n.RawName != "" {
		n.Name = n.RawName
	}
	return json.Marshal(plain(n))
}

// adopt completes a node that came from the service: it sets the name in the caller's form and
// normalizes status and MD5. It is the one place where names are decoded.
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

// logWarnings logs the first warning for each field, once per client. If the service has such a
// fault, many nodes have it.
func (c *Client) logWarnings(n *Node) {
	for _, w := range n.Warnings {
		field, _, _ := strings.Cut(w, ":")
		if _, logged := c.warned.LoadOrStore(field, true); !logged {
			c.cfg.log.Warn("acd: a field of a node has no value that makes sense; further nodes with such a value are not logged",
				slog.String("field", w), slog.String("id", n.ID))
		}
	}
}

// exact returns the status in the spelling of the constants. An old sample of the service's has
// "Available".
func (s Status) exact() Status {
	switch known := Status(strings.ToUpper(string(s))); known {
	case StatusAvailable, StatusTrash, StatusPurged, StatusPending:
		return known
	}
	return s
}

// EncodeName returns a name in the drive's form: see [WithNameEncoding]. Use it with [Client.Do],
// for calls for which this package has no method.
func (c *Client) EncodeName(name string) string { return c.cfg.encoding.Encode(name) }
