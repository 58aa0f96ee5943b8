package store

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// record is a node as it is written to disk.
type record struct {
	ID             string                       `json:"id"`
	Root           bool                         `json:"root,omitzero"`
	Name           string                       `json:"name,omitzero"`
	Kind           Kind                         `json:"kind"`
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
	CreatedBy      string                       `json:"createdBy,omitzero"`
	OwnerID        string                       `json:"ownerId,omitzero"`
	Restricted     bool                         `json:"restricted,omitzero"`
	OfStranger     bool                         `json:"ofStranger,omitzero"`
	Photo          *Photo                       `json:"photo,omitempty"`
	Generator      *blob.Generator              `json:"generator,omitempty"` // the generator that makes the content
}

type recordEdge struct {
	ID  string `json:"id"`
	Seq uint64 `json:"seq"`
}

func (s *Store) record(n *Node) *record {
	x := n.More()
	r := &record{
		ID: n.ID.String(), Root: n == s.Root, Name: n.Name, Kind: n.Kind, Status: n.Status, TrashedItself: n.TrashedItself, Version: n.Version,
		ContentVersion: n.ContentVersion, Created: n.Created, Modified: n.Modified, Ord: n.ord, Seq: n.Seq, TrashOrd: n.trashOrd, Mime: n.MIME,
		Labels: x.Labels, Description: x.Description, Properties: x.Properties, Settings: x.Settings, ContentDate: x.ContentDate,
		LocalID: x.LocalID, Width: x.Picture.Width, Height: x.Picture.Height, HiddenUntil: x.HiddenUntil,
		CreatedBy: x.CreatedBy, OwnerID: x.OwnerID, Restricted: x.Restricted, OfStranger: x.ofStranger,
	}
	r.Photo = x.Photo
	for _, e := range n.Edges {
		r.Parents = append(r.Parents, recordEdge{e.Parent.ID.String(), e.seq})
	}
	if n.Blob != nil {
		r.MD5, r.Size = hex.EncodeToString(n.Blob.MD5[:]), n.Blob.Size
		if g, ok := n.Blob.Data.(blob.Generator); ok {
			r.Generator = &g
		}
	}
	return r
}

// persist writes the state of a node to disk. After that it removes the contents that no node has.
func (s *Store) persist(n *Node) {
	if s.disk != nil {
		s.disk.write(s.record(n))
	}
	for _, key := range s.garbage {
		if s.blobs[key.MD5] == nil {
			s.Contents.Remove(key)
		}
	}
	s.garbage = s.garbage[:0]
}

// rebuild makes all nodes from their records, and everything that follows from the nodes.
func (s *Store) rebuild(records map[string]*record) error {
	type link struct {
		n      *Node
		parent string
		seq    uint64
	}
	var links []link
	purged := map[string]*Node{}
	for _, r := range records {
		n, err := s.revive(r)
		if err != nil {
			return fmt.Errorf("node %s: %w", r.ID, err)
		}
		s.Seq, s.ord, s.trashOrd = max(s.Seq, n.Seq), max(s.ord, n.ord), max(s.trashOrd, n.trashOrd)
		s.Feed.Log = append(s.Feed.Log, change{n.Seq, n})
		if n.Status == Purged {
			purged[r.ID] = n
			s.Feed.purged = append(s.Feed.purged, n)
			continue
		}
		for _, e := range r.Parents {
			links = append(links, link{n, e.ID, e.Seq})
		}
	}
	slices.SortFunc(s.Feed.Log, func(a, b change) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(s.Feed.purged, func(a, b *Node) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(s.Nodes, func(a, b *Node) int { return cmp.Compare(a.ord, b.ord) })
	slices.SortFunc(s.Trashed, func(a, b *Node) int { return cmp.Compare(a.trashOrd, b.trashOrd) })
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.seq, b.seq) })
	for _, l := range links {
		id, _ := ids.Parse(l.parent)
		parent := s.ByID[id]
		if parent == nil && purged[l.parent] != nil {
			continue // the purge of the parent was written, but not the change of this node that followed
		}
		if parent != nil && l.n.Kind == Asset {
			parent.makeRoom()
		}
		if parent == nil || parent.Dir == nil {
			return fmt.Errorf("node %s: no such parent: %s", l.n.ID, l.parent)
		}
		s.linkAt(l.n, parent, l.seq)
		s.edgeSeq = max(s.edgeSeq, l.seq)
	}
	if len(records) > 0 && s.Root == nil {
		return errors.New("there is no root")
	}
	return nil
}

// revive makes one node from its record.
func (s *Store) revive(r *record) (*Node, error) {
	id, ok := ids.Parse(r.ID)
	if !ok || r.Kind > Asset || r.Status > Purged {
		return nil, errors.New("malformed")
	}
	n := s.bare(r, id)
	if r.Status == Purged {
		return n, nil
	}
	if r.Status == Pending {
		n.Status = Available // the content is stored, so the node is not PENDING any more
	}
	if r.Kind == Folder || r.Kind == Album {
		n.Dir = directoryOf(r.Kind)
	}
	s.register(n)
	if r.Root {
		s.Root = n
	}
	if n.TrashedItself {
		s.Trashed = append(s.Trashed, n)
	}
	if r.LocalID != "" {
		s.LocalIDs[r.LocalID] = n
	}
	if r.HiddenUntil > 0 {
		s.At(time.UnixMilli(r.HiddenUntil), func(time.Time) { s.Publish(n) })
	}
	if r.Kind == Folder || r.Kind == Album {
		return n, nil
	}
	return n, s.reviveContent(n, r)
}

// reviveContent gives a node its content back.
func (s *Store) reviveContent(n *Node, r *record) error {
	key := blob.Key{Size: r.Size}
	if k, err := hex.Decode(key.MD5[:], []byte(r.MD5)); err != nil || k != len(key.MD5) {
		return errors.New("no MD5")
	}
	b := s.blobs[key.MD5]
	if b == nil {
		data, err := s.openContent(key, r.Generator)
		if err != nil {
			return err
		}
		b = &Blob{Key: key, Data: data}
		s.blobs[key.MD5] = b
	}
	s.SetBlob(n, b, r.Mime)
	return nil
}

// openContent returns a content that was stored, or that a generator makes.
func (s *Store) openContent(key blob.Key, g *blob.Generator) (blob.Source, error) {
	if g != nil {
		return *g, nil
	}
	return s.Contents.Open(key)
}

// bare returns the node with those values that its record alone contains.
func (s *Store) bare(r *record, id ids.Node) *Node {
	n := &Node{
		ID: id, Name: r.Name, Lower: lowered(r.Name), Kind: r.Kind, Status: r.Status, TrashedItself: r.TrashedItself, Version: r.Version,
		ContentVersion: r.ContentVersion, Created: r.Created, Modified: r.Modified, ord: r.Ord, Seq: r.Seq, trashOrd: r.TrashOrd, MIME: r.Mime,
	}
	x := extra{
		Labels: r.Labels, Description: r.Description, Properties: r.Properties, Settings: r.Settings, ContentDate: r.ContentDate,
		LocalID: r.LocalID, Picture: Picture{r.Width, r.Height}, HiddenUntil: r.HiddenUntil,
		CreatedBy: r.CreatedBy, OwnerID: r.OwnerID, Restricted: r.Restricted, ofStranger: r.OfStranger, Photo: r.Photo,
	}
	if len(r.Labels) > 0 || r.Properties != nil || r.Settings != nil || r.HiddenUntil > 0 || r.Width > 0 || r.Restricted || r.Photo != nil ||
		r.Description+r.ContentDate+r.LocalID+r.CreatedBy+r.OwnerID != "" {
		n.Extra = &x
	}
	return n
}
