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

// DefaultEncoding is for the file systems of the operating system that the
// program runs on. The sets are those of rclone's local backend, so that
// what it downloaded is recognised.
func DefaultEncoding() encoding.Encoding { return encodingFor(runtime.GOOS) }

func encodingFor(goos string) encoding.Encoding {
	const unix = encoding.Slash | encoding.Dot // and NUL, which every set has
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

// fold is equal for names that are one to the drive, or to a system whose files are copied (see
// [names.Fold]). Which encoding the client has makes no difference: what stands for another character
// has no case.
func fold(name string) string { return names.Fold(encoding.Default.Encode(name)) }

// lower is equal for names that are one to the drive alone, however their characters are composed.
func lower(name string) string { return strings.ToLower(encoding.Default.Encode(name)) }

// element is a name as it stands in a path.
func element(name string) string {
	return encoding.Slash.DecodeElement(encoding.Slash.Encode(name))
}

// fromElement is the name that stands in a path as element.
func fromElement(element string) string {
	return encoding.Slash.Decode(encoding.Slash.EncodeElement(element))
}

// cleanPath is a path on the drive without empty parts, "." and "..". One that leads out of the
// folder where it begins is an [acd.ErrInvalid].
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

// localName is the local form of a name on the drive, which may be anything.
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

// longestLocal is how long a name may be in the file systems that are usual: NAME_MAX on Linux and
// the BSDs is 255 bytes, and NTFS and APFS take 255 UTF-16 code units. Some take less, and say so
// when the file is made.
const longestLocal = 255

// lengthOn is the length of a name as the operating system counts it.
func lengthOn(goos, name string) (length int, unit string) {
	switch goos {
	case "windows", "darwin", "ios":
		return len(utf16.Encode([]rune(name))), "UTF-16 code units"
	}
	return len(name), "bytes"
}

// whyNot says what a directory entry is that is neither a file nor a folder.
func whyNot(mode os.FileMode) string {
	if mode&os.ModeSymlink != 0 {
		return "a symbolic link"
	}
	return "not a regular file"
}
