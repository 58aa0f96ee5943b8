package webdav

import (
	"io/fs"
	"unicode/utf8"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/names"
)

// fold returns the same text for all paths that are one path on the drive.
func fold(name string) string { return names.Fold(name) }

// shownName returns a node's name as an element of a path, "" if the name cannot be one. A slash in
// a name is written "／". A name that is not a valid element (".." or not UTF-8) is shown in the
// form in which the drive stores it.
func shownName(n *acd.Node) string {
	element := encoding.None.DecodeElement(encoding.None.Encode(n.Name))
	if !isElement(element) {
		element = n.RawName
	}
	if !isElement(element) {
		return ""
	}
	return element
}

func isElement(s string) bool { return s != "." && utf8.ValidString(s) && fs.ValidPath(s) }

// nameOf is the reverse of shownName. It returns the name that the SDK needs for an element.
func nameOf(element string) string {
	return encoding.None.Decode(encoding.None.EncodeElement(element))
}

// isJunk reports whether macOS writes files of this name beside every other file.
func isJunk(element string) bool {
	return element == ".DS_Store" || len(element) > 2 && element[:2] == "._"
}
