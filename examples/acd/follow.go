package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
	"github.com/acd-sdk/acd/tree"
)

// following holds the flags of acd follow, and the two sides while it runs.
type following struct {
	*connection
	interval program.Duration
	transfer int
	print    bool
	once     bool
	adopt    bool
	backup   string

	con    *program.Console
	drive  *drive
	path   string // path of the folder on the drive
	t      *tree.Tree
	saved  string // file of the index t
	kept   string // checkpoint in that file
	begun  bool   // there was an earlier run, or this run has begun to change the directory
	local  *localSide
	dir    string
	away   *removed
	hashes *transfer.FileHashCache
	// synced holds the MD5s of the files as this command stored them, by local path. If a file has
	// another MD5 now, the user changed it.
	synced map[string]string
}

func (a *app) followCommand() program.Command {
	f := &following{connection: a.connection(), interval: program.Duration(5 * time.Minute)}
	return program.Command{
		Name: "follow", Args: "REMOTE:PATH [DIR]", Min: 1, Max: 2, Summary: "keep a local directory equal to a folder of a drive",
		Help: `It reads the change feed into an index of the drive, and brings to DIR what has changed. It goes one way: a
file that was changed or made here is moved to DIR.acd-removed/DATE, and so is one that is gone from the
drive. Nothing is deleted. It may be killed at any time, and goes on where it was. With -print it only says
what changes, and needs no DIR.`,
		Flags: func(fs *flag.FlagSet) {
			f.connection.register(fs)
			fs.Var(&f.interval, "interval", "how `long` to wait from one look at the drive to the next")
			fs.IntVar(&f.transfer, "transfers", 8, "how many files at once")
			fs.BoolVar(&f.print, "print", false, "only say what changes on the drive, from now or from -checkpoint on")
			fs.BoolVar(&f.once, "once", false, "look once, and end")
			fs.BoolVar(&f.adopt, "adopt", false, "begin in a directory that holds other files, which are moved away")
			fs.StringVar(&f.backup, "backup-dir", "", "move local files to this `directory`, on the same disk")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) (err error) {
			if f.interval <= 0 || f.transfer < 1 {
				return program.Usagef("-interval must be above 0, and -transfers at least 1")
			}
			l := locate(args[0])
			f.con, f.path = con, l.path
			if f.drive, err = f.connection.drive(ctx, con, l); err != nil {
				return err
			}
			switch {
			case f.print && len(args) == 1:
				return f.watch(ctx)
			case f.print || len(args) == 1:
				return program.Usagef("follow wants REMOTE:PATH and a directory, or -print and no directory")
			}
			return f.run(ctx, args[0], args[1])
		},
	}
}

// run follows the drive until ctx ends.
func (f *following) run(ctx context.Context, remote, dir string) (err error) {
	if f.away, err = newRemoved(dir, f.backup); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	f.local, f.dir = &localSide{root}, f.away.from
	state, err := f.state(remote)
	if err != nil {
		return err
	}
	if f.hashes, err = transfer.OpenHashCache(filepath.Join(state, "hashes")); err != nil {
		return fmt.Errorf("is another acd follow at work in %s? %w", dir, err)
	}
	defer func() { err = errors.Join(err, f.hashes.Close()) }()
	if err := f.load(filepath.Join(state, "index")); err != nil {
		return err
	}
	return f.loop(ctx, checkpoints{f.t}, f.apply)
}

// state returns the directory that keeps the state for this folder of the drive and this local
// directory.
func (f *following) state(remote string) (string, error) {
	if err := f.app.prepare(); err != nil {
		return "", err
	}
	key := md5.Sum([]byte(remote + "\x00" + f.endpoint + "\x00" + f.dir))
	dir := filepath.Join(f.app.dir, "follow", hex.EncodeToString(key[:]))
	return dir, os.MkdirAll(dir, 0o700)
}

// load reads the index of the earlier run. The MD5s in this index are those with which the files
// were stored.
func (f *following) load(file string) error {
	f.saved, f.synced = file, map[string]string{}
	t, err := tree.Load(file, f.drive.treeOptions()...)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(f.con.Err, "the index is built anew: %v\n", err)
		}
		f.t = tree.New(f.drive.treeOptions()...)
		return nil
	}
	f.t, f.begun, f.kept = t, true, t.Checkpoint()
	if top, ok := t.Lookup(f.path); ok {
		files, _ := f.wanted(top.ID)
		for local, n := range files {
			f.synced[local] = n.MD5
		}
	}
	return nil
}

// checkpoints makes the feed begin at the checkpoint of the index. It does not save anything: the
// index is saved later, when the directory is equal to it.
type checkpoints struct{ *tree.Tree }

// Load implements acd.CheckpointStore.
func (c checkpoints) Load(context.Context) (string, error) { return c.Checkpoint(), nil }

// Save implements acd.CheckpointStore.
func (c checkpoints) Save(context.Context, string) error { return nil }

var errOnce = errors.New("once")

// loop calls handle for every change set of the feed.
func (f *following) loop(ctx context.Context, store acd.CheckpointStore, handle func(context.Context, *acd.ChangeSet) error) error {
	err := f.drive.client.Changes.Watch(ctx, store, func(ctx context.Context, set *acd.ChangeSet) error {
		f.con.Rest("")
		err := handle(ctx, set)
		if set.End {
			f.con.Rest("up to date at " + time.Now().Format(time.TimeOnly))
		}
		if err == nil && set.End && f.once {
			return errOnce
		}
		return err
	}, acd.WatchOptions{
		Changes:  acd.ChangesOptions{IncludePurged: true},
		Interval: time.Duration(f.interval),
	})
	if errors.Is(err, errOnce) {
		return nil
	}
	return err
}

// apply applies a change set to the index. At the end of the feed it makes the directory equal to
// the index.
func (f *following) apply(ctx context.Context, set *acd.ChangeSet) error {
	if err := f.t.Apply(set); err != nil || !set.End {
		return err
	}
	failed, err := f.equal(ctx)
	switch {
	case err != nil:
		return err
	case failed > 0 && f.once:
		return program.ErrReported
	case failed > 0:
		fmt.Fprintf(f.con.Err, "%d files failed; they are tried again in %s\n", failed, program.FormatDuration(time.Duration(f.interval)))
		return nil
	}
	return f.save()
}

// save writes the index, if the file has another checkpoint.
func (f *following) save() error {
	if f.begun && f.kept == f.t.Checkpoint() {
		return nil
	}
	f.begun, f.kept = true, f.t.Checkpoint()
	return f.t.Save(f.saved)
}

// watch prints the changes.
func (f *following) watch(ctx context.Context) error {
	f.t = tree.New(f.drive.treeOptions()...)
	if err := f.t.Sync(ctx, f.drive.client); err != nil {
		return err
	}
	store := &acd.MemoryCheckpointStore{}
	from := f.drive.remote.Checkpoint
	replay := from != "" // replay is true while the feed repeats changes that the index knows already
	if from == "" {
		from = f.t.Checkpoint()
	}
	if err := store.Save(ctx, from); err != nil {
		return err
	}
	return f.loop(ctx, store, func(_ context.Context, set *acd.ChangeSet) error {
		before := make([][]string, len(set.Nodes))
		known := make([]bool, len(set.Nodes))
		for i, n := range set.Nodes {
			old, _ := f.t.Get(n.ID)
			before[i], known[i] = f.t.Paths(n.ID), old.Version >= n.Version
		}
		if err := f.t.Apply(set); err != nil {
			return err
		}
		for i, n := range set.Nodes {
			if replay || !known[i] {
				f.show(n, before[i], f.t.Paths(n.ID))
			}
		}
		replay = replay && !set.End
		return nil
	})
}
