package store

// Photo has the values of a node that only Amazon Photos knows.
type Photo struct {
	// Made means that Photos made the node. Callers who do not ask for resourceVersion V2 do not
	// find it.
	Made bool `json:"made,omitzero"`
	// NoMD5 leaves the MD5 out of the node.
	NoMD5 bool `json:"noMd5,omitzero"`
	// Taken is the text of the image's dateTimeOriginal.
	Taken     string   `json:"taken,omitzero"`
	People    []string `json:"people,omitempty"` // the ids of face clusters
	Things    []string `json:"things,omitempty"`
	Location  string   `json:"location,omitzero"`
	AssetType string   `json:"assetType,omitzero"` // of an asset
	Covers    []string `json:"covers,omitempty"`   // of an album: the ids of its cover nodes; empty: the first member
	Shared    bool     `json:"shared,omitzero"`
	Group     string   `json:"group,omitzero"`   // the group, or "family", in which the node is shared
	Indexed   int64    `json:"indexed,omitzero"` // Unix milliseconds from which the media search finds the node; 0: always
}

var noPhoto Photo

// Photo returns the values of n that Photos knows. The caller must not change them.
func (n *Node) Photo() *Photo {
	if p := n.More().Photo; p != nil {
		return p
	}
	return &noPhoto
}

// EditPhoto returns the values of n that Photos knows. The caller may change them.
func (n *Node) EditPhoto() *Photo {
	x := n.Edit()
	if x.Photo == nil {
		x.Photo = new(Photo)
	}
	return x.Photo
}

// OnlyV2 reports whether only callers who ask for resourceVersion V2 find n.
func (n *Node) OnlyV2() bool {
	return n.Kind == Album || n.Kind == Asset || n.Photo().Made
}

// Holder reports whether n is a folder or an album. Clients can put files only into these.
func (n *Node) Holder() bool { return n.Kind == Folder || n.Kind == Album }

// AddAsset makes child an asset of a file, such as the video of a live photo.
func (s *Store) AddAsset(file, child *Node) {
	file.makeRoom()
	s.Link(child, file)
}

// makeRoom makes it possible for a file to have assets.
func (n *Node) makeRoom() {
	if n.Dir == nil {
		n.Dir = directoryOf(n.Kind)
	}
}
