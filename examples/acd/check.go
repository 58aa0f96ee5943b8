package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
)

func (a *app) checkCommand() program.Command {
	l := a.listing()
	var download, oneWay bool
	return program.Command{
		Name: "check", Args: "FROM TO", Min: 2, Max: 2, Summary: "compare two directories or files, on drives or local",
		Help: `Files are compared by size and MD5: those of the drive are the service's own, local ones are read. The
status is 1 if there is a difference.`,
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			fs.BoolVar(&download, "download", false, "read every file on the drive too, and compare contents")
			fs.BoolVar(&oneWay, "one-way", false, "what is only in TO is no difference")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			match, err := l.matcher()
			if err != nil {
				return err
			}
			k := &comparison{download: download, oneWay: oneWay, match: match, noEmpty: len(l.include) > 0, out: con.Err}
			if err := l.compare(ctx, con, k, locate(args[0]), locate(args[1])); err != nil {
				return err
			}
			if k.differences() > 0 {
				return program.ErrReported
			}
			return nil
		},
	}
}

// compare compares what two arguments name, and prints the result.
func (c *connection) compare(ctx context.Context, con *program.Console, k *comparison, from, to location) error {
	source, target, closeSides, err := c.sides(ctx, con, k, from, to)
	if err != nil {
		return err
	}
	defer closeSides()
	if !source.dir && target.dir { // the copy of a file is in the target folder
		if target, err = child(ctx, k.to, target, source.name); err != nil {
			return err
		}
	}
	if err := k.run(ctx, source, target, c.workers); err != nil {
		return err
	}
	fmt.Fprintln(con.Out, k.result)
	return nil
}

// sides opens both sides of a comparison.
func (c *connection) sides(ctx context.Context, con *program.Console, k *comparison, from, to location) (source, target entry, closeBoth func(), err error) {
	closeBoth = func() {
		closeSide(k.from)
		closeSide(k.to)
	}
	if k.from, source, err = c.side(ctx, con, from); err == nil {
		k.to, target, err = c.side(ctx, con, to)
	}
	if err != nil {
		closeBoth()
	}
	return source, target, closeBoth, err
}

// side opens what an argument names. It returns the side, and the folder or file on it.
func (c *connection) side(ctx context.Context, con *program.Console, l location) (side, entry, error) {
	if l.onDrive() {
		d, n, err := c.node(ctx, con, l.arg)
		if err != nil {
			return nil, entry{}, err
		}
		e := entryOf(n)
		if !e.dir {
			e.path = entry{}.below(e.name)
		}
		return &driveSide{d.client}, e, nil
	}
	info, err := os.Stat(l.arg)
	if err != nil {
		return nil, entry{}, err
	}
	dir, e := l.arg, entry{dir: true, local: "."}
	if !info.IsDir() {
		dir, e.local = filepath.Split(l.arg)
		e.dir, e.size, e.name = false, info.Size(), transfer.DefaultEncoding().Decode(e.local)
		e.path = entry{}.below(e.name)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "."))
	return &localSide{root}, e, err
}

func closeSide(s side) {
	if l, ok := s.(*localSide); ok {
		l.root.Close()
	}
}

// child returns the entry of that name in a folder.
func child(ctx context.Context, s side, folder entry, name string) (entry, error) {
	entries, err := s.list(ctx, folder)
	if err != nil {
		return entry{}, err
	}
	for _, e := range entries {
		if e.key() == (entry{name: name}).key() {
			return e, nil
		}
	}
	return entry{}, fmt.Errorf("%q: %w in the target", name, os.ErrNotExist)
}
