// Package transfer copies whole directories to an Amazon Drive and back: in
// parallel, verified, and so that it can be interrupted and run again.
//
//	report, err := transfer.Upload(ctx, client, "/home/me/photos", "Backup/photos", transfer.Options{})
//
// A file is skipped if its size and MD5 are those of the file on the other side;
// everything else is copied. Nothing else is remembered: a copy that was
// cancelled and is run again does only what is left. An [Options.Hashes] cache
// spares it the reading of local files that did not change.
//
// # What is refused
//
// Symbolic links are left out, and local paths never lead out of the directory
// that was given, whatever the names on the drive and whatever links appear while
// a copy runs. The drive compares names without case: local names that it would
// take for one are refused together, with a [CollisionError], before anything of
// them is sent. A file that changes while it is read is a failure of its own.
// Whatever happens to one file, the others are copied.
//
// # Names
//
// A name on the drive may be one that the local system forbids, such as "a/b" or
// "..". [Options.Encoding] gives it a local name that leads back to it.
//
// # Modification times
//
// The service keeps none of a client's. With [Options.ModTimeOwner] they travel in
// the metadata of the upload as a node property: of that owner, with the key
// "mtime", as RFC 3339 in UTC with up to nine decimals ("2016-05-04T03:02:01.5Z").
// Only the application that wrote a property sees it. That costs no request,
// except for a file that is on the drive already with another time: an overwrite
// carries no metadata. A download restores the times that nodes have, of files
// that are there already, too.
//
// # Memory
//
// Folders are listed one at a time for each worker, depth first: memory grows with
// the largest folders and the depth of the tree, not with the number of files.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
	// any, and Exclude files and whole folders that match one. A pattern without a
	// slash matches a name in any folder, one with a slash the whole path; both
	// are as in [path.Match], and ** stands for any number of folders.
	Include, Exclude []string
	// MaxSize leaves out files of more bytes. 0 is no limit.
	MaxSize int64
	// Mirror moves to the trash what is on the drive and not in the local
	// directory, when all else is done and only if nothing failed. What the
	// patterns leave out is left alone. It is for uploads: there is no trash to move
	// local files to.
	Mirror bool

	// ModTimeOwner turns on modification times: the application's friendly name, as
	// nodes have it in CreatedBy.
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

const defaultWorkers = 8

// Upload copies the local directory from to the folder at the path to on the
// drive, and makes it with all above it if it is not there.
//
// The report is never nil. The error is that of the report, a [*FailedError], if
// single files failed; a cause that ended the whole: the context's, a directory that
// is not there, a token that is not accepted, an account that is full.
func Upload(ctx context.Context, client *acd.Client, from, to string, opts Options) (*Report, error) {
	r, err := newRun(ctx, client, from, opts)
	if err != nil {
		return new(Report), err
	}
	defer r.close()
	u := &uploader{run: r}
	target, err := u.target(to)
	if err != nil {
		return r.done(err)
	}
	r.pool.folder(func() { u.expand(target) })
	r.pool.run(r.ctx, r.opts.Workers)
	if opts.Mirror && r.ctx.Err() == nil {
		u.mirror()
	}
	return r.done(nil)
}

// Download copies the folder at the path from on the drive to the local
// directory to, and makes it with all above it if it is not there. An existing
// file is replaced if its content differs. See [Upload] for the errors.
func Download(ctx context.Context, client *acd.Client, from, to string, opts Options) (*Report, error) {
	if opts.Mirror {
		return new(Report), fmt.Errorf("transfer: %w: Mirror is for uploads", acd.ErrInvalid)
	}
	folder, err := client.Nodes.Resolve(ctx, opts.RootID, from)
	if err != nil {
		return new(Report), err
	}
	if !folder.IsFolder() {
		return new(Report), fmt.Errorf("transfer: %w: %q on the drive is not a folder", acd.ErrInvalid, from)
	}
	if err := makeTarget(to, opts.DryRun); err != nil {
		return new(Report), err
	}
	r, err := newRun(ctx, client, to, opts)
	if err != nil {
		return new(Report), err
	}
	defer r.close()
	d := &downloader{run: r}
	r.pool.folder(func() { d.expand(d.target(folder)) })
	r.pool.run(r.ctx, r.opts.Workers)
	return r.done(nil)
}

func makeTarget(dir string, dryRun bool) error {
	if dryRun {
		return nil
	}
	return os.MkdirAll(dir, 0o777)
}

// run is one Upload or Download on its way.
type run struct {
	client *acd.Client
	opts   Options
	filter filter
	pool   *pool
	ledger

	ctx  context.Context
	stop context.CancelCauseFunc

	// local is nil in a dry run whose target does not exist.
	local *os.Root
	base  string // its absolute path
}

func newRun(ctx context.Context, client *acd.Client, dir string, opts Options) (*run, error) {
	if opts.Workers < 0 || opts.MaxSize < 0 {
		return nil, fmt.Errorf("transfer: %w: Workers and MaxSize must not be negative", acd.ErrInvalid)
	}
	if opts.Workers == 0 {
		opts.Workers = defaultWorkers
	}
	if opts.Encoding == 0 {
		opts.Encoding = DefaultEncoding()
	}
	f, err := newFilter(opts.Include, opts.Exclude)
	if err != nil {
		return nil, err
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &run{client: client, opts: opts, filter: f, pool: newPool(), base: base}
	r.local, err = os.OpenRoot(dir)
	if err != nil && !(opts.DryRun && errors.Is(err, os.ErrNotExist)) {
		return nil, err
	}
	r.ctx, r.stop = context.WithCancelCause(ctx)
	r.ledger.report.DryRun, r.ledger.onEvent = opts.DryRun, opts.OnEvent
	return r, nil
}

func (r *run) close() {
	r.stop(nil)
	if r.local != nil {
		r.local.Close()
	}
}

// done is the result of the whole.
func (r *run) done(err error) (*Report, error) {
	if err == nil && r.ctx.Err() != nil {
		err = context.Cause(r.ctx)
	}
	if err == nil {
		err = r.report.Err()
	}
	return &r.report, err
}

// fail reports one file. What fails because everything ends is not its fault.
func (r *run) fail(path string, size int64, err error) {
	if r.ctx.Err() != nil {
		return
	}
	r.emit(Event{Action: Failed, Path: path, Size: size, Err: err})
	if errors.Is(err, acd.ErrUnauthorized) || errors.Is(err, acd.ErrQuotaExceeded) {
		r.stop(err) // every other file would fail the same way
	}
}

// progress is what reports the progress of one file, nil if nobody listens.
func (r *run) progress(path string) func(acd.Progress) {
	if r.opts.OnProgress == nil {
		return nil
	}
	return func(p acd.Progress) {
		r.ledger.mu.Lock()
		defer r.ledger.mu.Unlock()
		r.opts.OnProgress(path, p)
	}
}
