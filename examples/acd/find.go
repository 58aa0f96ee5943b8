package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

// finding holds the flags of acd find.
type finding struct {
	*connection
	name, md5, label, kind, contentType, raw string
	after, before                            string
	minSize, maxSize                         program.Size
	json                                     bool
}

func (a *app) findCommand() program.Command {
	f := &finding{connection: a.connection()}
	return program.Command{
		Name: "find", Args: "REMOTE:PATH", Min: 1, Max: 1, Summary: "find files and folders by name, MD5, size, date, label",
		Help: `The service does the search, in its filter language, over the whole drive; sizes and PATH are compared here.
All that is given must be true. Dates are written as 2016-05-04, or as 2016-05-04T03:02:01Z.`,
		Flags: f.register,
		Run:   f.run,
	}
}

func (f *finding) register(fs *flag.FlagSet) {
	f.connection.register(fs)
	fs.StringVar(&f.name, "name", "", "with this `name`, or one that begins so: IMG_*")
	fs.StringVar(&f.md5, "md5", "", "files whose content has this `MD5`")
	fs.StringVar(&f.label, "label", "", "with this `label`")
	fs.StringVar(&f.kind, "kind", "", "`file` or folder")
	fs.StringVar(&f.contentType, "type", "", "files of this major MIME `type`, such as image")
	fs.StringVar(&f.after, "after", "", "modified after this `date`")
	fs.StringVar(&f.before, "before", "", "modified before this `date`")
	fs.Var(&f.minSize, "min-size", "files of at least this `size`")
	fs.Var(&f.maxSize, "max-size", "files of at most this `size`")
	fs.StringVar(&f.raw, "filter", "", "an `expression` of the service's own filter language")
	fs.BoolVar(&f.json, "json", false, "print one JSON array")
}

// filter returns the service's filter for the flags.
func (f *finding) filter() (acd.Filter, error) {
	var terms []acd.Filter
	is := func(value string, term func(string) acd.Filter) {
		if value != "" {
			terms = append(terms, term(value))
		}
	}
	is(f.md5, func(v string) acd.Filter { return acd.FieldMD5.Is(strings.ToLower(v)) })
	is(f.label, acd.FieldLabels.Is)
	is(f.kind, func(v string) acd.Filter { return acd.FieldKind.Is(strings.ToUpper(v)) })
	is(f.contentType, acd.FieldContentType.HasPrefix)
	is(f.raw, acd.RawFilter)
	is(f.name, func(v string) acd.Filter {
		if prefix, ok := strings.CutSuffix(v, "*"); ok {
			return acd.FieldName.HasPrefix(prefix)
		}
		return acd.FieldName.Is(v)
	})
	for _, bound := range []struct {
		flag, text string
		term       func(time.Time) acd.Filter
	}{{"-after", f.after, acd.FieldModified.After}, {"-before", f.before, acd.FieldModified.Before}} {
		if bound.text == "" {
			continue
		}
		t, err := date(bound.text)
		if err != nil {
			return acd.Filter{}, program.Usagef("%s: %w", bound.flag, err)
		}
		terms = append(terms, bound.term(t))
	}
	return acd.And(terms...), nil
}

func date(text string) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		err = fmt.Errorf("%q is not a date such as 2016-05-04 or 2016-05-04T03:02:01Z", text)
	}
	return t, err
}

func (f *finding) run(ctx context.Context, con *program.Console, args []string) error {
	filter, err := f.filter()
	if err != nil {
		return err
	}
	d, top, err := f.node(ctx, con, args[0])
	if err != nil {
		return err
	}
	below := locate(args[0]).path
	array := jsonArray{w: con.Out}
	for n, err := range d.client.Nodes.List(ctx, acd.ListOptions{Filter: filter, Sort: []acd.Order{acd.Ascending(acd.FieldName)}}) {
		if err != nil {
			return err
		}
		if n.ID == top.ID || !f.sized(n) {
			continue
		}
		path, err := d.pathBelow(ctx, n, below)
		if err != nil {
			return err
		}
		switch {
		case path == "":
		case f.json:
			err = array.add(itemOf(path, n))
		default:
			fmt.Fprintf(con.Out, "%9d %s\n", itemOf(path, n).Size, path)
		}
		if err != nil {
			return err
		}
	}
	if f.json {
		return array.end()
	}
	return nil
}

// sized checks the sizes, because the filter language cannot compare them.
func (f *finding) sized(n *acd.Node) bool {
	if f.minSize <= 0 && f.maxSize <= 0 {
		return n.IsFile() || n.IsFolder()
	}
	return n.IsFile() && n.Size() >= int64(f.minSize) && (f.maxSize <= 0 || n.Size() <= int64(f.maxSize))
}

// pathBelow returns the first path of a node that is below the path above, "" if there is none.
func (d *drive) pathBelow(ctx context.Context, n *acd.Node, above string) (string, error) {
	paths, err := d.client.Nodes.Paths(ctx, n.ID)
	if errors.Is(err, acd.ErrNotFound) {
		return "", nil // the node was removed meanwhile
	}
	for _, path := range paths {
		if above == "" || strings.HasPrefix(strings.ToLower(path), strings.ToLower(above)+"/") {
			return path, err
		}
	}
	return "", err
}
