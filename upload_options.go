package acd

import (
	"errors"
	"fmt"
	"io"
)

// An UploadOption changes one [ContentService.Upload] or [ContentService.UploadFile].
type UploadOption interface{ applyUpload(*uploadOptions) error }

// An OverwriteOption changes one [ContentService.Overwrite].
type OverwriteOption interface{ applyOverwrite(*uploadOptions) error }

// A SourceOption says more about the content that is to be sent.
type SourceOption interface {
	UploadOption
	OverwriteOption
}

type uploadOptions struct {
	transferOptions
	writeOptions
	newNodeOptions
	size        int64
	reopen      func() (io.ReadCloser, error)
	contentType string
	localID     string
	resumable   bool
	deduplicate bool
	ifExists    ExistsPolicy
	// removeOnMismatch trashes a new node whose content arrived differently.
	removeOnMismatch bool
	// rawName says that the name is in the drive's form.
	rawName bool
}

type uploadOption func(*uploadOptions) error

func (f uploadOption) applyUpload(o *uploadOptions) error { return f(o) }

type sourceOption func(*uploadOptions) error

func (f sourceOption) applyUpload(o *uploadOptions) error    { return f(o) }
func (f sourceOption) applyOverwrite(o *uploadOptions) error { return f(o) }

// WithSize says how many bytes the source has, where it does not tell itself.
// A source that ends earlier is an error, one that goes on is cut.
func WithSize(n int64) SourceOption {
	return sourceOption(func(o *uploadOptions) error {
		if n < 0 {
			return fmt.Errorf("WithSize: %d is negative", n)
		}
		o.size = n
		return nil
	})
}

// WithReopen says how to have the source again from its start, for a retry. It
// is called at most once for each attempt after the first, or for the first too if the source is
// nil, and what it returns is closed: when it has been read, or when the upload ends, then even if a Read
// of it is still in progress after 100 ms. It may be called by another goroutine than the one that uploads.
func WithReopen(open func() (io.ReadCloser, error)) SourceOption {
	return sourceOption(func(o *uploadOptions) error {
		if open == nil {
			return errors.New("WithReopen: the function is nil")
		}
		o.reopen = func() (io.ReadCloser, error) {
			rc, err := open()
			if rc == nil && err == nil {
				err = fmt.Errorf("%w: WithReopen: the function returned neither a reader nor an error", ErrInvalid)
			}
			return rc, err
		}
		return nil
	})
}

// WithContentType names the MIME type instead of one made from the name. The
// service makes up its own mind all the same.
func WithContentType(mimeType string) SourceOption {
	return sourceOption(func(o *uploadOptions) error {
		o.contentType = mimeType
		return nil
	})
}

// WithUploadID gives the upload an id of the caller's. The service binds it to one node for
// ever, so that a second upload with it is refused: after a lost answer that
// proves whose a file is.
func WithUploadID(localID string) UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		if localID == "" {
			return errors.New("WithUploadID: the id is empty")
		}
		o.localID = localID
		return nil
	})
}

// WithResume has a broken upload go on where the service has it, instead of from the start, if the source
// can be read again: also in another process that uploads the same content under the same name to the
// same folder. The source is read once beforehand, for its MD5, and one request asks what the service
// has. What cannot be gone on with is sent whole at once. The service does not document that, and where
// it does not know it the whole is sent again. The id of the upload is derived from folder, name and
// content, unless [WithUploadID] gives one.
func WithResume() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.resumable = true
		return nil
	})
}

// WithDeduplication lets the service refuse content that it has elsewhere on the drive:
// [ErrExists] with the id of the node that has it. Without it equal files are
// stored as often as they are uploaded.
func WithDeduplication() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.deduplicate = true
		return nil
	})
}

// RemoveOnMismatch moves the new node to the trash if its content arrived differently ([ErrChecksum]), so that
// nothing wrong stays under the name. The error says so if that failed.
func RemoveOnMismatch() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.removeOnMismatch = true
		return nil
	})
}

// A NewNodeOption says what a file or a folder has from its beginning.
type NewNodeOption interface {
	UploadOption
	FolderOption
}

// newNodeOptions are what a new node has beside its name and its place.
type newNodeOptions struct {
	labels     []string
	properties map[string]map[string]string
}

type newNodeOption func(*newNodeOptions)

func (f newNodeOption) applyUpload(o *uploadOptions) error {
	f(&o.newNodeOptions)
	return nil
}

func (f newNodeOption) applyFolder(o *folderOptions) error {
	f(&o.newNodeOptions)
	return nil
}

// WithLabels gives the new node labels: at most 10, of at most 256 characters. If [IfExists] has an
// existing file overwritten, its labels are replaced after its content.
func WithLabels(labels ...string) NewNodeOption {
	return newNodeOption(func(o *newNodeOptions) { o.labels = labels })
}

// WithProperties gives the new node properties of that owner, the application's
// friendly name: at most 10, with keys of at most 50 characters of A-Z, a-z, 0-9
// and _, and values of at most 500. If [IfExists] has an existing file overwritten, they are set after its content.
func WithProperties(owner string, properties map[string]string) NewNodeOption {
	return newNodeOption(func(o *newNodeOptions) { o.properties = map[string]map[string]string{owner: properties} })
}

// ExistsPolicy says what an upload does when its name is taken.
type ExistsPolicy int

const (
	// FailIfExists returns [ErrExists]. It is the default.
	FailIfExists ExistsPolicy = iota
	// OverwriteIfExists replaces the content of the file, and keeps its id.
	OverwriteIfExists
	// KeepBoth uploads as "name (1).ext", or the next number that is free.
	KeepBoth
	// SkipIdentical returns the file that is there if it has the same content, and
	// [ErrExists] if not.
	SkipIdentical
)

// IfExists says what to do when the name is taken.
func IfExists(p ExistsPolicy) UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		if p < FailIfExists || p > SkipIdentical {
			return fmt.Errorf("IfExists: no policy has the number %d", p)
		}
		o.ifExists = p
		return nil
	})
}
