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
// A file whose path is given instead of a directory's is copied alone: into a folder that is there,
// or that has a slash at its end, and else to exactly the path.
//
// # What is refused
//
// Symbolic links are left out, and local paths never lead out of the directory that was given,
// whatever the names on the drive and whatever links appear while a copy runs. The drive compares
// names without case, and macOS does not tell composed from decomposed characters: local names that
// would be taken for one are refused together, with a [CollisionError], before anything of them is
// sent. A name is stored as it is given. A file that changes while it is read is a failure of its
// own. Whatever happens to one file, the others are copied. A refusal because the account is full
// belongs to the file: after three in a row, the files of its kind that are at least as large are
// not tried any more (see [GivenUp]). Only a sign-in that is not accepted, and two minutes of
// nothing but "too many requests", end the whole.
//
// Before a node is overwritten or trashed it is read: its kind, status, folder and name must be
// those of the file that is copied.
//
// # Names
//
// A name on the drive may be one that the local system forbids, such as "a/b" or "..".
// [Options.Encoding] gives it a local name that leads back to it. A name that is too long for the
// local system, which usually takes 255 bytes, is a failure before anything of it is fetched.
//
// Paths on the drive are cleaned as [path.Clean] does.
//
// # Patterns
//
// A pattern matches a name in any folder, as "*.tmp", or the last parts of a path, as "docs/*.txt".
// A slash at its beginning binds it to the top, and one at its end restricts it to folders, with
// all that is in them. "*" stands for any characters of a name, "?" for one, "[a-z]" for one of a
// class, "[^a-z]" or "[!a-z]" for one that is not of the class, "{a,b}" for one of several texts,
// and "**" for any characters and slashes: "a/**/b" also matches "a/b". A backslash takes the
// meaning from the character after it. What means something else in other programs, such as "!x",
// "- x", "# x" or "{{x}}", is an error.
//
// # Modification times
//
// The service keeps none of a client's. With [Options.ModTimeOwner] they travel in
// the metadata of the upload as a node property: of that owner, with the key
// "mtime", as RFC 3339 in UTC with up to nine decimals ("2016-05-04T03:02:01.5Z").
// Only the application that wrote a property sees it. That costs no request,
// except for a file or folder that is on the drive already with another time: an overwrite
// carries no metadata. A download restores the times that nodes have, of files
// that are there already, too, and those of directories when all else is done. The directory that is copied
// itself, and the folder that it goes into, keep their own.
//
// # Memory
//
// Folders are listed one at a time for each worker, depth first: memory grows with
// the largest folders and the depth of the tree, not with the number of files. A download
// that restores times also keeps each folder that has one.
package transfer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd"
)

// Upload copies the local directory from to the folder at the path to on the
// drive, and makes it with all above it if it is not there.
//
// The report is never nil. The error is that of the report, a [*FailedError], if
// single files failed; a cause that ended the whole: the context's, a directory that
// is not there, a token that is not accepted; or what Mirror refuses, [ErrEmptySource] and
// [ErrTooManyToTrash].
func Upload(ctx context.Context, client *acd.Client, from, to string, opts Options) (*Report, error) {
	u, single, err := newUploader(ctx, client, from, to, opts)
	if err != nil {
		return new(Report), err
	}
	defer u.close()
	if single == "" {
		err = u.directory(to)
	} else {
		err = u.single(single, filepath.Base(from), to)
	}
	u.report.GivenUp = u.refusals.givenUp()
	return u.done(err)
}

// newUploader checks all that can be checked before the first request. single is the local name of
// the file if from is one.
func newUploader(ctx context.Context, client *acd.Client, from, to string, opts Options) (u *uploader, single string, err error) {
	opts, err = opts.withDefaults()
	if err != nil {
		return nil, "", err
	}
	target, err := cleanPath(to)
	if err != nil {
		return nil, "", err
	}
	dir, single, err := splitSource(from)
	switch {
	case err != nil:
		return nil, "", err
	case opts.Mirror && single != "":
		return nil, "", fmt.Errorf("transfer: %w: Mirror is for directories, and %q is a file", acd.ErrInvalid, from)
	case opts.Mirror && target == "" && opts.RootID == "":
		return nil, "", fmt.Errorf("transfer: %w: Mirror needs a path on the drive, or its root's id as RootID", acd.ErrInvalid)
	}
	r, err := newRun(ctx, client, dir, opts)
	if err != nil {
		return nil, "", err
	}
	u = &uploader{run: r}
	if opts.Mirror && !opts.AllowEmptySource {
		err = u.checkSource()
	}
	if err != nil {
		u.close()
	}
	return u, single, err
}

// Download copies the folder at the path from on the drive to the local
// directory to, and makes it with all above it if it is not there. An existing
// file is replaced if its content differs. See [Upload] for the errors.
func Download(ctx context.Context, client *acd.Client, from, to string, opts Options) (*Report, error) {
	d, n, err := newDownloader(ctx, client, from, to, opts)
	if err != nil {
		return new(Report), err
	}
	defer d.close()
	if n.IsFolder() {
		top := d.target(n)
		d.queueFolder(item{path: top.path}, func() { d.expand(top) })
		d.work()
		d.restoreFolderTimes()
	} else {
		err = d.single(n, to)
	}
	return d.done(err)
}

// newDownloader finds what is to be downloaded, and makes the local directory for it.
func newDownloader(ctx context.Context, client *acd.Client, from, to string, opts Options) (*downloader, *acd.Node, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if opts.Mirror {
		return nil, nil, fmt.Errorf("transfer: %w: Mirror is for uploads", acd.ErrInvalid)
	}
	if _, err := newFilter(opts); err != nil {
		return nil, nil, err
	}
	if from, err = cleanPath(from); err != nil {
		return nil, nil, err
	}
	n, err := client.Nodes.Resolve(ctx, opts.RootID, from)
	if err != nil {
		return nil, nil, err
	}
	if !n.IsFolder() && !n.IsFile() {
		return nil, nil, fmt.Errorf("transfer: %w: %q on the drive is of the kind %q", acd.ErrInvalid, from, n.Kind)
	}
	dir := to
	if n.IsFile() && !isDirectory(to) {
		dir = filepath.Dir(to)
	}
	if !opts.DryRun {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, nil, err
		}
	}
	r, err := newRun(ctx, client, dir, opts)
	if err != nil {
		return nil, nil, err
	}
	return &downloader{run: r}, n, nil
}
