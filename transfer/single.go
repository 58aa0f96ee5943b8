package transfer

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/acd-sdk/acd"
)

// splitSource splits a local path. For a directory it returns the path and an empty name, for a
// file its directory and its name. If the path itself is a symbolic link, the link is followed.
// Links below a directory are not followed.
func splitSource(from string) (dir, name string, err error) {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return "", "", err
	case info.IsDir():
		return from, "", nil
	case !info.Mode().IsRegular():
		return "", "", fmt.Errorf("transfer: %w: %q is %s", acd.ErrInvalid, from, whyNot(info.Mode()))
	}
	if from, err = filepath.EvalSymlinks(from); err != nil {
		return "", "", err
	}
	return filepath.Dir(from), filepath.Base(from), nil
}

// isDirectory reports whether a file that is copied to the local path goes into a directory of that
// path.
func isDirectory(to string) bool {
	if to == "" || os.IsPathSeparator(to[len(to)-1]) {
		return true
	}
	info, err := os.Stat(to)
	return err == nil && info.IsDir()
}

// single uploads one file of the local directory. own is the name that the caller gave.
func (u *uploader) single(local, own, to string) error {
	f, name, err := u.singleTarget(u.opts.Encoding.Decode(own), to)
	if err != nil {
		return err
	}
	c := f.child(name, local)
	if !u.filter.file(c.path) {
		u.leaveOut(item{path: c.path}, "excluded")
		return nil
	}
	var n *acd.Node
	if f.id != "" {
		n, err = u.client.Nodes.Child(u.ctx, f.id, name)
		if err != nil && !errors.Is(err, acd.ErrNotFound) {
			return err
		}
	}
	if n != nil && !n.IsFile() {
		u.fail(item{path: c.path, node: n}, fmt.Errorf("%w on the drive", errInTheWay))
		return nil
	}
	u.queueFile(item{path: c.path}, func() { u.file(f, c, n) })
	u.work()
	return nil
}

// singleTarget returns the folder on the drive and the name that a file gets there. own is the
// file's name on the local side, decoded.
func (u *uploader) singleTarget(own, to string) (*folder, string, error) {
	clean, err := cleanPath(to)
	if err != nil {
		return nil, "", err
	}
	if clean == "" || strings.HasSuffix(to, "/") {
		f, err := u.target(clean)
		return f, own, err
	}
	n, err := u.client.Nodes.Resolve(u.ctx, u.opts.RootID, clean)
	switch {
	case err == nil && n.IsFolder():
		return &folder{path: ".", local: ".", id: n.ID, there: true}, own, nil
	case err != nil && !errors.Is(err, acd.ErrNotFound):
		return nil, "", err
	}
	above, last := path.Split(clean)
	f, err := u.target(strings.TrimSuffix(above, "/"))
	return f, fromElement(last), err
}

// single downloads one file.
func (d *downloader) single(n *acd.Node, to string) error {
	i := item{path: element(n.Name), size: n.Size(), node: n}
	if why := d.whyLeftOut(i.path, n); why != "" {
		d.leaveOut(i, why)
		return nil
	}
	local := filepath.Base(to)
	if isDirectory(to) {
		var err error
		if local, err = d.localName(n.Name); err != nil {
			d.fail(i, err)
			return nil
		}
	}
	top := &folder{path: ".", local: ".", there: true}
	listed, err := d.localNames(top)
	if err != nil {
		return err
	}
	d.sweep(top, map[string]*acd.Node{local: n}, listed)
	d.queueFile(i, func() { d.file(&receiving{downloader: d, folder: top, item: i, spot: listed.spot(local)}) })
	d.work()
	return nil
}
