package mocks

import (
	"encoding/binary"
	"image/color"
	"io"
	"net/http"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// photosLink is where contentRedirection of Photos leads: originals to a host that wants the cookies or, by an
// option, to a signed URL; renditions always to the former.
func (c *call) photosLink(n *content, suffix string) string {
	rendition := strings.Contains(suffix, "viewBox=") || strings.Contains(suffix, "videoTranscodeView=")
	if c.d.opt.photos.signedRedirect && !rendition {
		return c.signedURL(n.id, n.version)
	}
	link := c.contentURL() + "nodes/" + n.id.String() + "/content"
	if suffix != "" {
		link += "?" + suffix
	}
	return link
}

// transcoded answers with the rendition of a video: it plays, and is not the original.
func (c *call) transcoded(n *content, b *store.Blob) (*answer, error) {
	if !strings.HasPrefix(n.mime, "video/") {
		return nil, refuse(http.StatusBadRequest, "", "There is no video of %s", n.mime)
	}
	a := &answer{status: http.StatusOK, header: make(http.Header, 4), length: max(b.Size/2, 1)}
	a.setType("video/mp4")
	seed := binary.BigEndian.Uint64(n.id[:])
	a.stream = io.NopCloser(io.NewSectionReader(blob.Generator(seed), 0, a.length))
	return a, nil
}

// tint is the colour that stands for a picture which cannot be decoded here: two of them rarely look the same.
func tint(id ids.Node) color.Color { return color.RGBA{id[0], id[1], id[2], 0xff} }

// maxTint bounds the pixels of such a picture.
const maxTint = 512
