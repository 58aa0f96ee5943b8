package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
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

// fold is equal for names that are one to the drive. Which encoding the client
// has makes no difference: what stands for another character has no case.
func fold(name string) string { return strings.ToLower(encoding.Default.Encode(name)) }

// element is a name as it stands in a path.
func element(name string) string {
	return encoding.Slash.DecodeElement(encoding.Slash.Encode(name))
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
	return local, nil
}

// isPartial recognises what an interrupted download left.
func isPartial(local string) bool {
	return strings.HasPrefix(local, ".acd-") && strings.HasSuffix(local, ".partial")
}

// whyNot says what a directory entry is that is neither a file nor a folder.
func whyNot(mode os.FileMode) string {
	if mode&os.ModeSymlink != 0 {
		return "a symbolic link"
	}
	return "not a regular file"
}
