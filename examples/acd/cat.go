package main

import (
	"context"
	"errors"
	"io"

	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) catCommand() program.Command {
	c := a.connection()
	return program.Command{
		Name: "cat", Args: "REMOTE:PATH ...", Min: 1, Max: 1000, Flags: c.register, Summary: "write the content of files to standard output",
		Help: "The MD5 is compared at the end: a file that arrived differently makes the command fail.",
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			for _, arg := range args {
				d, n, err := c.node(ctx, con, arg)
				if err != nil {
					return err
				}
				if !n.IsFile() {
					return program.Usagef("%s is a folder; acd copy brings it here", arg)
				}
				r, err := d.client.Content.Open(ctx, n)
				if err != nil {
					return err
				}
				_, err = io.Copy(con.Out, r)
				if err = errors.Join(err, r.Close()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
