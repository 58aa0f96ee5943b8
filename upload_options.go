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

// A SourceOption describes the content that is to be sent.
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
	// removeOnMismatch moves a new node to the trash if its content differs from what was sent.
	removeOnMismatch bool
	// rawName says that the name is already in the drive's form.
	rawName bool
}

type uploadOption func(*uploadOptions) error

func (f uploadOption) applyUpload(o *uploadOptions) error { return f(o) }

type sourceOption func(*uploadOptions) error

func (f sourceOption) applyUpload(o *uploadOptions) error    { return f(o) }
func (f sourceOption) applyOverwrite(o *uploadOptions) error { return f(o) }

// WithSize says how many bytes the source has, for a source that does not tell its size. If the
// source ends earlier, the upload fails. If the source has more bytes, they are not sent.
func WithSize(n int64) SourceOption {
	return sourceOption(func(o *uploadOptions) error {
		if n < 0 {
			return fmt.Errorf("WithSize: %d is negative", n)
		}
		o.size = n
		return nil
	})
}

// WithReopen gives a function that opens the source again from its start, for a retry. The function
// is called at most once for each attempt after the first. If the source is nil, it is called for
// the first attempt too. The reader that it returns is closed when it has been read or when the
// upload ends; if a Read is still in progress then, 100 ms later. The function may be called from
// another goroutine than the one that called Upload.
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

// WithContentType sets the MIME type. Without it, the type is derived from the name. The service
// may still store another type.
func WithContentType(mimeType string) SourceOption {
	return sourceOption(func(o *uploadOptions) error {
		o.contentType = mimeType
		return nil
	})
}

// WithUploadID gives the upload an id that the caller chose. The service binds the id to one node
// for ever, and refuses a second upload with the same id. After a lost response, this proves which
// upload created a file.
func WithUploadID(localID string) UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		if localID == "" {
			return errors.New("WithUploadID: the id is empty")
		}
		o.localID = localID
		return nil
	})
}

// WithResume continues an interrupted upload where the service has it, instead of from the start,
// if the source can be read again. Another process can also continue it, with the same content,
// name and folder. The source is read once before it is sent, for its MD5, and one request asks
// what the service has. If the service has nothing that can be continued, the whole content is sent
// at once. Resuming is not documented by the service; if the service does not support it, the whole
// content is sent again. The id of the upload is derived from folder, name and content, unless
// [WithUploadID] gives one.
func WithResume() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.resumable = true
		return nil
	})
}

// WithDeduplication lets the service refuse content that another node of the drive has already:
// Upload then fails with [ErrExists] and the id of that node. Without this option, equal files are
// stored as often as they are uploaded.
func WithDeduplication() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.deduplicate = true
		return nil
	})
}

// RemoveOnMismatch moves the new node to the trash if its content differs from what was sent
// ([ErrChecksum]), so that no wrong content stays under the name. If moving it fails, the error
// says so.
func RemoveOnMismatch() UploadOption {
	return uploadOption(func(o *uploadOptions) error {
		o.removeOnMismatch = true
		return nil
	})
}

// A NewNodeOption sets something on a new file or folder from its creation.
type NewNodeOption interface {
	UploadOption
	FolderOption
}

// newNodeOptions are set on a new node besides its name and its parent.
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

// WithLabels gives the new node labels: at most 10, each of at most 256 characters. If [IfExists]
// makes the upload overwrite an existing file, the labels of that file are replaced after its
// content.
func WithLabels(labels ...string) NewNodeOption {
	return newNodeOption(func(o *newNodeOptions) { o.labels = labels })
}

// WithProperties gives the new node properties. Their owner is the application's friendly name. At
// most 10 are allowed, with keys of at most 50 characters (A-Z, a-z, 0-9 and _) and values of at
// most 500 characters. If [IfExists] makes the upload overwrite an existing file, the properties
// are set after its content.
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
	// KeepBoth uploads as "name (1).ext", or with the next number that is free.
	KeepBoth
	// SkipIdentical returns the existing file if it has the same content. If not, the upload fails
	// with [ErrExists].
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
