package main

import (
	"context"
	"flag"

	"github.com/acd-sdk/acd/examples/internal/program"
)

func (a *app) copyCommand() program.Command {
	m := a.moving()
	return program.Command{
		Name: "copy", Args: "FROM TO", Min: 2, Max: 2, Summary: "copy a directory or a file up, down, or from drive to drive",
		Help: `Nothing is removed, and what is there already with the same content is left alone: an interrupted copy is run
again. Every transfer is verified by size and MD5. A file goes into TO if that is a folder, or ends in a
slash, and else to exactly this path. The table at the end counts every file that was seen.

Patterns are those of package transfer: "*.tmp" in any folder, "/docs/" only at the top.`,
		Flags: func(fs *flag.FlagSet) { m.register(fs) },
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			from, to := locate(args[0]), locate(args[1])
			if !from.onDrive() && !to.onDrive() {
				return program.Usagef("neither %q nor %q is on a drive, which is named as in REMOTE:PATH", from.arg, to.arg)
			}
			closeAll, err := m.begin(con)
			if err != nil {
				return err
			}
			defer closeAll()
			return m.run(ctx, from, to)
		},
	}
}
