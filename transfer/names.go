package transfer

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf16"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/names"
)

// DefaultEncoding returns the encoding for the file systems of the operating system that the
// program runs on. The sets are those of rclone's local backend, so that files downloaded by rclone
// are recognised.
func DefaultEncoding() encoding.Encoding { return encodingFor(runtime.GOOS) }

func encodingFor(goos string) encoding.Encoding {
	const unix = encoding.Slash | encoding.Dot // every set has NUL too
	switch goos {
	case "windows":
		return unix | encoding.LtGt | encoding.DoubleQuote | encoding.Colon | encoding.Question |
			encoding.Asterisk | encoding.Pipe | encoding.BackSlash | encoding.Ctl | encoding.RightSpace |
			encoding.RightPeriod | encoding.InvalidUtf8
	case "darwin", "ios":
		return unix | encoding.InvalidUtf8
	}
	return unix
}

// fold returns the same text for all names that the drive, or a system whose files are copied,
// treats as one name (see [names.Fold]). The result does not depend on the client's encoding,
// because the replacement characters have no case.
func fold(name string) string { return names.Fold(encoding.Default.Encode(name)) }

// lower returns the same text for all names that the drive alone treats as one name. It keeps the
// difference between composed and decomposed characters.
func lower(name string) string { return strings.ToLower(encoding.Default.Encode(name)) }

// element returns the form that a name has as an element of a path.
func element(name string) string {
	return encoding.Slash.DecodeElement(encoding.Slash.Encode(name))
}

// fromElement returns the name that an element of a path stands for.
func fromElement(element string) string {
	return encoding.Slash.Decode(encoding.Slash.EncodeElement(element))
}

// cleanPath returns a path on the drive without empty parts, "." and "..". If the path leads out of
// the folder where it begins, cleanPath returns [acd.ErrInvalid].
func cleanPath(given string) (string, error) {
	p := path.Clean(strings.Trim(given, "/"))
	switch {
	case p == ".":
		return "", nil
	case p == "..", strings.HasPrefix(p, "../"):
		return "", fmt.Errorf("transfer: %w: the path %q on the drive leads out of the folder where it begins", acd.ErrInvalid, given)
	}
	return p, nil
}

func join(folder, element string) string {
	if folder == "." {
		return element
	}
	return folder + "/" + element
}

// localName returns the local form of a name on the drive, which may contain any characters. It
// returns [acd.ErrInvalid] if the local system cannot have such a name.
func (r *run) localName(name string) (string, error) {
	local := r.opts.Encoding.Encode(name)
	if local == "." || strings.ContainsAny(local, "/\x00"+string(filepath.Separator)) || !filepath.IsLocal(local) {
		return "", fmt.Errorf("%w: the local system forbids the name %q", acd.ErrInvalid, local)
	}
	if length, unit := lengthOn(runtime.GOOS, local); length > longestLocal {
		return "", fmt.Errorf("%w: the local system does not take the name: it has %d %s, and %d is the most", acd.ErrInvalid, length, unit, longestLocal)
	}
	return local, nil
}

// longestLocal is the longest name in the usual file systems: NAME_MAX on Linux and the BSDs is 255
// bytes, and NTFS and APFS take 255 UTF-16 code units. Some file systems take less. They return an
// error when the file is made.
const longestLocal = 255

// lengthOn returns the length of a name as the operating system counts it.
func lengthOn(goos, name string) (length int, unit string) {
	switch goos {
	case "windows", "darwin", "ios":
		return len(utf16.Encode([]rune(name))), "UTF-16 code units"
	}
	return len(name), "bytes"
}

// whyNot describes a directory entry that is neither a file nor a folder.
func whyNot(mode os.FileMode) string {
	if mode&os.ModeSymlink != 0 {
		return "a symbolic link"
	}
	return "not a regular file"
}
