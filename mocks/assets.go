package mocks

import (
	"crypto/sha256"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// assetBox is the size in pixels of the only rendition of a picture.
const assetBox = 256

// appendAssets writes the renditions of a file: a small one if the file is a picture, otherwise
// none. An asset can be downloaded only through its tempLink.
func appendAssets(b []byte, n *store.Node, r *rendering) []byte {
	b = append(b, `,"assets":[`...)
	p := n.More().Picture
	if p == (store.Picture{}) {
		return append(b, ']')
	}
	hash := sha256.Sum256(n.ID[:])
	id := ids.Node(hash[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	w, h := fitted(p.Width, p.Height, assetBox)
	b = append(b, `{"id":"`...)
	b = id.Append(b)
	b = append(b, `","kind":"ASSET","status":"AVAILABLE","version":1,"parents":["`...)
	b = n.ID.Append(b)
	b = append(b, `"],"createdDate":`...)
	b = appendTime(b, n.Created)
	b = append(b, `,"modifiedDate":`...)
	b = appendTime(b, n.Modified)
	b = append(b, `,"contentProperties":{"version":1,"contentType":"image/jpeg","extension":"jpg","image":{"width":`...)
	b = appendInt(b, int64(w))
	b = append(b, `,"height":`...)
	b = appendInt(b, int64(h))
	b = append(b, "}}"...)
	if r.tempLink != nil {
		b = append(b, `,"tempLink":`...)
		b = appendString(b, r.tempLink(n)+"?viewBox="+string(appendInt(nil, assetBox)))
	}
	return append(b, "}]"...)
}
