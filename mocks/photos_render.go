package mocks

import "github.com/acd-sdk/acd/mocks/internal/store"

// This file has the fields that a node of Photos has and a node of the classic drive does not have.

// appendParents writes the ids of the parents that are albums, or the ids of the other parents.
func appendParents(b []byte, n *store.Node, albums bool) []byte {
	b = append(b, '[')
	first := true
	for _, e := range n.Edges {
		if (e.Parent.Kind == store.Album) != albums {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = e.Parent.ID.Append(b)
		b = append(b, '"')
	}
	return append(b, ']')
}

// appendAlbums writes the ids of the albums that contain a node. The field parents has only its
// folders.
func appendAlbums(b []byte, n *store.Node) []byte {
	for _, e := range n.Edges {
		if e.Parent.Kind != store.Album {
			continue
		}
		b = append(b, `,"xAccntParents":`...)
		b = appendParents(b, n, true)
		b = append(b, `,"parentMap":{"FOLDER":`...)
		b = appendParents(b, n, false)
		b = append(b, `,"VISUAL_COLLECTION":`...)
		return append(appendParents(b, n, true), '}')
	}
	return b
}

// appendKind writes the fields that only one kind of node has: the covers of an album, the assets
// of a file, the type of an asset.
func appendKind(b []byte, n *store.Node) []byte {
	switch n.Kind {
	case store.Album:
		b = append(b, `,"collectionProperties":{"covers":[`...)
		for i, c := range covers(n) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"id":`...)
			b = appendString(b, c.ID.String())
			b = append(b, `,"ownerId":`...)
			b = appendString(b, ownerOf(c))
			b = append(b, `,"isDefault":`...)
			b = append(appendBool(b, len(n.Photo().Covers) == 0), '}')
		}
		b = append(b, "]}"...)
	case store.File:
		if n.Dir == nil || len(n.Dir.Children) == 0 {
			return b
		}
		b = append(b, `,"childAssetTypeInfo":[`...)
		for i, c := range n.Dir.Children {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"assetType":`...)
			b = append(appendString(b, c.Photo().AssetType), '}')
		}
		b = append(b, ']')
	case store.Asset:
		b = append(b, `,"assetProperties":{"assetType":`...)
		b = append(appendString(b, n.Photo().AssetType), '}')
	}
	return b
}

// covers returns the cover pictures of an album: the chosen ones, or if none was chosen the first
// member.
func covers(album *store.Node) []*store.Node {
	chosen := album.Photo().Covers
	var list []*store.Node
	for _, c := range album.Dir.Children {
		if !c.Status.Live() {
			continue
		}
		if len(chosen) == 0 {
			return []*store.Node{c}
		}
		for _, id := range chosen {
			if id == c.ID.String() {
				list = append(list, c)
			}
		}
	}
	return list
}

// ownerOf returns the id of the customer to whom a node belongs.
func ownerOf(n *store.Node) string {
	if id := n.More().OwnerID; id != "" {
		return id
	}
	return photosAccount
}
