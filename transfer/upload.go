package transfer

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/acd-sdk/acd"
)

// uploader is a run towards the drive.
type uploader struct {
	*run
	extras extras
}

// target is the folder that everything goes into.
func (u *uploader) target(to string) (*folder, error) {
	top := &folder{path: ".", local: "."}
	n, err := u.client.Nodes.Resolve(u.ctx, u.opts.RootID, to)
	switch {
	case errors.Is(err, acd.ErrNotFound) && u.opts.DryRun:
		top.there, top.fresh = true, true
		return top, nil
	case errors.Is(err, acd.ErrNotFound):
		if n, err = u.client.Nodes.MkdirAll(u.ctx, u.opts.RootID, to); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	if !n.IsFolder() {
		return nil, fmt.Errorf("transfer: %w: %q on the drive is not a folder", acd.ErrInvalid, to)
	}
	top.id, top.there = n.ID, true
	return top, nil
}

// mkdir makes a folder on the drive, or takes the one that another program was faster with.
func (u *uploader) mkdir(f *folder) error {
	if u.opts.DryRun {
		f.fresh = true
		u.emit(Event{Action: MadeFolder, Path: f.path})
		return nil
	}
	n, err := u.client.Nodes.CreateFolder(u.ctx, f.parent.id, f.name)
	if id := conflict(err); id != "" {
		if n, err = u.client.Nodes.Get(u.ctx, id); err == nil && !n.IsFolder() {
			err = fmt.Errorf("%w, and is not a folder", acd.ErrExists)
		}
		if err == nil {
			f.id = n.ID
		}
		return err
	}
	if err != nil {
		return err
	}
	f.id, f.fresh = n.ID, true
	u.emit(Event{Action: MadeFolder, Path: f.path, Node: n})
	return nil
}

// conflict is the node that has the name that a call wanted.
func conflict(err error) string {
	if e, ok := errors.AsType[*acd.Error](err); ok && errors.Is(err, acd.ErrExists) {
		return e.ConflictID
	}
	return ""
}

// expand lists a folder on both sides and adds a task for everything in it.
func (u *uploader) expand(f *folder) {
	entries, err := u.entries(f.local)
	if err != nil {
		u.fail(f.path, 0, err)
		return
	}
	// With patterns for files, a folder that holds none is not made.
	if len(u.filter.include) == 0 {
		if err := f.ensure(u.mkdir); err != nil {
			u.fail(f.path, 0, err)
			return
		}
	}
	var nodes map[string][]*acd.Node
	if f.there && !f.fresh {
		if nodes, err = u.children(f.id); err != nil {
			u.fail(f.path, 0, err)
			return
		}
	}
	if u.opts.Mirror {
		u.findExtras(f, entries, nodes)
	}
	u.add(f, u.sift(f, entries), nodes)
}

// sift leaves out what is not to be copied, and groups the others by what the
// drive takes for one name.
func (u *uploader) sift(f *folder, entries []os.DirEntry) [][]os.DirEntry {
	var groups [][]os.DirEntry
	index := make(map[string]int, len(entries))
	for _, e := range entries {
		path := join(f.path, u.opts.Encoding.DecodeElement(e.Name()))
		switch {
		case !e.IsDir() && !e.Type().IsRegular():
			u.emit(Event{Action: LeftOut, Path: path, Why: whyNot(e.Type())})
			continue
		case e.IsDir() && !u.filter.folder(path), !e.IsDir() && !u.filter.file(path):
			u.emit(Event{Action: LeftOut, Path: path, Why: "excluded"})
			continue
		case isPartial(e.Name()):
			u.emit(Event{Action: LeftOut, Path: path, Why: "an unfinished download"})
			continue
		}
		key := fold(u.opts.Encoding.Decode(e.Name()))
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// add adds the tasks of a folder, the first name last: the newest task goes first.
func (u *uploader) add(f *folder, groups [][]os.DirEntry, nodes map[string][]*acd.Node) {
	for _, group := range slices.Backward(groups) {
		e := group[0]
		c := f.child(u.opts.Encoding.Decode(e.Name()), e.Name())
		on := nodes[fold(c.name)]
		switch {
		case len(group) > 1:
			u.collide(f, group)
		case len(on) > 1:
			u.fail(c.path, 0, errTwoNodes)
		case len(on) == 1 && on[0].IsFolder() != e.IsDir():
			u.fail(c.path, 0, fmt.Errorf("%w on the drive", errInTheWay))
		case e.IsDir():
			if len(on) == 1 {
				c.id, c.there = on[0].ID, true
			}
			u.pool.folder(func() { u.expand(c) })
		case len(on) == 1:
			u.pool.file(func() { u.file(f, c.path, c.name, c.local, on[0]) })
		default:
			u.pool.file(func() { u.file(f, c.path, c.name, c.local, nil) })
		}
	}
}

// collide refuses names that the drive would fold into one.
func (u *uploader) collide(f *folder, group []os.DirEntry) {
	err := &CollisionError{}
	for _, e := range group {
		err.Names = append(err.Names, e.Name())
	}
	for _, e := range group {
		u.fail(join(f.path, u.opts.Encoding.DecodeElement(e.Name())), 0, err)
	}
}

// file brings one file to the drive; n is what the drive has under its name.
func (u *uploader) file(f *folder, path, name, local string, n *acd.Node) {
	info, err := u.local.Lstat(local)
	switch {
	case err != nil:
		u.fail(path, 0, err)
		return
	case !info.Mode().IsRegular():
		u.emit(Event{Action: LeftOut, Path: path, Why: whyNot(info.Mode())})
		return
	case u.opts.MaxSize > 0 && info.Size() > u.opts.MaxSize:
		u.emit(Event{Action: LeftOut, Path: path, Size: info.Size(), Why: fmt.Sprintf("larger than %d bytes", u.opts.MaxSize)})
		return
	}
	job := &sending{uploader: u, folder: f, path: path, name: name, local: local, info: info}
	action, n, err := job.settle(n)
	if err != nil {
		u.fail(path, info.Size(), err)
		return
	}
	u.emit(Event{Action: action, Path: path, Size: info.Size(), Node: n})
}
