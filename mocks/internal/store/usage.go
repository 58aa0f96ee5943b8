package store

import (
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// A Category is a group of content types. The usage of a drive is reported by category.
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

// Media returns what the media search knows of a node. The date is the content date, or if there is
// none the date of the upload. A content date without a zone, as cameras write it, is taken as UTC.
func (n *Node) Media() query.Media {
	x, p := n.More(), n.Photo()
	m := query.Media{
		At: time.UnixMilli(n.Created).UTC(), Favorite: x.Settings["favorite"], Hidden: x.Settings["hidden"],
		Extension: Extension(n.Name), People: p.People, Things: p.Things, Location: p.Location,
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999"} {
		if t, err := time.Parse(form, x.ContentDate); err == nil {
			m.At = t
			break
		}
	}
	switch {
	case n.Kind == Album:
		m.Kind = "ALBUMS"
	case n.Kind != File:
	case CategoryOf(n.MIME) == CategoryPhoto:
		m.Kind = "PHOTOS"
	case CategoryOf(n.MIME) == categoryVideo:
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
