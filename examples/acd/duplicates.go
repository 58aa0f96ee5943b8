package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"slices"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/tree"
)

func (a *app) duplicatesCommand() program.Command {
	c := a.connection()
	var index string
	return program.Command{
		Name: "duplicates", Args: "REMOTE:PATH", Min: 1, Max: 1, Summary: "show files below a folder that have the same content",
		Help: "It reads the change feed into an index of the drive. With -index only what has changed is asked for the next time.",
		Flags: func(fs *flag.FlagSet) {
			c.register(fs)
			fs.StringVar(&index, "index", "", "keep the index in `FILE`")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			d, top, err := c.node(ctx, con, args[0])
			if err != nil {
				return err
			}
			t, err := d.index(ctx, con, index)
			if err != nil {
				return err
			}
			groups := map[string][]string{} // paths by MD5
			sizes := map[string]int64{}
			seen := map[string]bool{}
			collect(t, top.ID, "", seen, func(path string, n tree.Node) {
				if n.MD5 != "" && n.Size > 0 {
					groups[n.MD5], sizes[n.MD5] = append(groups[n.MD5], path), n.Size
				}
			})
			printDuplicates(con, groups, sizes)
			return nil
		},
	}
}

// index returns an up-to-date index of the drive.
func (d *drive) index(ctx context.Context, con *program.Console, file string) (*tree.Tree, error) {
	opts := d.treeOptions()
	t := tree.New(opts...)
	if file != "" {
		saved, err := tree.Load(file, opts...)
		switch {
		case err == nil:
			t = saved
		case !errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(con.Err, "-index: %v; it is built anew\n", err)
		}
	}
	if err := t.Sync(ctx, d.client); err != nil {
		return nil, err
	}
	if file != "" {
		return t, t.Save(file)
	}
	return t, nil
}

// treeOptions returns the options that make an index decode names as the client does.
func (d *drive) treeOptions() []tree.Option {
	return []tree.Option{tree.WithNameEncoding(d.remote.Encoding)}
}

// collect calls do for every file below a folder, once per file.
func collect(t *tree.Tree, folderID, path string, seen map[string]bool, do func(path string, n tree.Node)) {
	for n := range t.Children(folderID) {
		if seen[n.ID] {
			continue // a file in several folders counts once
		}
		seen[n.ID] = true
		below := entry{path: path}.below(n.Name)
		if n.IsFolder() {
			collect(t, n.ID, below, seen, do)
		} else if n.IsFile() {
			do(below, n)
		}
	}
}

// printDuplicates prints the duplicates that waste the most space first.
func printDuplicates(con *program.Console, groups map[string][]string, sizes map[string]int64) {
	var sums []string
	var wasted int64
	waste := func(sum string) int64 { return sizes[sum] * int64(len(groups[sum])-1) }
	for sum, paths := range groups {
		if len(paths) > 1 {
			slices.Sort(paths)
			sums = append(sums, sum)
			wasted += waste(sum)
		}
	}
	slices.SortFunc(sums, func(a, b string) int { return cmp.Or(cmp.Compare(waste(b), waste(a)), cmp.Compare(a, b)) })
	for _, sum := range sums {
		fmt.Fprintf(con.Out, "%d files of %s, MD5 %s\n", len(groups[sum]), program.FormatSize(sizes[sum]), sum)
		for _, path := range groups[sum] {
			fmt.Fprintf(con.Out, "  %s\n", path)
		}
	}
	fmt.Fprintf(con.Out, "%d contents are there more than once; the copies take %s\n", len(sums), program.FormatSize(wasted))
}
