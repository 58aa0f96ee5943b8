package acd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/acd-sdk/acd/internal/source"
)

// lookFirst looks for the name before the body is sent, if that saves more than it costs: if the
// name is taken, the service says so only after the whole body was sent.
func (u *upload) lookFirst(ctx context.Context) (n *Node, done bool, err error) {
	large := u.src.Size == source.Unknown || u.src.Size >= lookFirstSize
	if u.opts.ifExists == FailIfExists && !large {
		return nil, false, nil
	}
	found, err := u.client.Nodes.nameHolder(ctx, u.parentID, u.raw, u.name)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	conflict := u.exists(ctx, found.ID, nil)
	if u.opts.ifExists == FailIfExists {
		return nil, true, conflict
	}
	return u.onConflict(ctx, conflict)
}

// onConflict does what the policy says when the name is taken. If it returns neither done nor an
// error, the upload goes on under another name.
func (u *upload) onConflict(ctx context.Context, conflict *Error) (n *Node, done bool, err error) {
	if u.opts.ifExists == KeepBoth {
		return nil, false, u.nextName(ctx)
	}
	n, err = u.client.Nodes.holder(ctx, u.identity(), u.name, conflict.ConflictID)
	switch {
	case err != nil:
		return nil, true, amend(ctx, u.op, u.name, conflict, func(cause error) error { return joinCauses(cause, err) })
	case !n.IsFile():
		return nil, true, conflict
	case u.opts.ifExists == OverwriteIfExists:
		u.op = opOverwrite
		if n, err = u.overwrite(ctx, n); err == nil {
			n, err = u.describe(ctx, n)
		}
		return n, true, err
	}
	same, err := u.identical(ctx, n)
	switch {
	case err != nil:
		return nil, true, amend(ctx, u.op, u.name, conflict, func(cause error) error { return joinCauses(cause, err) })
	case !same:
		return nil, true, conflict
	}
	return n, true, nil
}

// describe sets the labels and properties of the upload on a file that was overwritten. It uses one
// request, or several if the service takes only one property in a request.
func (u *upload) describe(ctx context.Context, n *Node) (*Node, error) {
	p := patch{}
	if u.opts.labels != nil {
		p["labels"] = u.opts.labels
	}
	if len(u.opts.properties) == 0 {
		if len(p) == 0 {
			return n, nil
		}
		return u.describeBy(ctx, n, p)
	}
	all := maps.Clone(p)
	all["properties"], all["resourceVersion"] = u.opts.properties, "V2"
	described, err := u.client.Nodes.update(ctx, n.ID, all)
	if err == nil || !errors.Is(err, ErrInvalid) {
		return cmp.Or(described, n), err
	}
	if len(p) > 0 {
		if n, err = u.describeBy(ctx, n, p); err != nil {
			return n, err
		}
	}
	for owner, properties := range u.opts.properties {
		for _, key := range slices.Sorted(maps.Keys(properties)) {
			if err := u.client.Nodes.SetProperty(ctx, n.ID, owner, key, properties[key]); err != nil {
				return n, err
			}
		}
	}
	return u.client.Nodes.Get(ctx, n.ID)
}

func (u *upload) describeBy(ctx context.Context, n *Node, p patch) (*Node, error) {
	described, err := u.client.Nodes.update(ctx, n.ID, p)
	return cmp.Or(described, n), err
}

// identical reports whether the source has the same content as a file. It reads the source only if
// the source was not sent already.
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

// mostNumbers is how many numbers are tried for a name that is taken. Each costs a request.
const mostNumbers = 1000

// nextName finds the first free name of the form "name (1).ext". It keeps the extension, so that
// the file still opens. If the name with its number is too long, it shortens the part before the
// number.
func (u *upload) nextName(ctx context.Context) error {
	ext := path.Ext(u.name)
	stem := strings.TrimSuffix(u.name, ext)
	if stem == "" {
		stem, ext = u.name, ""
	}
	for i := 1; i <= mostNumbers; i++ {
		name, raw := u.numbered(stem, fmt.Sprintf(" (%d)%s", i, ext))
		if err := checkName(ctx, u.op, raw, name); err != nil {
			return err
		}
		_, err := u.client.Nodes.nameHolder(ctx, u.parentID, raw, name)
		if errors.Is(err, ErrNotFound) && raw != u.raw {
			u.raw = raw
			return nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return u.fail(ctx, fmt.Errorf("%w, and so are its next %d numbers", ErrExists, mostNumbers))
}

// numbered returns stem with suffix appended. If the result is too long, it first cuts the end of
// stem.
func (u *upload) numbered(stem, suffix string) (name, raw string) {
	for {
		name = stem + suffix
		raw = u.client.storedName(name, u.opts.rawName)
		if _, last := utf8.DecodeLastRuneInString(stem); lengthOf(raw) > maxName && last < len(stem) {
			stem = stem[:len(stem)-last]
			continue
		}
		return name, raw
	}
}
