package main

import (
	"context"
	"flag"
	"fmt"
	"path"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) mkdirCommand() program.Command {
	c := a.connection()
	return program.Command{
		Name: "mkdir", Args: "REMOTE:PATH", Min: 1, Max: 1, Flags: c.register, Summary: "make a folder, with all above it",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			l := locate(args[0])
			d, err := c.drive(ctx, con, l)
			if err != nil {
				return err
			}
			_, err = d.client.Nodes.MkdirAll(ctx, "", l.path)
			return err
		},
	}
}

func (a *app) moveCommand() program.Command {
	c := a.connection()
	var dry bool
	return program.Command{
		Name: "move", Args: "REMOTE:FROM REMOTE:TO", Min: 2, Max: 2, Summary: "move or rename a file or a folder on a drive",
		Help: "It goes into TO if that is a folder, or ends in a slash, and else to exactly this path. No content moves.",
		Flags: func(fs *flag.FlagSet) {
			c.register(fs)
			dryRun(fs, &dry)
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			from, to := locate(args[0]), locate(args[1])
			if from.remote != to.remote {
				return program.Usagef("move stays on one drive; acd copy goes from one to another")
			}
			if from.path == "" {
				return program.Usagef("the drive's root cannot be moved")
			}
			return c.move(ctx, con, from, to, dry)
		},
	}
}

func (c *connection) move(ctx context.Context, con *program.Console, from, to location, dry bool) error {
	d, n, err := c.node(ctx, con, from.arg)
	if err != nil {
		return err
	}
	parent, err := d.client.Nodes.Resolve(ctx, "", folderOfPath(from.path))
	if err != nil {
		return err
	}
	dir, name := to.path, n.Name
	there, err := d.client.Nodes.Resolve(ctx, "", to.path)
	if !to.slash && (err != nil || !there.IsFolder() || there.ID == n.ID) {
		dir, name = folderOfPath(to.path), path.Base(to.path)
	}
	if dry {
		fmt.Fprintf(con.Out, "would be moved: %q to %q\n", from.path, strings.TrimPrefix(dir+"/"+name, "/"))
		return nil
	}
	folder, err := d.client.Nodes.MkdirAll(ctx, "", dir)
	if err != nil {
		return err
	}
	_, err = d.client.Nodes.Move(ctx, n.ID, parent.ID, folder.ID, acd.MoveAs(name))
	return err
}

// folderOfPath returns the path of the folder that contains a path; "" is the root.
func folderOfPath(p string) string { return strings.TrimPrefix(path.Dir("/"+p), "/") }

func (a *app) deleteCommand() program.Command {
	l := a.listing()
	var dry bool
	return program.Command{
		Name: "delete", Args: "REMOTE:PATH", Min: 1, Max: 1, Summary: "move a file, or the files below a folder, to the drive's trash",
		Help: "Folders stay. Patterns say which files are meant. acd trash shows what is in the trash, and takes it out again.",
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			dryRun(fs, &dry)
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			var files []acd.WalkEntry
			if err := l.each(ctx, con, args[0], func(e acd.WalkEntry) error {
				files = append(files, e)
				return nil
			}); err != nil {
				return err
			}
			d, err := l.drive(ctx, con, locate(args[0]))
			if err != nil {
				return err
			}
			return d.trash(ctx, con, files, dry, l.workers)
		},
	}
}

func (a *app) purgeCommand() program.Command {
	c := a.connection()
	var dry bool
	return program.Command{
		Name: "purge", Args: "REMOTE:PATH", Min: 1, Max: 1, Summary: "move a folder, with all that is in it, to the drive's trash",
		Flags: func(fs *flag.FlagSet) {
			c.register(fs)
			dryRun(fs, &dry)
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			d, n, err := c.node(ctx, con, args[0])
			if err != nil {
				return err
			}
			l := locate(args[0])
			switch {
			case l.path == "":
				return program.Usagef("the drive's root cannot be trashed; acd delete moves the files in it to the trash")
			case !n.IsFolder():
				return program.Usagef("%s is a file; acd delete moves it to the trash", args[0])
			}
			return d.trash(ctx, con, []acd.WalkEntry{{Path: l.path, Node: n}}, dry, c.workers)
		},
	}
}

// trash moves nodes to the trash and prints the number.
func (d *drive) trash(ctx context.Context, con *program.Console, entries []acd.WalkEntry, dry bool, workers int) error {
	if dry {
		for _, e := range entries {
			fmt.Fprintf(con.Out, "would be moved to the trash: %q\n", e.Path)
		}
		return nil
	}
	var done atomic.Int64
	var tasks errgroup.Group
	tasks.SetLimit(workers)
	for _, e := range entries {
		tasks.Go(func() error {
			if _, err := d.client.Nodes.Trash(ctx, e.Node.ID); err != nil {
				return fmt.Errorf("%q: %w", e.Path, err)
			}
			done.Add(1)
			return nil
		})
	}
	err := tasks.Wait()
	fmt.Fprintf(con.Out, "%d moved to the trash of %s, which the service empties after 30 days\n", done.Load(), d.name)
	return err
}
