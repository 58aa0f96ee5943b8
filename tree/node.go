package tree

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
)

// A Node is what the tree knows about a node.
type Node struct {
	ID       string
	Name     string // in the caller's world
	RawName  string // as it is stored on the drive
	Kind     acd.Kind
	Status   acd.Status
	Parents  []string // ids, in the service's order; the tree may not know them all
	Size     int64    // bytes of content, 0 for anything but a file
	MD5      string   // of the content in lower-case hex, "" if unknown
	Version  int64
	Modified time.Time // UTC, in milliseconds, as the service counts
	IsRoot   bool      // the folder that everything is under
}

// AsNode is the node for those calls of the client that take one, such as downloads, so that they need no request to look it
// up. It has what the tree knows: all dates but that of the last change, labels, properties, the content's version and
// type, tempLink and renditions are zero. If the file has other content by now, a download is [acd.ErrChanged] or
// [acd.ErrChecksum], as with any node that is out of date.
func (n Node) AsNode() *acd.Node {
	return &acd.Node{
		ID: n.ID, Name: n.Name, RawName: n.RawName, Kind: n.Kind, Status: n.Status, Parents: slices.Clone(n.Parents),
		Version: n.Version, ModifiedDate: n.Modified, IsRoot: n.IsRoot,
		ContentProperties: acd.ContentProperties{Size: n.Size, MD5: n.MD5},
	}
}

// IsFolder says whether the node is a folder.
func (n Node) IsFolder() bool { return n.Kind == acd.KindFolder }

// IsFile says whether the node is a file.
func (n Node) IsFile() bool { return n.Kind == acd.KindFile }

// A report is what a change set says of one node, as far as the tree keeps it.
// Its JSON form is the service's own.
type report struct {
	ID       string     `json:"id"`
	Name     string     `json:"name,omitzero"` // the drive's form
	Kind     acd.Kind   `json:"kind,omitzero"`
	Status   acd.Status `json:"status,omitzero"`
	Version  int64      `json:"version,omitzero"`
	IsRoot   bool       `json:"isRoot,omitzero"`
	Parents  []string   `json:"parents,omitzero"`
	Modified time.Time  `json:"modifiedDate,omitzero"`
	Content  content    `json:"contentProperties,omitzero"`
}

type content struct {
	Size int64  `json:"size,omitzero"`
	MD5  string `json:"md5,omitzero"`
}

func reportOf(n *acd.Node) report {
	name := n.RawName
	if name == "" {
		name = n.Name
	}
	return report{
		ID: n.ID, Name: name, Kind: n.Kind, Status: n.Status, Version: n.Version, IsRoot: n.IsRoot,
		Parents: n.Parents, Modified: n.ModifiedDate, Content: content{n.Size(), n.MD5()},
	}
}

// plainKind and plainStatus return constants for the usual values, so that a
// million nodes do not each keep a text of their own.
func plainKind(k acd.Kind) acd.Kind {
	for _, known := range [...]acd.Kind{acd.KindFile, acd.KindFolder, acd.KindAsset, acd.KindGroup, acd.KindVisualCollection} {
		if k == known {
			return known
		}
	}
	return k
}

func plainStatus(s acd.Status) acd.Status {
	for _, known := range [...]acd.Status{acd.StatusAvailable, acd.StatusTrash, acd.StatusPurged, acd.StatusPending} {
		if strings.EqualFold(string(s), string(known)) {
			return known
		}
	}
	return s
}

type md5sum [16]byte

// parseMD5 reads a sum in hex. Anything else is no sum.
func parseMD5(text string) (sum md5sum, ok bool) {
	if len(text) != hex.EncodedLen(len(sum)) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(text))
	return sum, err == nil
}

func (s md5sum) String() string { return hex.EncodeToString(s[:]) }
