package mocks

import (
	"strings"
	"time"
)

// The usage of a drive is told by category.
type category uint8

const (
	categoryOther category = iota
	categoryDocument
	categoryPhoto
	categoryVideo
	categories
)

var categoryNames = [categories]string{"other", "doc", "photo", "video"}

type tally struct{ bytes, count int64 }

// media is what the media search knows of a file: the date of its content, else of its upload.
func (n *node) media() media {
	m := media{at: time.UnixMilli(n.created).UTC()}
	if t, err := time.Parse(time.RFC3339Nano, n.more().contentDate); err == nil {
		m.at = t
	}
	switch categoryOf(n.mime) {
	case categoryPhoto:
		m.kind = "PHOTOS"
	case categoryVideo:
		m.kind = "VIDEOS"
	}
	return m
}

func categoryOf(mime string) category {
	switch {
	case strings.HasPrefix(mime, "image/"):
		return categoryPhoto
	case strings.HasPrefix(mime, "video/"):
		return categoryVideo
	case strings.HasPrefix(mime, "text/"), mime == "application/pdf", mime == "application/msword", mime == "application/rtf",
		strings.HasPrefix(mime, "application/vnd.openxmlformats"), strings.HasPrefix(mime, "application/vnd.oasis"),
		strings.HasPrefix(mime, "application/vnd.ms-"):
		return categoryDocument
	}
	return categoryOther
}
