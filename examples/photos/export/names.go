package export

import (
	"hash/maphash"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/acd-sdk/acd/internal/names"
)

// pathSet are the paths that are given. A path is another one only if it is so on every system: neither case nor the
// form of an accent tells two apart. It keeps a hash of each, because there may be a hundred thousand: two paths with the same
// hash, which are not to be expected, would give one of them a suffix without need.
type pathSet struct {
	seed  maphash.Seed
	given map[uint64]struct{}
}

func newPathSet() *pathSet {
	return &pathSet{seed: maphash.MakeSeed(), given: map[uint64]struct{}{}}
}

func (p *pathSet) take(path string) { p.given[p.hash(path)] = struct{}{} }

func (p *pathSet) taken(path string) bool {
	_, taken := p.given[p.hash(path)]
	return taken
}

func (p *pathSet) hash(path string) uint64 { return maphash.String(p.seed, names.Fold(path)) }

// undatedDir holds what nobody knows the date of.
const undatedDir = "undated"

// folderOf is where an entry belongs: the month in which it was taken, or uploaded.
func folderOf(n *entry) string {
	month := n.taken().Format("2006/01")
	if !n.Dated {
		return undatedDir + "/" + month
	}
	return month
}

const (
	// longestName is the limit of exFAT, NTFS and APFS in UTF-16 units, and of most others in bytes: a name of so many
	// bytes fits all. Room is left for what is added to a name, and for the longest extension, so that all of a
	// group have the same stem.
	longestName = 255
	room        = len("~12345678-99999") + len(".kept999")
	longestExt  = 20
	longestStem = longestName - room - longestExt
)

// safeName mends a name so that every system takes it: an export may be moved to a disk of exFAT one day.
func safeName(name string) string {
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "_")
	}
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(name, ". ")
	name = strings.TrimLeft(name, " ")
	stem, ext := splitName(name)
	for len(stem) > longestStem {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	stem = strings.TrimRight(stem, ". ")
	if stem == "" || isDevice(stem) || strings.HasPrefix(stem, ".acd-") {
		stem = "_" + stem
	}
	return stem + ext
}

// splitName divides a name before its extension. A name that is nothing but an extension has none.
func splitName(name string) (stem, ext string) {
	ext = path.Ext(name)
	if ext == name || len(ext) > longestExt {
		return name, ""
	}
	return strings.TrimSuffix(name, ext), ext
}

// isDevice says whether a name means a device on Windows, whatever its extension.
func isDevice(stem string) bool {
	stem, _, _ = strings.Cut(strings.ToUpper(stem), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if number, ok := strings.CutPrefix(stem, port); ok && len([]rune(number)) == 1 && strings.Contains("0123456789¹²³", number) {
			return true
		}
	}
	return false
}

// withSuffix is a name of the same stem that no other id gives.
func withSuffix(stem, id string) string { return stem + "~" + safeID(id) }

// safeID is the beginning of an id, as a part of a name.
func safeID(id string) string {
	id = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
	return id[:min(8, len(id))]
}
