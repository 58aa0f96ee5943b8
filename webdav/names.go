package webdav

import (
	"io/fs"
	"unicode/utf8"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/names"
)

// fold is the same text for all paths that are one path on the drive.
func fold(name string) string { return names.Fold(name) }

// shownName is a node's name as an element of a path, "" if it cannot be one. The slash of a name is written "／", and a
// name that is no element at all (".." or not UTF-8) is in the form in which the drive stores it.
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

// nameOf is the reverse of shownName: an element as a name for the SDK.
func nameOf(element string) string {
	return encoding.None.Decode(encoding.None.EncodeElement(element))
}

// isJunk says whether a name is one of those that macOS writes beside everything.
func isJunk(element string) bool {
	return element == ".DS_Store" || len(element) > 2 && element[:2] == "._"
}
