package webdav

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"
	"time"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// A fileSystem makes a drive usable by the library golang.org/x/net/webdav. The context of its
// methods must hold an exchange.
type fileSystem struct {
	drive  *acd.Client
	rootID string
	memory *memory
	props  *properties

	mu        sync.Mutex
	current   *view
	rootEntry *entry
	rootAsked time.Time
}

// find returns the entry at a path. If there is none, the error is [fs.ErrNotExist]. It is not kept
// as the failure of the exchange, because only some requests fail for this reason.
func (x *exchange) find(ctx context.Context, name string) (*entry, error) {
	if x.shown != nil {
		if e := x.shown[name]; e != nil {
			return e, nil
		}
		return nil, fs.ErrNotExist
	}
	e, err := x.view.find(ctx, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, x.fail(err)
	}
	return e, err
}

// folder returns the folder above a path, in which something is to be made.
func (x *exchange) folder(ctx context.Context, name string) (*entry, error) {
	if name == "/" {
		return nil, x.fail(fault(http.StatusForbidden, "the folder that is served cannot be changed itself"))
	}
	e, err := x.find(ctx, path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !e.IsDir() {
		return nil, x.fail(fault(http.StatusConflict, "there is no folder to put it in"))
	}
	return e, err
}

// inFolder returns the entry of that name in a folder, nil if there is none.
func (x *exchange) inFolder(ctx context.Context, folder *entry, element string) (*entry, error) {
	e, err := x.view.child(ctx, folder.node.ID, element)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return e, x.fail(err)
}

func (s *fileSystem) Stat(ctx context.Context, name string) (os.FileInfo, error) {
	x := exchangeOf(ctx)
	e, err := x.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if x.method == "MOVE" && name == x.target {
		// If a MOVE only changes the case of the name, or how its characters are composed, the file
		// itself has the target's name. That is not a conflict.
		if src, err := x.find(ctx, x.name); err == nil && src.key() == e.key() {
			return nil, fs.ErrNotExist
		}
	}
	return e, nil
}

func (s *fileSystem) OpenFile(ctx context.Context, name string, flag int, _ os.FileMode) (webdav.File, error) {
	x := exchangeOf(ctx)
	if flag&os.O_TRUNC != 0 {
		return s.create(ctx, x, name)
	}
	e, err := x.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if x.method == http.MethodGet || x.method == http.MethodHead {
		x.answer.Header().Set("Content-Type", e.contentType()) // otherwise the library reads the content to guess its type
	}
	return &file{ctx: ctx, x: x, entry: e}, nil
}

// create opens a file for writing. For PUT and COPY it is a file on the drive, for LOCK an empty
// file in memory.
func (s *fileSystem) create(ctx context.Context, x *exchange, name string) (webdav.File, error) {
	folder, err := x.folder(ctx, name)
	if err != nil {
		return nil, err
	}
	t := &target{ctx: ctx, x: x, folder: folder.node.ID, name: path.Base(name)}
	if t.there, err = x.inFolder(ctx, folder, t.name); err != nil {
		return nil, err
	}
	if t.there != nil && t.there.IsDir() && !x.replace {
		return nil, x.fail(fault(http.StatusMethodNotAllowed, "this is a folder"))
	}
	if x.method == "LOCK" {
		if t.there, err = s.memory.put(t.folder, t.name, nil); err != nil {
			return nil, x.fail(err)
		}
		return &file{ctx: ctx, x: x, entry: t.there}, nil
	}
	return t, nil
}

func (s *fileSystem) Mkdir(ctx context.Context, name string, _ os.FileMode) error {
	x := exchangeOf(ctx)
	folder, err := x.folder(ctx, name)
	if err != nil {
		return err
	}
	there, err := x.inFolder(ctx, folder, path.Base(name))
	if err != nil {
		return err
	}
	if there != nil {
		if !x.replace {
			return x.fail(fault(http.StatusMethodNotAllowed, "the name is taken"))
		}
		if err := x.displace(ctx, there); err != nil {
			return err
		}
	}
	n, err := s.drive.Nodes.CreateFolder(ctx, folder.node.ID, nameOf(path.Base(name)), acd.WaitVisible())
	if n == nil && errors.Is(err, acd.ErrExists) {
		return x.fail(fault(http.StatusMethodNotAllowed, "the name is taken"))
	}
	if n == nil {
		return x.fail(err)
	}
	made := &entry{name: shownName(n), folder: folder.node.ID, node: n}
	x.changed(nil, made)
	x.eachView(func(v *view) { v.emptied(n.ID) })
	x.undoMade(made)
	return x.fail(err)
}

// RemoveAll deletes the entry if the request is a DELETE. For a COPY or MOVE it only notes that the
// target may be replaced. The target is removed later, when the source is known to exist.
func (s *fileSystem) RemoveAll(ctx context.Context, name string) error {
	x := exchangeOf(ctx)
	if name == "/" {
		return x.fail(fault(http.StatusForbidden, "the folder that is served cannot be removed"))
	}
	if x.method != http.MethodDelete {
		x.replace = true
		return nil
	}
	e, err := x.find(ctx, name)
	if err != nil {
		return err
	}
	return x.remove(ctx, e)
}

func (s *fileSystem) Rename(ctx context.Context, oldName, newName string) error {
	x := exchangeOf(ctx)
	src, err := x.find(ctx, oldName)
	if errors.Is(err, fs.ErrNotExist) {
		return x.fail(err)
	}
	if err != nil {
		return err
	}
	if oldName == "/" {
		return x.fail(fault(http.StatusForbidden, "the folder that is served cannot be moved"))
	}
	folder, err := x.folder(ctx, newName)
	if err != nil {
		return err
	}
	to := path.Base(newName)
	there, err := x.inFolder(ctx, folder, to)
	if err != nil {
		return err
	}
	if there != nil && there.key() != src.key() {
		if !x.replace {
			return x.fail(fault(http.StatusPreconditionFailed, "the name is taken"))
		}
		if err := x.displace(ctx, there); err != nil {
			return err
		}
	}
	if src.mem != nil {
		return x.moveMemory(ctx, src, folder.node.ID, to)
	}
	return x.move(ctx, src, folder.node.ID, to)
}

// move moves a node, and renames it if its name changes.
func (x *exchange) move(ctx context.Context, src *entry, folderID, to string) error {
	opts := []acd.MoveOption{acd.WaitVisible()}
	if to != src.name {
		if len(src.node.Parents) > 1 {
			return x.fail(fault(http.StatusForbidden, "this is in several folders, and would be renamed in all of them"))
		}
		opts = append(opts, acd.MoveAs(nameOf(to)))
	}
	n, err := x.fs.drive.Nodes.Move(ctx, src.node.ID, src.folder, folderID, opts...)
	if n != nil {
		x.changed(src, &entry{name: shownName(n), folder: folderID, node: n})
		x.undo = nil // the move is done: what it replaced stays in the trash
	}
	return x.fail(err)
}

// moveMemory moves a file that is in memory. If the new name is one that stays in memory, or the
// file is empty, it stays in memory. Otherwise it is written to the drive.
func (x *exchange) moveMemory(ctx context.Context, src *entry, folderID, to string) error {
	if isJunk(to) || len(src.mem.data) == 0 {
		return x.fail(x.fs.memory.move(src, folderID, to))
	}
	t := &target{ctx: ctx, x: x, folder: folderID, name: to}
	if err := t.write(contentOfMemory(src.mem)); err != nil {
		return x.fail(err)
	}
	x.fs.memory.remove(src)
	x.undo = nil
	return nil
}

// changed tells the views about a change.
func (x *exchange) changed(gone, there *entry) {
	x.eachView(func(v *view) { v.changed(gone, there) })
}

// eachView calls f with the view of this request, and with the view that later requests use if that
// is another one.
func (x *exchange) eachView(f func(*view)) {
	x.fs.mu.Lock()
	current := x.fs.current
	x.fs.mu.Unlock()
	f(x.view)
	if current != nil && current != x.view {
		f(current)
	}
}
