package main

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"

	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) albumsCommand() program.Command {
	l := a.library()
	return program.Command{
		Name: "albums", Summary: "list the albums, with how much is in each",
		Flags: func(fs *flag.FlagSet) { l.register(fs) },
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(con.Out, 0, 0, 2, ' ', 0)
			for album, err := range client.Albums.List(ctx) {
				if err != nil {
					return err
				}
				count := 0
				for _, err := range client.Albums.Items(ctx, album.ID) {
					if err != nil {
						return err
					}
					count++
				}
				fmt.Fprintf(t, "%d\t%s\n", count, shown(album.Name))
			}
			return t.Flush()
		},
	}
}
