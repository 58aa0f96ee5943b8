package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/acd-sdk/acd"
)

// downloader is a run from the drive.
type downloader struct{ *run }

var errCircle = errors.New("the folder is inside itself")

func (d *downloader) target(n *acd.Node) *folder {
	return &folder{path: ".", local: ".", id: n.ID, there: true}
}

// mkdir makes a local folder. A symbolic link is not taken for one: it would mix
// two folders into one.
func (d *downloader) mkdir(f *folder) error {
	if d.local != nil {
		info, err := d.local.Lstat(f.local)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return fmt.Errorf("%w: %s", errInTheWay, describe(info.Mode()))
		case !errors.Is(err, fs.ErrNotExist):
			return refusedName(err)
		}
	}
	if !d.opts.DryRun {
		if err := d.local.Mkdir(f.local, 0o777); err != nil {
			return err
		}
	}
	f.fresh = true
	d.emit(Event{Action: MadeFolder, Path: f.path})
	return nil
}

func refusedName(err error) error {
	return fmt.Errorf("the local system does not take the name: %w", err)
}

func describe(mode os.FileMode) string {
	if mode.IsRegular() {
		return "a file"
	}
	if mode.IsDir() {
		return "a directory"
	}
	return whyNot(mode)
}

// expand lists a folder on both sides and adds a task for everything in it.
func (d *downloader) expand(f *folder) {
	nodes, err := d.children(f.id)
	if err != nil {
		d.fail(f.path, 0, err)
		return
	}
	if len(d.filter.include) == 0 {
		if err := f.ensure(d.mkdir); err != nil {
			d.fail(f.path, 0, err)
			return
		}
	}
	names, err := d.localNames(f)
	if err != nil {
		d.fail(f.path, 0, err)
		return
	}
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(nodes))) {
		d.add(f, nodes[key], names)
	}
}

// localNames are the names that the local directory has, by their folded names.
func (d *downloader) localNames(f *folder) (map[string][]string, error) {
	if f.fresh || d.local == nil {
		return nil, nil
	}
	entries, err := d.entries(f.local)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make(map[string][]string, len(entries))
	for _, e := range entries {
		key := fold(e.Name())
		names[key] = append(names[key], e.Name())
	}
	return names, err
}

// add adds the task of one name.
func (d *downloader) add(f *folder, group []*acd.Node, names map[string][]string) {
	n := group[0]
	path := join(f.path, element(n.Name))
	switch {
	case n.IsFile() && !d.filter.file(path), n.IsFolder() && !d.filter.folder(path):
		d.emit(Event{Action: LeftOut, Path: path, Size: n.Size(), Node: n, Why: "excluded"})
		return
	case n.IsFile() && d.opts.MaxSize > 0 && n.Size() > d.opts.MaxSize:
		d.emit(Event{Action: LeftOut, Path: path, Size: n.Size(), Node: n, Why: fmt.Sprintf("larger than %d bytes", d.opts.MaxSize)})
		return
	}
	local, err := d.localName(n.Name)
	switch {
	case err != nil:
	case len(group) > 1:
		err = errTwoNodes
	case n.Status == acd.StatusPending:
		err = fmt.Errorf("%w: its upload is not finished", acd.ErrUnavailable)
	case n.IsFolder() && f.inside(n.ID):
		err = errCircle
	}
	if err != nil {
		d.fail(path, n.Size(), err)
		return
	}
	c := f.child(n.Name, local)
	if n.IsFolder() {
		c.id = n.ID
		d.pool.folder(func() { d.expand(c) })
		return
	}
	known := names[fold(local)]
	d.pool.file(func() { d.file(f, c.path, c.local, n, slices.Contains(known, local) || len(known) == 1) })
}

// file brings one file from the drive. known says that the local directory listed
// the name, or the same in another case.
func (d *downloader) file(f *folder, path, local string, n *acd.Node, known bool) {
	action, err := d.settle(f, path, local, n, known)
	if err != nil {
		d.fail(path, n.Size(), err)
		return
	}
	d.emit(Event{Action: action, Path: path, Size: n.Size(), Node: n})
}

func (d *downloader) settle(f *folder, path, local string, n *acd.Node, known bool) (Action, error) {
	same, err := d.identical(path, local, n, known)
	if err != nil {
		return 0, err
	}
	if d.opts.DryRun {
		if same {
			return Identical, nil
		}
		return Copied, nil
	}
	if same {
		return Identical, d.restoreModTime(local, n)
	}
	if err := f.ensure(d.mkdir); err != nil {
		return 0, err
	}
	if n, err = d.fetch(path, local, n); err != nil {
		return 0, err
	}
	if err := d.restoreModTime(local, n); err != nil {
		return 0, err
	}
	if info, err := d.local.Lstat(local); err == nil && info.Size() == n.Size() {
		d.rememberOwn(local, info, n.MD5())
	}
	return Copied, nil
}

// identical says whether the local file has the content of the node. It refuses
// what the local system cannot hold beside what is there.
func (d *downloader) identical(path, local string, n *acd.Node, known bool) (bool, error) {
	if d.local == nil {
		return false, nil
	}
	info, err := d.local.Lstat(local)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, refusedName(err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%w: %s", errInTheWay, describe(info.Mode()))
	case !known:
		return false, fmt.Errorf("the local system takes the name for that of another file: %w", fs.ErrExist)
	case info.Size() != n.Size() || n.MD5() == "":
		return false, nil
	}
	sum, err := d.md5(path, local, info)
	return sum == n.MD5(), err
}

// fetch downloads, and begins anew if the content arrived damaged or changed meanwhile.
func (d *downloader) fetch(path, local string, n *acd.Node) (*acd.Node, error) {
	opts := slices.Clone(d.opts.DownloadOptions)
	if fn := d.progress(path); fn != nil {
		opts = append(opts, acd.WithProgress(fn))
	}
	for try := 1; ; try++ {
		err := d.client.Content.DownloadFileIn(d.ctx, n, d.local, local, opts...)
		if err == nil || try == tries || !errors.Is(err, acd.ErrChecksum) && !errors.Is(err, acd.ErrChanged) {
			return n, err
		}
		fresh, getErr := d.client.Nodes.Get(d.ctx, n.ID)
		if getErr != nil {
			return n, errors.Join(err, getErr)
		}
		n = fresh
	}
}

// restoreModTime gives the local file the time that the node carries.
func (d *downloader) restoreModTime(local string, n *acd.Node) error {
	t, err := d.modTime(n)
	if err != nil || t.IsZero() {
		return err
	}
	if err := d.local.Chtimes(local, t, t); err != nil {
		return fmt.Errorf("its modified time: %w", err)
	}
	return nil
}
