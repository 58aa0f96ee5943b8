package transfer

import (
	"fmt"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
)

// Options say what is copied and how. The zero value copies everything.
type Options struct {
	// Workers is how many files and folders are worked on at the same time. The default is 8. If the
	// response to an upload was lost, the client waits until the file appears on the drive (see
	// [acd.WithUploadWaitPerGiB]). A file that waits in this way does not count as worked on:
	// another file may start in its place. At most three times Workers files may wait like this.
	Workers int
	// RootID is the id of the folder where paths on the drive begin. The default is the drive's
	// root.
	RootID string
	// DryRun reads and compares, and reports what would be done. It copies and trashes nothing.
	DryRun bool

	// If Include has patterns, files that match none of them are left out. Files and whole folders
	// that match a pattern of Exclude are left out. See "Patterns" in the documentation of the
	// package.
	Include, Exclude []string
	// IgnoreCase makes the patterns match without case.
	IgnoreCase bool
	// MaxSize leaves out files that have more bytes. 0 is no limit.
	MaxSize int64

	// Mirror moves nodes to the trash that are on the drive and not in the local directory. It does
	// so after everything else is done, and only if nothing failed. It does not trash what the
	// patterns leave out, and no node that is in another folder as well. Mirror is only for uploads
	// of directories: a local system has no trash to move files to. The drive's own root is mirrored
	// only if RootID names it.
	Mirror bool
	// AllowEmptySource lets Mirror continue if the local directory has no file to copy. Without it,
	// the run fails with [ErrEmptySource] before the first request.
	AllowEmptySource bool
	// MaxTrash is how many files and folders Mirror may trash. Everything inside of trashed folders
	// counts too. If there are more, nothing is trashed, and the error is [ErrTooManyToTrash]. 0 is
	// no limit.
	MaxTrash int
	// MaxTrashShare is the same limit as a share, from 0 to 1, of the files and folders on the drive
	// that the patterns do not leave out. 0 means the default, 0.5. 1 is no limit. If both limits
	// are set, the lower one counts.
	MaxTrashShare float64

	// ModTimeOwner turns on the modification times of files and directories. It is the friendly name
	// of the application, as nodes have it in CreatedBy. [acd.NodesService.PropertyOwner] returns
	// it.
	ModTimeOwner string
	// Encoding turns names on the drive into names that the local file system takes, and back. 0
	// means [DefaultEncoding].
	Encoding encoding.Encoding
	// Hashes remembers the MD5s of local files.
	Hashes HashCache

	// UploadOptions and DownloadOptions are used for every file, for example [acd.WithResume]. This
	// package sets progress, properties and what to do with a name that is taken.
	UploadOptions   []acd.UploadOption
	DownloadOptions []acd.DownloadOption

	// OnEvent is called for every file and folder when it is finished. There is only one call at a
	// time, and the copy waits for it.
	OnEvent func(Event)
	// OnProgress is called while the content of a file is read or moves, about ten times a second
	// per file. path is the path that the event of the file will have. There is only one call at a
	// time to OnProgress and OnEvent together.
	OnProgress func(path string, p acd.Progress)
}

const (
	defaultWorkers       = 8
	defaultMaxTrashShare = 0.5
)

// withDefaults replaces zero values by their defaults. It returns [acd.ErrInvalid] if an option is
// out of range.
func (o Options) withDefaults() (Options, error) {
	if o.Workers < 0 || o.MaxSize < 0 || o.MaxTrash < 0 {
		return o, fmt.Errorf("transfer: %w: Workers, MaxSize and MaxTrash must not be negative", acd.ErrInvalid)
	}
	if !(o.MaxTrashShare >= 0 && o.MaxTrashShare <= 1) {
		return o, fmt.Errorf("transfer: %w: MaxTrashShare is from 0 to 1, not %v", acd.ErrInvalid, o.MaxTrashShare)
	}
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	if o.MaxTrashShare == 0 {
		o.MaxTrashShare = defaultMaxTrashShare
	}
	if o.Encoding == 0 {
		o.Encoding = DefaultEncoding()
	}
	return o, nil
}
