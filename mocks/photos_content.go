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

// photosLink returns the URL to which contentRedirection of Photos leads. With
// [WithSignedRedirection] an original is at a signed URL. Every other URL is on the content host,
// which needs the cookies.
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

// transcoded answers with a rendition of a video: other bytes than the original, of type video/mp4.
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

// tint returns the colour that the drive shows for a picture that it cannot decode. It comes from
// the node's id, so two pictures rarely have the same colour.
func tint(id ids.Node) color.Color { return color.RGBA{id[0], id[1], id[2], 0xff} }

// maxTint is the longest side in pixels of the thumbnail of such a picture.
const maxTint = 512
