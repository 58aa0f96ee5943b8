package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) aboutCommand() program.Command {
	c := a.connection()
	var trash, asJSON bool
	return program.Command{
		Name: "about", Args: "REMOTE:", Min: 1, Max: 1, Summary: "show how much room the account has",
		Flags: func(fs *flag.FlagSet) {
			c.register(fs)
			fs.BoolVar(&trash, "trash", false, "add up the trash too, which takes a request for each 200 nodes in it")
			fs.BoolVar(&asJSON, "json", false, "print one JSON object, in bytes")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			d, err := c.drive(ctx, con, locate(args[0]))
			if err != nil {
				return err
			}
			var opts []acd.AboutOption
			if trash {
				opts = append(opts, acd.WithTrashSize())
			}
			about, err := d.client.Account.About(ctx, opts...)
			if err != nil {
				return err
			}
			if asJSON {
				return printAbout(con, about)
			}
			fmt.Fprintf(con.Out, "Total:   %s\nUsed:    %s\nFree:    %s\n", program.FormatSize(about.Total), program.FormatSize(about.Used), program.FormatSize(about.Free))
			if about.Trashed >= 0 {
				fmt.Fprintf(con.Out, "Trashed: %s\n", program.FormatSize(about.Trashed))
			}
			fmt.Fprintf(con.Out, "Objects: %d\n", about.Files)
			return nil
		},
	}
}

// printAbout prints JSON with the same keys as rclone.
func printAbout(con *program.Console, about *acd.About) error {
	object := map[string]int64{"total": about.Total, "used": about.Used, "free": about.Free, "objects": about.Files}
	if about.Trashed >= 0 {
		object["trashed"] = about.Trashed
	}
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(con.Out, string(text))
	return err
}
