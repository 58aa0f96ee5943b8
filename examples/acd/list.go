package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

// listing holds the flags of the commands that list files.
type listing struct {
	*connection
	filters
	json bool
}

func (a *app) listing() *listing { return &listing{connection: a.connection()} }

func (l *listing) register(fs *flag.FlagSet) {
	l.connection.register(fs)
	l.filters.register(fs)
}

func (a *app) lsdCommand() program.Command {
	c := a.connection()
	return program.Command{
		Name: "lsd", Args: "REMOTE:PATH", Min: 1, Max: 1, Flags: c.register,
		Summary: "list the folders in a folder",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			d, top, err := c.node(ctx, con, args[0])
			if err != nil {
				return err
			}
			if !top.IsFolder() {
				return program.Usagef("%s is a file; acd ls shows it", args[0])
			}
			for n, err := range d.client.Nodes.Children(ctx, top.ID, acd.ListOptions{Sort: []acd.Order{acd.Ascending(acd.FieldName)}}) {
				if err != nil {
					return err
				}
				if n.IsFolder() {
					fmt.Fprintf(con.Out, "%12d %s %9d %s\n", -1, n.ModifiedDate.Local().Format(time.DateTime), -1, n.Name)
				}
			}
			return nil
		},
	}
}

func (a *app) lsCommand() program.Command {
	l := a.listing()
	return program.Command{
		Name: "ls", Args: "REMOTE:PATH", Min: 1, Max: 1, Summary: "list the files below a folder with their sizes",
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			fs.BoolVar(&l.json, "json", false, "print one JSON array, of folders too, with times, ids and MD5s")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			if l.json {
				return l.printJSON(ctx, con, args[0])
			}
			return l.each(ctx, con, args[0], func(e acd.WalkEntry) error {
				_, err := fmt.Fprintf(con.Out, "%9d %s\n", e.Node.Size(), e.Path)
				return err
			})
		},
	}
}

func (a *app) lslCommand() program.Command {
	l := a.listing()
	return program.Command{
		Name: "lsl", Args: "REMOTE:PATH", Min: 1, Max: 1, Flags: l.register, Summary: "list the files below a folder with sizes and times",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			return l.each(ctx, con, args[0], func(e acd.WalkEntry) error {
				_, err := fmt.Fprintf(con.Out, "%9d %s %s\n", e.Node.Size(), e.Node.ModifiedDate.Local().Format("2006-01-02 15:04:05.000000000"), e.Path)
				return err
			})
		},
	}
}

func (a *app) sizeCommand() program.Command {
	l := a.listing()
	return program.Command{
		Name: "size", Args: "REMOTE:PATH", Min: 1, Max: 1, Flags: l.register, Summary: "count the files below a folder and their bytes",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			var files, bytes int64
			err := l.each(ctx, con, args[0], func(e acd.WalkEntry) error {
				files++
				bytes += e.Node.Size()
				return nil
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(con.Out, "Total objects: %d\nTotal size: %s (%d Byte)\n", files, program.FormatSize(bytes), bytes)
			return nil
		},
	}
}

// node opens the drive of an argument and finds the node at its path.
func (c *connection) node(ctx context.Context, con *program.Console, arg string) (*drive, *acd.Node, error) {
	l := locate(arg)
	d, err := c.drive(ctx, con, l)
	if err != nil {
		return nil, nil, err
	}
	n, err := d.client.Nodes.Resolve(ctx, "", l.path)
	return d, n, err
}

// each calls do for every file below a folder. If the path is a file, it calls do for that file.
func (l *listing) each(ctx context.Context, con *program.Console, arg string, do func(acd.WalkEntry) error) error {
	return l.every(ctx, con, arg, func(e acd.WalkEntry) error {
		if !e.Node.IsFile() {
			return nil
		}
		return do(e)
	})
}

// every calls do for every file and folder below a folder. If the path is a file, it calls do for
// that file.
func (l *listing) every(ctx context.Context, con *program.Console, arg string, do func(acd.WalkEntry) error) error {
	d, top, err := l.node(ctx, con, arg)
	if err != nil {
		return err
	}
	if top.IsFile() {
		return do(acd.WalkEntry{Path: top.Name, Node: top})
	}
	for e, err := range l.walk(ctx, d, top.ID, l.workers) {
		if err == nil {
			err = do(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// item is a node in the form in which rclone's lsjson prints it.
type item struct {
	Path    string
	Name    string
	Size    int64
	ModTime time.Time
	IsDir   bool
	ID      string
	Hashes  map[string]string `json:",omitempty"`
}

func itemOf(path string, n *acd.Node) item {
	i := item{Path: path, Name: n.Name, Size: n.Size(), ModTime: n.ModifiedDate, IsDir: n.IsFolder(), ID: n.ID}
	if n.IsFolder() {
		i.Size = -1
	}
	if n.MD5() != "" {
		i.Hashes = map[string]string{"md5": n.MD5()}
	}
	return i
}

func (l *listing) printJSON(ctx context.Context, con *program.Console, arg string) error {
	array := jsonArray{w: con.Out}
	err := l.every(ctx, con, arg, func(e acd.WalkEntry) error { return array.add(itemOf(e.Path, e.Node)) })
	return errors.Join(err, array.end())
}

// jsonArray writes a JSON array, one element at a time.
type jsonArray struct {
	w     io.Writer
	begun bool
}

func (a *jsonArray) add(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	before := ",\n"
	if !a.begun {
		a.begun, before = true, "[\n"
	}
	_, err = fmt.Fprintf(a.w, "%s%s", before, text)
	return err
}

func (a *jsonArray) end() error {
	if !a.begun {
		_, err := fmt.Fprintln(a.w, "[]")
		return err
	}
	_, err := fmt.Fprintln(a.w, "\n]")
	return err
}
