package export

import (
	"bufio"
	"io"
	"path"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// manifestName is the file that says about each original what the service knew.
const manifestName = "manifest.jsonl"

// line is what the manifest says of one original.
type line struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Path        string   `json:"path,omitempty"`
	DuplicateOf string   `json:"duplicateOf,omitempty"` // the id of a photo with equal content, whose path this is
	LiveVideoOf string   `json:"liveVideoOf,omitempty"` // the id of the photo
	Taken       string   `json:"taken,omitempty"`       // the camera's wall clock
	Uploaded    string   `json:"uploaded,omitempty"`    // if nobody knows when it was taken
	Size        int64    `json:"size"`
	MD5         string   `json:"md5,omitempty"`
	Type        string   `json:"type,omitempty"`
	Favorite    bool     `json:"favorite,omitempty"`
	Hidden      bool     `json:"hidden,omitempty"`
	Albums      []string `json:"albums,omitempty"`
	Owner       string   `json:"owner,omitempty"`
	Unverified  bool     `json:"unverified,omitempty"` // there was no MD5 to compare
	Gone        bool     `json:"gone,omitempty"`       // from the library, after it was exported
	Skipped     string   `json:"skipped,omitempty"`
	Failed      string   `json:"failed,omitempty"`
	Missing     bool     `json:"missing,omitempty"` // not downloaded yet
}

func (e *exporter) writeManifest() error {
	if e.root == nil {
		return nil
	}
	return atomicfile.WriteIn(e.root, manifestName, path.Join(stateDir, manifestName+".new"), func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, n := range e.state.sorted(func(n *entry) bool { return n.listed || n.Path != "" || n.Of != "" }) {
			if err := writeLine(b, e.lineOf(n)); err != nil {
				return err
			}
		}
		return b.Flush()
	})
}

func (e *exporter) lineOf(n *entry) line {
	l := line{
		ID: n.ID, Name: n.Name, Path: n.Path, DuplicateOf: n.Of, LiveVideoOf: n.Still, Size: n.Size, MD5: n.MD5, Type: n.Type,
		Favorite: n.Favorite, Hidden: n.Hidden, Albums: n.Albums, Owner: n.Owner, Unverified: n.Unverified, Gone: n.Gone, Skipped: n.left, Failed: n.failure,
	}
	if file := e.fileOf(n); file != nil {
		l.Path, l.Missing = file.Path, !file.Present && n.left == ""
	}
	when := n.taken().Format("2006-01-02T15:04:05")
	if n.Dated {
		l.Taken = when
	} else {
		l.Uploaded = when + "Z"
	}
	if n.Taken == (time.Time{}).Unix() {
		l.Uploaded = ""
	}
	return l
}
