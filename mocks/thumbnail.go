package mocks

import (
	"bytes"
	"image"
	"image/color"
	_ "image/gif" // formats that thumbnail can decode
	"image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// maxPicture is the largest number of pixels of a picture that is decoded.
const maxPicture = 64 << 20

// examine stores the size in pixels of a picture in its node.
func examine(n *store.Node) {
	if !strings.HasPrefix(n.MIME, "image/") || n.Blob == nil {
		return
	}
	data, closer, err := n.Blob.Data.Open()
	if err != nil {
		return
	}
	defer closer.Close()
	cfg, _, err := image.DecodeConfig(io.NewSectionReader(data, 0, min(n.Blob.Size, 1<<20)))
	if err == nil {
		n.Edit().Picture = store.Picture{Width: cfg.Width, Height: cfg.Height}
	} else if n.Extra != nil {
		n.Extra.Picture = store.Picture{}
	}
}

// thumbnail answers with a JPEG that fits into box x box pixels. If the content cannot be decoded
// here, as for a video, the JPEG shows one colour: the tint of a picture whose size is known, else
// grey.
func (c *call) thumbnail(f *content, b *store.Blob, box string) (*answer, error) {
	size, err := strconv.Atoi(box)
	if err != nil || size < 1 || size > 10_000 {
		return nil, refuse(http.StatusBadRequest, "", "Invalid viewBox %s", box)
	}
	if !strings.HasPrefix(f.mime, "image/") && !strings.HasPrefix(f.mime, "video/") {
		return nil, refuse(http.StatusBadRequest, "", "There is no thumbnail of %s", f.mime)
	}
	var src image.Image = image.NewUniform(color.Gray{0x80})
	w, h := 16, 9
	if p := f.picture; p != (store.Picture{}) {
		src = image.NewUniform(tint(f.id))
		w, h = fitted(p.Width, p.Height, maxTint)
	}
	data, closer, err := c.d.open(b)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	whole := io.NewSectionReader(data, 0, b.Size)
	if cfg, _, err := image.DecodeConfig(whole); err == nil && cfg.Width > 0 && cfg.Height > 0 && cfg.Width <= maxPicture/cfg.Height {
		if img, _, err := image.Decode(io.NewSectionReader(data, 0, b.Size)); err == nil {
			src, w, h = img, cfg.Width, cfg.Height
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, fit(src, w, h, size), nil); err != nil {
		return nil, errInternal
	}
	a := reply(http.StatusOK, out.Bytes())
	a.setType("image/jpeg")
	return a, nil
}

// fitted returns the size of a picture of w x h pixels after it was scaled down to fit into a box.
// A smaller picture keeps its size.
func fitted(w, h, box int) (int, int) {
	longest := max(w, h)
	if longest <= box {
		return w, h
	}
	return max(w*box/longest, 1), max(h*box/longest, 1)
}

// fit scales a picture of w x h pixels down to fit into a box.
func fit(src image.Image, w, h, box int) image.Image {
	tw, th := fitted(w, h, box)
	dst := image.NewRGBA(image.Rect(0, 0, tw, th))
	at := src.Bounds().Min
	for y := range th {
		for x := range tw {
			dst.Set(x, y, src.At(at.X+x*w/tw, at.Y+y*h/th))
		}
	}
	return dst
}
