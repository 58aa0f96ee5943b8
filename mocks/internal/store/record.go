package mocks

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// record is a node as it is written down.
type record struct {
	ID             string                       `json:"id"`
	Root           bool                         `json:"root,omitzero"`
	Name           string                       `json:"name,omitzero"`
	Kind           kind                         `json:"kind"`
	Status         status                       `json:"status"`
	TrashedItself  bool                         `json:"trashedItself,omitzero"`
	Version        int64                        `json:"version"`
	ContentVersion int64                        `json:"contentVersion,omitzero"`
	Created        int64                        `json:"created,omitzero"`
	Modified       int64                        `json:"modified,omitzero"`
	Ord            uint64                       `json:"ord,omitzero"`
	Seq            uint64                       `json:"seq"`
	TrashOrd       uint64                       `json:"trashOrd,omitzero"`
	Parents        []recordEdge                 `json:"parents,omitempty"`
	MD5            string                       `json:"md5,omitzero"`
	Size           int64                        `json:"size,omitzero"`
	Mime           string                       `json:"mime,omitzero"`
	Labels         []string                     `json:"labels,omitempty"`
	Description    string                       `json:"description,omitzero"`
	Properties     map[string]map[string]string `json:"properties,omitempty"`
	Settings       map[string]bool              `json:"settings,omitempty"`
	ContentDate    string                       `json:"contentDate,omitzero"`
	LocalID        string                       `json:"localId,omitzero"`
	Width          int                          `json:"width,omitzero"`
	Height         int                          `json:"height,omitzero"`
	HiddenUntil    int64                        `json:"hiddenUntil,omitzero"`
}

type recordEdge struct {
	ID  string `json:"id"`
	Seq uint64 `json:"seq"`
}

func (d *store) record(n *node) *record {
	x := n.more()
	r := &record{
		ID: n.id.String(), Root: n == d.root, Name: n.name, Kind: n.kind, Status: n.status, TrashedItself: n.trashedItself, Version: n.version,
		ContentVersion: n.contentVersion, Created: n.created, Modified: n.modified, Ord: n.ord, Seq: n.seq, TrashOrd: n.trashOrd, Mime: n.mime,
		Labels: x.labels, Description: x.description, Properties: x.properties, Settings: x.settings, ContentDate: x.contentDate,
		LocalID: x.localID, Width: x.picture.width, Height: x.picture.height, HiddenUntil: x.hiddenUntil,
	}
	for _, e := range n.edges {
		r.Parents = append(r.Parents, recordEdge{e.parent.id.String(), e.seq})
	}
	if n.blob != nil {
		r.MD5, r.Size = hex.EncodeToString(n.blob.md5[:]), n.blob.size
	}
	return r
}

// persist writes down what has become of a node, and only then lets go of contents that no node has.
func (d *store) persist(n *node) {
	if d.disk != nil {
		d.disk.write(d.record(n))
	}
	for _, key := range d.garbage {
		if d.blobs[key.md5] == nil {
			d.contents.remove(key)
		}
	}
	d.garbage = d.garbage[:0]
}

// rebuild makes the nodes and all that is derived from them.
func (d *store) rebuild(records map[string]*record) error {
	type link struct {
		n      *node
		parent string
		seq    uint64
	}
	var links []link
	purged := map[string]*node{}
	for _, r := range records {
		n, err := d.revive(r)
		if err != nil {
			return fmt.Errorf("node %s: %w", r.ID, err)
		}
		d.seq, d.ord, d.trashOrd = max(d.seq, n.seq), max(d.ord, n.ord), max(d.trashOrd, n.trashOrd)
		d.feed.log = append(d.feed.log, change{n.seq, n})
		if n.status == statusPurged {
			purged[r.ID] = n
			d.feed.purged = append(d.feed.purged, n)
			continue
		}
		for _, e := range r.Parents {
			links = append(links, link{n, e.ID, e.Seq})
		}
	}
	slices.SortFunc(d.feed.log, func(a, b change) int { return cmp.Compare(a.seq, b.seq) })
	slices.SortFunc(d.feed.purged, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
	slices.SortFunc(d.nodes, func(a, b *node) int { return cmp.Compare(a.ord, b.ord) })
	slices.SortFunc(d.trashed, func(a, b *node) int { return cmp.Compare(a.trashOrd, b.trashOrd) })
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.seq, b.seq) })
	for _, l := range links {
		id, _ := parseID(l.parent)
		parent := d.byID[id]
		if parent == nil && purged[l.parent] != nil {
			continue // the parent's purge was written, this node's loss of it was not
		}
		if parent == nil || parent.dir == nil {
			return fmt.Errorf("node %s: no such parent: %s", l.n.id, l.parent)
		}
		d.linkAt(l.n, parent, l.seq)
		d.edgeSeq = max(d.edgeSeq, l.seq)
	}
	if len(records) > 0 && d.root == nil {
		return errors.New("there is no root")
	}
	return nil
}

// revive makes one node of its record.
func (d *store) revive(r *record) (*node, error) {
	id, ok := parseID(r.ID)
	if !ok || r.Kind > kindAlbum || r.Status > statusPurged {
		return nil, errors.New("malformed")
	}
	n := d.bare(r, id)
	if r.Status == statusPurged {
		return n, nil
	}
	if r.Status == statusPending {
		n.status = statusAvailable // it was stored; nothing is pending any more
	}
	if r.Kind != kindFile {
		n.dir = &folder{}
	}
	d.register(n)
	if r.Root {
		d.root = n
	}
	if n.trashedItself {
		d.trashed = append(d.trashed, n)
	}
	if r.LocalID != "" {
		d.localIDs[r.LocalID] = n
	}
	if r.HiddenUntil > 0 {
		d.at(time.UnixMilli(r.HiddenUntil), func(time.Time) { d.publish(n) })
	}
	if r.Kind != kindFile {
		return n, nil
	}
	key := blobKey{size: r.Size}
	if k, err := hex.Decode(key.md5[:], []byte(r.MD5)); err != nil || k != len(key.md5) {
		return nil, errors.New("no MD5")
	}
	b := d.blobs[key.md5]
	if b == nil {
		data, err := d.contents.open(key)
		if err != nil {
			return nil, err
		}
		b = &blob{blobKey: key, data: data}
		d.blobs[key.md5] = b
	}
	d.setBlob(n, b, r.Mime)
	return n, nil
}

// bare is what of a node stands in its record alone.
func (d *store) bare(r *record, id nodeID) *node {
	n := &node{
		id: id, name: r.Name, lower: lowered(r.Name), kind: r.Kind, status: r.Status, trashedItself: r.TrashedItself, version: r.Version,
		contentVersion: r.ContentVersion, created: r.Created, modified: r.Modified, ord: r.Ord, seq: r.Seq, trashOrd: r.TrashOrd, mime: r.Mime,
	}
	x := extra{
		labels: r.Labels, description: r.Description, properties: r.Properties, settings: r.Settings, contentDate: r.ContentDate,
		localID: r.LocalID, picture: picture{r.Width, r.Height}, hiddenUntil: r.HiddenUntil,
	}
	if len(r.Labels) > 0 || r.Properties != nil || r.Settings != nil || r.HiddenUntil > 0 || r.Width > 0 || r.Description+r.ContentDate+r.LocalID != "" {
		n.extra = &x
	}
	return n
}
