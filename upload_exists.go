package acd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/acd-sdk/acd/internal/source"
)

// lookFirst asks for the name before a body is sent, where that saves more than
// it costs: the service refuses a name only at the body's end.
func (u *upload) lookFirst(ctx context.Context) (n *Node, done bool, err error) {
	large := u.src.Size == source.Unknown || u.src.Size >= lookFirstSize
	if u.opts.ifExists == FailIfExists && !large {
		return nil, false, nil
	}
	found, err := u.client.Nodes.child(ctx, u.parentID, u.raw, u.name, true)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, true, err
	}
	conflict := &Error{Op: u.op.Name, Target: u.name, Method: u.op.Method, ConflictID: found.ID, Err: ErrExists}
	if u.opts.ifExists == FailIfExists {
		return nil, true, conflict
	}
	return u.onConflict(ctx, conflict)
}

// onConflict does what the policy says when the name is taken. Not done means
// that the upload goes on, under another name.
func (u *upload) onConflict(ctx context.Context, conflict *Error) (n *Node, done bool, err error) {
	if u.opts.ifExists == KeepBoth {
		return nil, false, u.nextName(ctx)
	}
	if conflict.ConflictID == "" {
		n, err = u.client.Nodes.child(ctx, u.parentID, u.raw, u.name, true)
	} else {
		n, err = u.client.Nodes.Get(ctx, conflict.ConflictID)
	}
	switch {
	case err != nil:
		return nil, true, errors.Join(conflict, err)
	case !n.IsFile():
		return nil, true, conflict
	case u.opts.ifExists == OverwriteIfExists:
		u.op = opOverwrite
		n, err = u.overwrite(ctx, n)
		return n, true, err
	}
	same, err := u.identical(ctx, n)
	if err != nil || !same {
		return nil, true, errors.Join(err, conflict)
	}
	return n, true, nil
}

// identical compares the source with a file's content, reading the source only
// if it was not sent already.
func (u *upload) identical(ctx context.Context, n *Node) (bool, error) {
	n, err := u.settled(ctx, n)
	if err != nil {
		return false, err
	}
	d, sent, err := u.sentDigest(ctx)
	if err != nil {
		return false, err
	}
	if !sent {
		if u.src.Size != source.Unknown && u.src.Size != n.Size() {
			return false, nil
		}
		if d, err = u.digestOf(ctx); err != nil {
			return false, err
		}
	}
	return d.md5 == n.MD5() && d.size == n.Size(), nil
}

// nextName finds the first free "name (1).ext". The extension stays, so that the
// file still opens.
func (u *upload) nextName(ctx context.Context) error {
	ext := path.Ext(u.name)
	stem := strings.TrimSuffix(u.name, ext)
	if stem == "" {
		stem, ext = u.name, ""
	}
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s (%d)%s", stem, i, ext)
		raw := u.client.cfg.encoding.Encode(name)
		if err := checkName(u.op, raw, name); err != nil {
			return err
		}
		_, err := u.client.Nodes.child(ctx, u.parentID, raw, name, true)
		if errors.Is(err, ErrNotFound) {
			u.raw = raw
			return nil
		}
		if err != nil {
			return err
		}
	}
}
