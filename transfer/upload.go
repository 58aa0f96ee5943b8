package transfer

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/partial"
)

// uploader is a run that copies from a local directory to the drive.
type uploader struct {
	*run
	extras   extras
	refusals refusals
}

// directory uploads the whole local directory.
func (u *uploader) directory(to string) error {
	to, err := cleanPath(to)
	if err != nil {
		return err
	}
	top, err := u.target(to)
	if err != nil {
		return err
	}
	u.queueFolder(top.item(), func() { u.expand(top) })
	u.work()
	if u.opts.Mirror && u.ctx.Err() == nil {
		return u.mirror()
	}
	return nil
}

// target returns the folder that everything is copied into. It makes the folder if it does not
// exist.
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

// mkdir makes a folder on the drive. If another program has made it meanwhile, mkdir uses that
// folder.
func (u *uploader) mkdir(f *folder) error {
	if u.opts.DryRun {
		f.fresh = true
		u.emit(Event{Action: MadeFolder, Path: f.path})
		return nil
	}
	at := place{f.parent.id, f.name, acd.KindFolder}
	opts, err := u.folderOptions(f)
	if err != nil {
		return err
	}
	n, err := u.client.Nodes.CreateFolder(u.ctx, at.folderID, at.name, opts...)
	if id := conflict(err); id != "" {
		there, lookErr := u.look(id, at)
		if lookErr != nil {
			return errors.Join(err, lookErr)
		}
		f.id = there.ID
		u.keepFolderTime(f, there)
		return nil
	}
	if err != nil {
		return err
	}
	if err := at.check(n); err != nil {
		return err
	}
	f.id, f.fresh = n.ID, true
	u.succeed()
	u.emit(Event{Action: MadeFolder, Path: f.path, Node: n})
	return nil
}

// conflict returns the id of the node that already has the name, "" if err is not such a conflict.
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
		u.fail(f.item(), err)
		return
	}
	// If there are Include patterns, a folder is made only when a file in it matches.
	if len(u.filter.include) == 0 {
		if err := f.ensure(u.mkdir); err != nil {
			u.fail(f.item(), err)
			return
		}
	}
	u.keepFolderTime(f, f.node)
	var nodes children
	if f.there && !f.fresh {
		if nodes, _, err = u.list(f.id); err != nil {
			u.fail(f.item(), err)
			if u.opts.Mirror || !isOneNode(err) {
				return
			}
		}
		f.listed = nodes.ids()
	}
	if u.opts.Mirror {
		u.countScope(f, nodes)
		u.findExtras(f, entries, nodes)
	}
	u.add(f, u.sift(f, entries), nodes)
}

// path returns the path of a local name in a folder, as events have it.
func (u *uploader) path(f *folder, local string) string {
	return join(f.path, u.opts.Encoding.DecodeElement(local))
}

// sift leaves out what must not be copied. It groups the other entries: names that the drive treats
// as one name are in one group.
func (u *uploader) sift(f *folder, entries []os.DirEntry) [][]os.DirEntry {
	var groups [][]os.DirEntry
	index := make(map[string]int, len(entries))
	for _, e := range entries {
		i := item{path: u.path(f, e.Name())}
		switch {
		case !e.IsDir() && !e.Type().IsRegular():
			u.leaveOut(i, whyNot(e.Type()))
			continue
		case e.IsDir() && !u.filter.folder(i.path), !e.IsDir() && !u.filter.file(i.path):
			u.leaveOut(i, "excluded")
			continue
		case partial.IsName(e.Name()):
			u.leaveOut(i, "an unfinished download")
			continue
		}
		key := fold(u.opts.Encoding.Decode(e.Name()))
		at, ok := index[key]
		if !ok {
			at = len(groups)
			index[key], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], e)
	}
	return groups
}

// add adds the tasks of a folder. The pool starts the newest task first, so the first name is added
// last.
func (u *uploader) add(f *folder, groups [][]os.DirEntry, nodes children) {
	for _, group := range slices.Backward(groups) {
		e := group[0]
		c := f.child(u.opts.Encoding.Decode(e.Name()), e.Name())
		n, err := nodes.find(c.name)
		switch {
		case len(group) > 1:
			u.collide(f, group)
		case err != nil:
			u.fail(c.item(), err)
		case n != nil && n.IsFolder() != e.IsDir():
			u.fail(item{path: c.path, node: n}, fmt.Errorf("%w on the drive", errInTheWay))
		case e.IsDir():
			if n != nil {
				c.id, c.there, c.node = n.ID, true, n
			}
			u.queueFolder(c.item(), func() { u.expand(c) })
		default:
			u.queueFile(c.item(), func() { u.file(f, c, n) })
		}
	}
}

// collide fails all names of a group, because the drive treats them as one name.
func (u *uploader) collide(f *folder, group []os.DirEntry) {
	err := &CollisionError{}
	for _, e := range group {
		err.Names = append(err.Names, e.Name())
	}
	for _, e := range group {
		u.fail(item{path: u.path(f, e.Name())}, err)
	}
}

// file uploads one file. at is the file's place in the folder f. n is the node that the drive has
// there, nil if there is none.
func (u *uploader) file(f, at *folder, n *acd.Node) {
	i := item{path: at.path, node: n}
	info, err := u.local.Lstat(at.local)
	if err != nil {
		u.fail(i, err)
		return
	}
	i.size = info.Size()
	switch {
	case !info.Mode().IsRegular():
		u.leaveOut(i, whyNot(info.Mode()))
		return
	case u.opts.MaxSize > 0 && info.Size() > u.opts.MaxSize:
		u.leaveOut(i, fmt.Sprintf("larger than %d bytes", u.opts.MaxSize))
		return
	}
	job := &sending{uploader: u, folder: f, path: at.path, name: at.name, local: at.local, info: info}
	action, n, err := job.settle(n)
	if err != nil {
		u.fail(i, err)
		return
	}
	u.succeed()
	u.emit(Event{Action: action, Path: i.path, Size: job.info.Size(), Node: n})
}
