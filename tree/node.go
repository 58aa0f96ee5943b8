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
	Name     string // decoded, as the caller sees it
	RawName  string // as it is stored on the drive
	Kind     acd.Kind
	Status   acd.Status
	Parents  []string // ids, in the service's order; the tree may not know all of these nodes
	Size     int64    // bytes of content; 0 if the node is not a file
	MD5      string   // of the content in lower-case hex, "" if unknown
	Version  int64
	Modified time.Time // UTC, in milliseconds, as the service has it
	IsRoot   bool      // true for the root folder of the drive
}

// AsNode returns the node in the form that methods of the client take, for example downloads. So
// they need no request to read it. The result has only what the tree knows. These are zero: all
// dates except that of the last change, labels, properties, the version and type of the content,
// tempLink and renditions. If the content of the file has changed meanwhile, a download fails with
// [acd.ErrChanged] or [acd.ErrChecksum], as with any node that is out of date.
func (n Node) AsNode() *acd.Node {
	return &acd.Node{
		ID: n.ID, Name: n.Name, RawName: n.RawName, Kind: n.Kind, Status: n.Status, Parents: slices.Clone(n.Parents),
		Version: n.Version, ModifiedDate: n.Modified, IsRoot: n.IsRoot,
		ContentProperties: acd.ContentProperties{Size: n.Size, MD5: n.MD5},
	}
}

// IsFolder reports whether the node is a folder.
func (n Node) IsFolder() bool { return n.Kind == acd.KindFolder }

// IsFile reports whether the node is a file.
func (n Node) IsFile() bool { return n.Kind == acd.KindFile }

// A report is the part that the tree needs of what a change set says about one node. Its JSON form
// is that of the service.
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

// plainKind and plainStatus return constants for the usual values. So a million nodes share a few
// strings instead of holding one each.
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

// parseMD5 parses an MD5 in hex. ok is false for any other text.
func parseMD5(text string) (sum md5sum, ok bool) {
	if len(text) != hex.EncodedLen(len(sum)) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(text))
	return sum, err == nil
}

func (s md5sum) String() string { return hex.EncodeToString(s[:]) }
