package acd

import (
	"slices"

	"github.com/acd-sdk/acd/internal/wire"
)

// The fields that Amazon Photos adds to a node are known only from other clients. These clients
// have seen ids and types in two forms: a text, or an object that contains the text. So both forms
// are read.

func (d *nodeDecoder) collectionField(c *Collection, key []byte) bool {
	if string(key) != "covers" {
		return false
	}
	readList(d, &c.Covers, "covers", (*nodeDecoder).cover)
	return true
}

// cover reads a cover: an object, or only its id.
func (d *nodeDecoder) cover(c *Cover) {
	if d.scan.Next() == wire.Text {
		d.word(&c.ID, decorates)
		return
	}
	if d.expect(wire.Object, "an object", decorates) {
		readFields(d, c, (*nodeDecoder).coverField)
	}
}

func (d *nodeDecoder) coverField(c *Cover, key []byte) bool {
	switch string(key) {
	case "id":
		d.word(&c.ID, decorates)
	case "ownerId":
		d.word(&c.OwnerID, decorates)
	case "isDefault":
		d.truth(&c.IsDefault)
	default:
		return false
	}
	return true
}

// assetKind reads a type of asset: an object, or only the text of the type.
func (d *nodeDecoder) assetKind(k *AssetKind) {
	if d.scan.Next() == wire.Text {
		d.word(&k.AssetType, decorates)
		return
	}
	if d.expect(wire.Object, "an object", decorates) {
		readFields(d, k, (*nodeDecoder).assetKindField)
	}
}

func (d *nodeDecoder) assetKindField(k *AssetKind, key []byte) bool {
	if string(key) != "assetType" {
		return false
	}
	d.word(&k.AssetType, decorates)
	return true
}

// parentMapField reads the parents of one kind. Only albums are read, because the other kinds are
// also in other fields of the node.
func (d *nodeDecoder) parentMapField(albums *[]string, key []byte) bool {
	if string(key) != string(KindVisualCollection) {
		return false
	}
	d.albumIDs(albums)
	return true
}

// albumIDs adds the ids of albums to list, except those that it has already. Each is a text, or an
// object with an id.
func (d *nodeDecoder) albumIDs(list *[]string) {
	var albums []Cover // an album's id is in the same place as a cover's id
	readList(d, &albums, "albums", (*nodeDecoder).cover)
	for _, a := range albums {
		if a.ID != "" && !slices.Contains(*list, a.ID) {
			*list = append(*list, a.ID)
		}
	}
}

// readList reads a list of values that only decorate.
func readList[T any](d *nodeDecoder, list *[]T, name string, read func(*nodeDecoder, *T)) {
	*list = nil
	if !d.expect(wire.Array, "a list", decorates) {
		return
	}
	d.path = append(d.path, name)
	d.scan.Open()
	*list = []T{}
	for d.scan.More(']') {
		var v T
		read(d, &v)
		*list = append(*list, v)
	}
	d.path = d.path[:len(d.path)-1]
}
