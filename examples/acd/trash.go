package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) trashCommand() program.Command {
	c := a.connection()
	return program.Command{
		Name: "trash", Args: "list|restore REMOTE: [NAME|ID ...]", Min: 2, Max: 1000, Flags: c.register,
		Summary: "list what is in the drive's trash, or take something out of it",
		Help:    "What was trashed with a folder comes back with it. The service empties the trash after 30 days.",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			d, err := c.drive(ctx, con, locate(args[1]))
			if err != nil {
				return err
			}
			switch {
			case args[0] == "list" && len(args) == 2:
				return d.listTrash(ctx, con)
			case args[0] == "restore" && len(args) > 2:
				return d.restore(ctx, con, args[2:])
			}
			return program.Usagef("usage: acd trash list REMOTE:, or acd trash restore REMOTE: NAME ...")
		},
	}
}

func (d *drive) listTrash(ctx context.Context, con *program.Console) error {
	for n, err := range d.client.Nodes.Trashed(ctx, acd.ListOptions{AllStatuses: true}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(con.Out, "%9d %s %s %s\n", itemOf("", n).Size, n.ModifiedDate.Local().Format(time.DateTime), n.ID, n.Name)
	}
	return nil
}

// restore takes nodes out of the trash. Each is given by its id, or by its name if no other node in
// the trash has this name.
func (d *drive) restore(ctx context.Context, con *program.Console, wanted []string) error {
	found := map[string][]*acd.Node{}
	for n, err := range d.client.Nodes.Trashed(ctx, acd.ListOptions{AllStatuses: true}) {
		if err != nil {
			return err
		}
		for _, key := range []string{n.ID, n.Name} {
			if slices.Contains(wanted, key) {
				found[key] = append(found[key], n)
			}
		}
	}
	for _, key := range wanted {
		switch len(found[key]) {
		case 0:
			return fmt.Errorf("%q is not in the trash: \"acd trash list %s\" shows what is", key, d.name)
		case 1:
		default:
			return fmt.Errorf("%q is in the trash %d times: name one by its id, which \"acd trash list %s\" shows", key, len(found[key]), d.name)
		}
	}
	for _, key := range wanted {
		n := found[key][0]
		if _, err := d.client.Nodes.Restore(ctx, n.ID); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		paths, err := d.client.Nodes.Paths(ctx, n.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.Out, "restored: %q\n", paths)
	}
	return nil
}
