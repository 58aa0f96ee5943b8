package transfer

import (
	"fmt"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
)

// Options say what is copied and how. The zero value copies everything.
type Options struct {
	// Workers is how many files and folders are worked on at once. The default is 8.
	// A file that only waits for an upload to appear whose answer was lost (see
	// [acd.WithUploadWaitPerGiB]) makes room for another, up to three times as many.
	Workers int
	// RootID is the folder that paths on the drive begin at. The default is the drive's root.
	RootID string
	// DryRun reads and compares, and reports what would be done.
	DryRun bool

	// Include leaves out files that match none of these patterns, if there are
	// any, and Exclude files and whole folders that match one. See "Patterns" in the
	// documentation of the package.
	Include, Exclude []string
	// IgnoreCase has the patterns match without case.
	IgnoreCase bool
	// MaxSize leaves out files of more bytes. 0 is no limit.
	MaxSize int64

	// Mirror moves to the trash what is on the drive and not in the local directory, when all else
	// is done and only if nothing failed. What the patterns leave out is left alone, and so is what
	// another folder holds as well. It is for uploads of directories: there is no trash to move
	// local files to. The drive's own root is mirrored only if RootID names it.
	Mirror bool
	// AllowEmptySource has Mirror go on if there is no file to copy in the local
	// directory. Without it that is an [ErrEmptySource], before the first request.
	AllowEmptySource bool
	// MaxTrash is how many files and folders Mirror may trash, those inside of trashed
	// folders included. If there are more nothing is trashed, and the error is
	// [ErrTooManyToTrash]. 0 is no limit.
	MaxTrash int
	// MaxTrashShare is the same as a share of the files and folders on the drive that the
	// patterns do not leave out, from 0 to 1. The default, for 0, is 0.5; 1 is no limit.
	// The lower of both limits holds.
	MaxTrashShare float64

	// ModTimeOwner turns on modification times of files and directories: the application's friendly name, as
	// nodes have it in CreatedBy. [acd.NodesService.PropertyOwner] finds it.
	ModTimeOwner string
	// Encoding turns names into names that the local file system takes, and back. The
	// default, for 0, is [DefaultEncoding].
	Encoding encoding.Encoding
	// Hashes remembers the MD5s of local files.
	Hashes HashCache

	// UploadOptions and DownloadOptions go with every file, such as [acd.WithResume].
	// Progress, properties and what to do with a name that is taken are decided here.
	UploadOptions   []acd.UploadOption
	DownloadOptions []acd.DownloadOption

	// OnEvent is called for every file and folder when it is done with. Calls
	// follow one another; the copy waits for them.
	OnEvent func(Event)
	// OnProgress is called while the content of a file is read or moves, some ten times
	// a second for each, with the path that its event will have. Calls follow
	// one another, and those of OnEvent.
	OnProgress func(path string, p acd.Progress)
}

const (
	defaultWorkers       = 8
	defaultMaxTrashShare = 0.5
)

// withDefaults returns the options with what stands for a zero value, or an [acd.ErrInvalid].
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
