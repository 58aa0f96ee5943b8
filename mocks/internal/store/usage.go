package store

import (
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// A Category is a kind of content by which the usage of a drive is told.
type Category uint8

const (
	CategoryOther Category = iota
	CategoryDocument
	CategoryPhoto
	categoryVideo
	categories
)

var CategoryNames = [categories]string{"other", "doc", "photo", "video"}

type Tally struct{ Bytes, Count int64 }

// Media is what the media search knows of a file: the date of its content, else of its upload.
func (n *Node) Media() query.Media {
	m := query.Media{At: time.UnixMilli(n.Created).UTC()}
	if t, err := time.Parse(time.RFC3339Nano, n.More().ContentDate); err == nil {
		m.At = t
	}
	switch CategoryOf(n.MIME) {
	case CategoryPhoto:
		m.Kind = "PHOTOS"
	case categoryVideo:
		m.Kind = "VIDEOS"
	}
	return m
}

func CategoryOf(mime string) Category {
	switch {
	case strings.HasPrefix(mime, "image/"):
		return CategoryPhoto
	case strings.HasPrefix(mime, "video/"):
		return categoryVideo
	case strings.HasPrefix(mime, "text/"), mime == "application/pdf", mime == "application/msword", mime == "application/rtf",
		strings.HasPrefix(mime, "application/vnd.openxmlformats"), strings.HasPrefix(mime, "application/vnd.oasis"),
		strings.HasPrefix(mime, "application/vnd.ms-"):
		return CategoryDocument
	}
	return CategoryOther
}
