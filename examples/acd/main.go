// Acd is a command for working with a drive: it lists, copies, compares, mirrors and follows.
//
//	go run ./examples/acd help
//	go run ./examples/acd ls mock:
//	go run ./examples/acd config
//	go run ./examples/acd copy ./Photos mine:Photos
//
// Each subcommand is a short file that shows how to use one package. Package
// examples/internal/program has the common parts: the table of commands, the flags, and the
// messages while the user waits.
package main

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
)

// app holds what all commands share.
type app struct {
	dir     string                       // directory of our configuration
	mock    func() (*mocks.Drive, error) // makes the drive for the remote mock:
	browser func(address string) error   // opens a page in a browser; nil means the system's browser
	network http.RoundTripper            // nil means the system's network

	opened []*found // remotes that the command has used
}

func main() {
	a := &app{mock: builtIn}
	if dir, err := os.UserConfigDir(); err == nil {
		a.dir = filepath.Join(dir, "acd")
	}
	os.Exit(a.program().Main())
}

// program returns the table of the commands.
func (a *app) program() *program.Program {
	return &program.Program{
		Name:    "acd",
		Summary: "acd copies files to an Amazon Drive and back, and shows and changes what is there.",
		Notes: `A path on a drive is REMOTE:PATH. REMOTE is one that "acd config" made, or an "amazon cloud drive" of
rclone's configuration, which is only read (RCLONE_CONFIG says where it is). ":acd:" is a remote made of
flags and environment alone. "mock:" is a drive in memory with a few files, to try things on. "photos:" is the
account of Amazon Photos in which "photos sign-in" (examples/photos) has signed in.

Settings come from a flag, else from the environment (ACD_CLIENT_ID, or RCLONE_ACD_CLIENT_ID as rclone has
it), else from the remote. The flags for secrets name files, since all users of a machine can read arguments.

Sizes are written as rclone writes them (10B, 1M, 1.5Gi; a number alone counts KiB), and so are
durations (90s, 3m, 2d).

The exit status is 0 if all went well, 1 if something failed, 2 if the command line cannot be right, and
3 if only a new sign-in helps.`,
		Commands: []program.Command{
			a.configCommand(), a.authorizeCommand(), a.remotesCommand(),
			a.lsdCommand(), a.lsCommand(), a.lslCommand(), a.sizeCommand(), a.aboutCommand(),
			a.treeCommand(), a.findCommand(), a.duplicatesCommand(), a.catCommand(),
			a.copyCommand(), a.syncCommand(), a.checkCommand(), a.followCommand(), a.serveCommand(),
			a.mkdirCommand(), a.moveCommand(), a.deleteCommand(), a.purgeCommand(), a.trashCommand(),
		},
		Explain: a.explain,
	}
}
