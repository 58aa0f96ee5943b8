// Package names compares the names of nodes as the drive does, and as the systems do whose files are
// copied there.
package names

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the same text for all names that are one name: the text in NFC, then in lower case.
//
// The service lowers case, which is not Unicode's folding: "ß" and "SS" are two names. What it does
// with characters that can be written composed ("é") or decomposed ("e" and U+0301) is not known.
// They are one name here, because macOS changes one form into the other: a file that was uploaded
// from Linux and comes from a Mac the next time must not become a second file.
//
// A name that is not UTF-8 is only itself.
func Fold(name string) string {
	if !utf8.ValidString(name) {
		return name
	}
	return strings.ToLower(norm.NFC.String(name))
}

// Same says whether two names are one name. See [Fold].
func Same(a, b string) bool { return a == b || Fold(a) == Fold(b) }

// Forms returns the name as it is, then its composed and its decomposed form where they differ from
// it. The service finds a name only in the form in which it is stored, apart from case. A text that
// is partly composed and partly decomposed is found by neither form.
func Forms(name string) []string {
	forms := []string{name}
	for _, form := range []string{norm.NFC.String(name), norm.NFD.String(name)} {
		if form != name {
			forms = append(forms, form)
		}
	}
	return forms
}
