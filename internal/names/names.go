// Package names compares the names of nodes as the drive does, and as the operating systems do to
// which files are copied.
package names

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the same text for all names that the drive takes for one name. The text is the name
// in NFC and then in lower case.
//
// The service changes names to lower case. This is not Unicode's case folding: "ß" and "SS" are two
// names. It is not known what the service does with characters that can be composed ("é") or
// decomposed ("e" and U+0301). Here the two forms are one name, because macOS changes one into the
// other: a file that was uploaded from Linux, and later from a Mac, must not become two files.
//
// A name that is not UTF-8 is equal only to itself.
func Fold(name string) string {
	if !utf8.ValidString(name) {
		return name
	}
	return strings.ToLower(norm.NFC.String(name))
}

// Same reports whether two names are one name. See [Fold].
func Same(a, b string) bool { return a == b || Fold(a) == Fold(b) }

// Forms returns the name unchanged, then its composed form and its decomposed form if they differ
// from it. The service finds a name only in the form in which it is stored, but ignores case. If a
// stored name is partly composed and partly decomposed, neither of these two forms finds it.
func Forms(name string) []string {
	forms := []string{name}
	for _, form := range []string{norm.NFC.String(name), norm.NFD.String(name)} {
		if form != name {
			forms = append(forms, form)
		}
	}
	return forms
}
