package main

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) treeCommand() program.Command {
	l := a.listing()
	return program.Command{
		Name: "tree", Args: "REMOTE:PATH", Min: 1, Max: 1, Flags: l.register, Summary: "draw what is below a folder",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			below := map[string][]acd.WalkEntry{}
			if err := l.every(ctx, con, args[0], func(e acd.WalkEntry) error {
				dir := path.Dir(e.Path)
				below[dir] = append(below[dir], e)
				return nil
			}); err != nil {
				return err
			}
			t := drawing{w: con.Out, below: below}
			fmt.Fprintln(con.Out, args[0])
			t.draw(".", "")
			fmt.Fprintf(con.Out, "\n%d directories, %d files\n", t.folders, t.files)
			return nil
		},
	}
}

// drawing is a tree that is being printed.
type drawing struct {
	w              io.Writer
	below          map[string][]acd.WalkEntry // by the path of the folder; "." is the top
	folders, files int
}

func (t *drawing) draw(dir, indent string) {
	entries := t.below[dir]
	slices.SortFunc(entries, func(a, b acd.WalkEntry) int { return strings.Compare(a.Path, b.Path) })
	for i, e := range entries {
		branch, further := "├── ", "│   "
		if i == len(entries)-1 {
			branch, further = "└── ", "    "
		}
		fmt.Fprintf(t.w, "%s%s%s\n", indent, branch, path.Base(e.Path))
		if e.Node.IsFolder() {
			t.folders++
			t.draw(e.Path, indent+further)
		} else {
			t.files++
		}
	}
}
