package acd

import (
	"slices"

	"github.com/acd-sdk/acd/internal/wire"
)

// What Amazon Photos adds to a node is known from other clients only. Ids and types are therefore read in each
// form that any of them has seen: a text, or an object that holds it.

func (d *nodeDecoder) collectionField(c *Collection, key []byte) bool {
	if string(key) != "covers" {
		return false
	}
	readList(d, &c.Covers, "covers", (*nodeDecoder).cover)
	return true
}

// cover reads a cover, or the id of one.
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

// assetKind reads a type of asset, or an object with one.
func (d *nodeDecoder) assetKind(k *AssetKind) {
	if d.scan.Next() == wire.Text {
		d.word(&k.Type, decorates)
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
	d.word(&k.Type, decorates)
	return true
}

// parentMapField reads one kind's parents. Only those of albums are not in the node's other fields too.
func (d *nodeDecoder) parentMapField(albums *[]string, key []byte) bool {
	if string(key) != string(KindVisualCollection) {
		return false
	}
	d.albumIDs(albums)
	return true
}

// albumIDs adds the ids of albums to those that are known. Each is a text, or an object with an id.
func (d *nodeDecoder) albumIDs(list *[]string) {
	var albums []Cover // an album's id stands where a cover's does
	readList(d, &albums, "albums", (*nodeDecoder).cover)
	for _, a := range albums {
		if a.ID != "" && !slices.Contains(*list, a.ID) {
			*list = append(*list, a.ID)
		}
	}
}

// readList reads a list that only decorates.
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
