package transfer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd"
)

// Upload copies the local directory from to the folder at the path to on the drive. If this folder
// or a folder above it does not exist, Upload makes it.
//
// The report is never nil. If single files failed, the error is a [*FailedError]. Any other error
// ended the whole run: the context's error, a directory that does not exist, or a token that is not
// accepted. With Mirror it may also be [ErrEmptySource] or [ErrTooManyToTrash].
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

// newUploader checks everything that can be checked before the first request. If from is a file,
// single is its local name, else it is "".
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

// Download copies the folder at the path from on the drive to the local directory to. If this
// directory or a directory above it does not exist, Download makes it. An existing file is replaced
// if its content differs. See [Upload] for the errors.
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

// newDownloader finds the node to download, and makes the local directory for it.
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
