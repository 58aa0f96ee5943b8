package webdav

import (
	"context"

	"github.com/acd-sdk/acd"
)

// remove removes an entry from its folder. If the node is in other folders too, it only leaves this
// folder. Otherwise it is moved to the trash.
func (x *exchange) remove(ctx context.Context, e *entry) error {
	if e.mem != nil {
		x.fs.memory.remove(e)
		return nil
	}
	var n *acd.Node
	var err error
	if len(e.node.Parents) > 1 {
		n, err = x.fs.drive.Nodes.RemoveParent(ctx, e.node.ID, e.folder, acd.WaitVisible())
	} else {
		n, err = x.fs.drive.Nodes.Trash(ctx, e.node.ID, acd.WaitVisible())
	}
	if n != nil {
		x.changed(e, nil)
	}
	return x.fail(err)
}

// displace removes the entry that has the name of the target of a COPY or MOVE. The service refuses
// a name that is taken, so the entry must be removed first. If the request fails, it is put back.
func (x *exchange) displace(ctx context.Context, e *entry) error {
	x.undo = append(x.undo, func(ctx context.Context) error { return x.putBack(ctx, e) })
	return x.remove(ctx, e)
}

// putBack is the reverse of remove. It does nothing if remove had no effect.
func (x *exchange) putBack(ctx context.Context, e *entry) error {
	if e.mem != nil {
		return x.fs.memory.restore(e)
	}
	n, err := x.fs.drive.Nodes.Get(ctx, e.node.ID)
	if err != nil {
		return err
	}
	switch {
	case n.Status == acd.StatusTrash:
		n, err = x.fs.drive.Nodes.Restore(ctx, n.ID, acd.WaitVisible())
	case !n.HasParent(e.folder):
		n, err = x.fs.drive.Nodes.AddParent(ctx, n.ID, e.folder, acd.WaitVisible())
	}
	if n != nil {
		x.changed(nil, &entry{name: e.name, folder: e.folder, node: n})
	}
	return err
}

// undoMade notes that made must be trashed again if the COPY fails.
func (x *exchange) undoMade(made *entry) {
	if x.method == "COPY" {
		x.undo = append(x.undo, func(ctx context.Context) error { return x.remove(ctx, made) })
	}
}
