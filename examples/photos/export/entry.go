package export

import (
	"strings"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

// An entry is one original, of which the state remembers what has become of it. Its JSON form is a line of the journal.
type entry struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Still   string `json:"still,omitempty"` // of a live video: the id of the photo that it belongs to
	MD5     string `json:"md5,omitempty"`
	Size    int64  `json:"size"`
	Version int64  `json:"version,omitempty"` // of the content
	Type    string `json:"type,omitempty"`    // such as image/jpeg
	Taken   int64  `json:"taken"`             // seconds since 1970 of the wall clock in UTC fields
	Dated   bool   `json:"dated,omitempty"`   // Taken is when it was taken, and not when it was uploaded

	Path string `json:"path,omitempty"` // with slashes; once given it never changes
	// Of is the id of an entry with equal content, which has the file of both.
	Of      string `json:"of,omitempty"`
	Present bool   `json:"present,omitempty"` // the file is there, whole
	// Unverified says that the service knows no MD5, so that only the size was compared.
	Unverified bool `json:"unverified,omitempty"`
	Versions   int  `json:"versions,omitempty"` // earlier contents that were kept
	Gone       bool `json:"gone,omitempty"`     // from the library since; the file stays

	// What the last listing that showed the entry said: a run that looks at one album only leaves it as it is.

	Favorite bool     `json:"favorite,omitempty"`
	Hidden   bool     `json:"hidden,omitempty"`
	Albums   []string `json:"albums,omitempty"`

	// Of the present listing only.

	pass    int // the last one that showed it; 0 is none
	listed  bool
	left    string // why it is left out, "" if it is not
	live    bool   // it has a live video
	failure string
}

// isWanted says whether this run is to have the entry's content.
func (n *entry) isWanted() bool { return n.listed && n.left == "" }

// taken is the wall clock of the capture, in UTC fields.
func (n *entry) taken() time.Time { return time.Unix(n.Taken, 0).UTC() }

// node is what a download needs to know.
func (n *entry) node() *acd.Node {
	kind := acd.KindFile
	if n.Still != "" {
		kind = acd.KindAsset
	}
	return &acd.Node{ID: n.ID, Name: n.Name, Kind: kind, OwnerID: n.Owner, ContentProperties: acd.ContentProperties{
		Size: n.Size, MD5: n.MD5, Version: n.Version, ContentType: n.Type,
	}}
}

// learn takes from a node what may have changed since. It says whether the content is another one. All texts of a node lie
// in one piece of memory, of which most is not needed here: what is kept is copied.
func (s *state) learn(n *entry, node *acd.Node) (changed bool) {
	p := node.ContentProperties
	changed = n.Present && (n.MD5 != p.MD5 && n.MD5 != "" && p.MD5 != "" || n.Size != p.Size)
	taken, dated := photos.CaptureTime(node)
	n.Owner, n.Type = s.word(node.OwnerID), s.word(p.ContentType)
	n.Size, n.Version = p.Size, p.Version
	if n.Name != node.Name {
		n.Name = strings.Clone(node.Name)
	}
	if n.MD5 != p.MD5 {
		n.MD5 = strings.Clone(p.MD5)
	}
	if n.Path == "" { // else it is where it is
		n.Taken, n.Dated = taken.Unix(), dated
	}
	n.listed, n.Gone = true, false
	n.Favorite, n.Hidden, n.live = node.Settings.Favorite, node.Settings.Hidden, node.HasLiveVideo()
	return changed
}

// wanted says whether the options ask for a node.
func (o Options) wanted(n *entry, node *acd.Node) (left string) {
	taken := n.taken()
	switch {
	case node.Settings.Hidden && !o.Hidden:
		return "hidden (see -hidden)"
	case !o.From.IsZero() && taken.Before(o.From), !o.To.IsZero() && !taken.Before(o.To):
		return "outside -from and -to"
	}
	return ""
}
