package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
)

// between copies from drive to drive. Each file is read from one drive while it is sent to the
// other. Nothing is stored on this machine.
func (m *moving) between(ctx context.Context, from, to location) (*transfer.Report, error) {
	if m.modTimes {
		return new(transfer.Report), program.Usagef("-mtime is for copies to and from this machine")
	}
	source, n, err := m.node(ctx, m.con, from.arg)
	if err != nil {
		return new(transfer.Report), err
	}
	target, err := m.drive(ctx, m.con, to)
	if err != nil {
		return new(transfer.Report), err
	}
	if source == target && n.IsFolder() && (to.path == from.path || strings.HasPrefix(to.path+"/", from.path+"/") || from.path == "") {
		return new(transfer.Report), program.Usagef("%s is inside of %s", to.arg, from.arg)
	}
	match, err := transfer.NewMatcher(m.opts)
	if err != nil {
		return new(transfer.Report), err
	}
	b := &betweenDrives{moving: m, source: source, target: target, match: match}
	b.tasks.SetLimit(m.transfers)
	err = b.top(ctx, n, to)
	_ = b.tasks.Wait() // each task reports its own result
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = b.report.Err()
	}
	return &b.report, err
}

// betweenDrives is one copy from drive to drive.
type betweenDrives struct {
	*moving
	source, target *drive
	match          *transfer.Matcher
	tasks          errgroup.Group

	mu     sync.Mutex
	report transfer.Report
}

// folderOf is a folder of the target. It is made when the first file or folder is copied into it.
type folderOf struct {
	path string
	rel  string // path in events
	mu   sync.Mutex
	node *acd.Node // nil until it exists
}

// top copies a folder, or one file.
func (b *betweenDrives) top(ctx context.Context, n *acd.Node, to location) error {
	there, err := b.target.client.Nodes.Resolve(ctx, "", to.path)
	if err != nil && !errors.Is(err, acd.ErrNotFound) {
		return err
	}
	if n.IsFolder() {
		if there != nil && !there.IsFolder() {
			return fmt.Errorf("%s is a file", to.arg)
		}
		return b.folder(ctx, entryOf(n), &folderOf{path: to.path, rel: ".", node: there})
	}
	name, dir := n.Name, to.path
	switch {
	case there != nil && there.IsFolder(), to.slash:
	default:
		i := strings.LastIndexByte(to.path, '/')
		name, dir, there = to.path[i+1:], to.path[:max(i, 0)], nil
	}
	f := &folderOf{path: dir, rel: ".", node: there}
	if there == nil {
		if f.node, err = b.target.client.Nodes.Resolve(ctx, "", dir); err != nil && !errors.Is(err, acd.ErrNotFound) {
			return err
		}
	}
	e := entryOf(n)
	e.path = entry{}.below(n.Name)
	there = nil
	if f.node != nil {
		if there, err = b.target.client.Nodes.Child(ctx, f.node.ID, name); err != nil && !errors.Is(err, acd.ErrNotFound) {
			return err
		}
	}
	b.file(ctx, e, name, f, there)
	return nil
}

// folder copies what is in a folder.
func (b *betweenDrives) folder(ctx context.Context, from entry, to *folderOf) error {
	entries, err := (&driveSide{b.source.client}).list(ctx, from)
	if err != nil {
		return err
	}
	there, err := b.existing(ctx, to)
	if err != nil {
		return err
	}
	if len(b.opts.Include) == 0 {
		if _, err := b.ensure(ctx, to); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case e.dir && !b.match.Folder(e.path), !e.dir && !b.match.File(e.path, e.size):
			b.done(transfer.Event{Action: transfer.LeftOut, Path: e.path, Size: e.size, Node: e.node, Why: "excluded"})
		case e.dir:
			below := &folderOf{path: strings.TrimPrefix(to.path+"/"+entry{}.below(e.name), "/"), rel: e.path, node: there[e.key()]}
			if below.node != nil && !below.node.IsFolder() {
				b.fail(ctx, e, errors.New("a file of this name is in the way"))
				continue
			}
			b.fail(ctx, e, b.folder(ctx, e, below))
		default:
			b.tasks.Go(func() error {
				b.file(ctx, e, e.name, to, there[e.key()])
				return nil
			})
		}
	}
	return nil
}

// existing returns the nodes in a folder of the target, by the keys of their names.
func (b *betweenDrives) existing(ctx context.Context, f *folderOf) (map[string]*acd.Node, error) {
	there := map[string]*acd.Node{}
	if f.node == nil {
		return there, nil
	}
	entries, err := (&driveSide{b.target.client}).list(ctx, entry{node: f.node})
	for _, e := range entries {
		there[e.key()] = e.node
	}
	return there, err
}

// ensure makes a folder of the target, with all folders above it.
func (b *betweenDrives) ensure(ctx context.Context, f *folderOf) (*acd.Node, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.node != nil {
		return f.node, nil
	}
	b.done(transfer.Event{Action: transfer.MadeFolder, Path: f.rel})
	if b.dryRun {
		return nil, nil
	}
	n, err := b.target.client.Nodes.MkdirAll(ctx, "", f.path)
	f.node = n
	return n, err
}

// file copies one file. If a file of this name exists in the target, it is overwritten.
func (b *betweenDrives) file(ctx context.Context, e entry, name string, to *folderOf, there *acd.Node) {
	if ctx.Err() != nil {
		b.done(transfer.Event{Action: transfer.NotReached, Path: e.path, Size: e.size, Node: e.node, Err: context.Cause(ctx)})
		return
	}
	var err error
	switch {
	case there != nil && !there.IsFile():
		err = errors.New("a folder of this name is in the way")
	case there != nil && there.Size() == e.size && there.MD5() == e.md5 && e.md5 != "":
		b.done(transfer.Event{Action: transfer.Identical, Path: e.path, Size: e.size, Node: there})
		return
	case !b.dryRun:
		err = b.send(ctx, e, name, to)
	}
	if err == nil {
		b.done(transfer.Event{Action: transfer.Copied, Path: e.path, Size: e.size, Node: e.node})
	}
	b.fail(ctx, e, err)
}

// send reads from one drive and writes to the other. For each attempt the source is opened again.
func (b *betweenDrives) send(ctx context.Context, e entry, name string, to *folderOf) error {
	folder, err := b.ensure(ctx, to)
	if err != nil {
		return err
	}
	open := func() (io.ReadCloser, error) { return b.source.client.Content.Open(ctx, e.node) }
	n, err := b.target.client.Content.Upload(ctx, folder.ID, name, nil, acd.WithReopen(open), acd.WithSize(e.size),
		acd.IfExists(acd.OverwriteIfExists), acd.WithProgress(func(p acd.Progress) {
			if p.Phase == acd.PhaseSending {
				b.bar.Moving(e.path, p.Done)
			}
		}))
	if err == nil && e.md5 != "" && n.MD5() != e.md5 {
		err = fmt.Errorf("%w: the source has MD5 %s, the copy %s", acd.ErrChecksum, e.md5, n.MD5())
	}
	return err
}

// fail reports one file or folder as failed if err is not nil.
func (b *betweenDrives) fail(ctx context.Context, e entry, err error) {
	if err == nil {
		return
	}
	action := transfer.Failed
	if ctx.Err() != nil {
		action = transfer.NotReached
	}
	b.done(transfer.Event{Action: action, Path: e.path, Size: e.size, Node: e.node, Err: err})
}

// done counts the result of a file or a folder, and prints it if necessary.
func (b *betweenDrives) done(e transfer.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &b.report
	switch e.Action {
	case transfer.Copied:
		r.Copied++
		r.Bytes += e.Size
	case transfer.Identical:
		r.Identical++
	case transfer.LeftOut:
		r.LeftOut++
	case transfer.MadeFolder:
		r.Folders++
	case transfer.Failed:
		r.Failed++
	case transfer.NotReached:
		r.NotReached++
	}
	b.event(e)
}
