package store

// Photo is what only Amazon Photos knows of a node.
type Photo struct {
	// Made says that Photos made the node: callers of the first resource version do not find it.
	Made bool `json:"made,omitzero"`
	// NoMD5 leaves the MD5 out of the node.
	NoMD5 bool `json:"noMd5,omitzero"`
	// Taken is the image's dateTimeOriginal, as it is written.
	Taken     string   `json:"taken,omitzero"`
	People    []string `json:"people,omitempty"` // the ids of their clusters
	Things    []string `json:"things,omitempty"`
	Location  string   `json:"location,omitzero"`
	AssetType string   `json:"assetType,omitzero"` // of an asset
	Covers    []string `json:"covers,omitempty"`   // of an album: the ids of the nodes; empty: the first member
	Shared    bool     `json:"shared,omitzero"`
	Group     string   `json:"group,omitzero"`   // the group, or "family", through which another owner shares it
	Indexed   int64    `json:"indexed,omitzero"` // Unix milliseconds from which the media search knows it; 0: always
}

var noPhoto Photo

// Photo is what Photos knows of n, for reading.
func (n *Node) Photo() *Photo {
	if p := n.More().Photo; p != nil {
		return p
	}
	return &noPhoto
}

// EditPhoto is what Photos knows of n, for writing.
func (n *Node) EditPhoto() *Photo {
	x := n.Edit()
	if x.Photo == nil {
		x.Photo = new(Photo)
	}
	return x.Photo
}

// OnlyV2 says that callers of the first resource version do not find n.
func (n *Node) OnlyV2() bool {
	return n.Kind == Album || n.Kind == Asset || n.Photo().Made
}

// Holder says that n is a folder or an album: files may be put into it by its callers.
func (n *Node) Holder() bool { return n.Kind == Folder || n.Kind == Album }

// AddAsset makes child an asset of a file, such as the video of a live photo.
func (s *Store) AddAsset(file, child *Node) {
	file.makeRoom()
	s.Link(child, file)
}

// makeRoom lets a file have assets.
func (n *Node) makeRoom() {
	if n.Dir == nil {
		n.Dir = directoryOf(n.Kind)
	}
}
