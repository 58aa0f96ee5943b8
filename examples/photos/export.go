package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/examples/photos/export"
)

// day is a flag for a date.
type day struct{ time.Time }

func (d *day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

func (d *day) Set(text string) (err error) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if d.Time, err = time.Parse(layout, text); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%q is no date such as 2019-07-04, 2019-07 or 2019", text)
}

func (d *day) set() bool { return !d.IsZero() }

func (a *app) exportCommand() program.Command {
	l := a.library()
	var o export.Options
	var from, to day
	var albums, zone string
	return program.Command{
		Name: "export", Args: "DIR", Min: 1, Max: 1, Summary: "copy every original into a directory, verified",
		Help: `Photos and videos go to YEAR/MONTH by when they were taken, those without a date to undated. The video of a live
photo and a RAW lie beside their photos. Equal content is there once, and a name that is taken gets a suffix. manifest.jsonl
says of each what the service knows. Run it again at any time: it goes on where it was, and fetches what is new.
Nothing that is in DIR is overwritten or removed.`,
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			fs.Var(&from, "from", "only what was taken on this `day` or later (2019-07-04, 2019-07 or 2019)")
			fs.Var(&to, "to", "only what was taken before this `day`")
			fs.StringVar(&o.Album, "album", "", "only what is in the albums of this `name`")
			fs.StringVar(&albums, "albums", string(export.AlbumsInManifest), "`manifest` names the albums there, links makes a folder of links for each too, none leaves them out")
			fs.BoolVar(&o.Hidden, "hidden", false, "also what is hidden")
			fs.BoolVar(&o.Family, "family", false, "also what others have put into the family vault")
			fs.StringVar(&zone, "tz", "", "the `zone` of the clock that the photos show, for the files' times, such as Europe/Berlin; this computer's if empty")
			fs.BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and write nothing")
			fs.BoolVar(&o.DryRun, "n", false, "the same as -dry-run")
			fs.BoolVar(&o.Verify, "verify", false, "read all files again at the end, and compare them")
			fs.IntVar(&o.Workers, "transfers", 4, "how many files at once")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			o.From, o.To, o.Albums = from.Time, to.Time, export.AlbumMode(albums)
			switch {
			case o.Albums != export.AlbumsInManifest && o.Albums != export.AlbumsAsLinks && o.Albums != export.NoAlbums:
				return program.Usagef("-albums is manifest, links or none, not %q", albums)
			case from.set() && to.set() && !from.Before(to.Time):
				return program.Usagef("-from %s is not before -to %s", &from, &to)
			case o.Workers < 1:
				return program.Usagef("-transfers %d is not positive", o.Workers)
			}
			if zone != "" {
				var err error
				if o.Zone, err = time.LoadLocation(zone); err != nil {
					return program.Usagef("-tz: %w", err)
				}
			}
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			o.Log = func(format string, args ...any) { fmt.Fprintf(con.Err, format+"\n", args...) }
			bar := con.NewProgress("exporting")
			o.Progress = progressOf(bar)
			account, err := export.Run(ctx, client, args[0], o)
			bar.End()
			return tell(con, account, err)
		},
	}
}

// progressOf shows an export's downloads.
func progressOf(bar *program.Progress) func(export.Progress) {
	var last export.Progress
	return func(p export.Progress) {
		if p.Phase != "downloading" {
			return
		}
		if last.Phase != p.Phase {
			bar.Total(p.All)
		}
		for i := last.Done; i < p.Done; i++ {
			bar.Done("", p.Bytes-last.Bytes, true)
			last.Bytes = p.Bytes
		}
		last = p
	}
}

// tell writes the account. An export that is not complete is a failure, also if nothing failed.
func tell(con *program.Console, account *export.Account, err error) error {
	if account != nil {
		account.Write(con.Out)
	}
	switch {
	case errors.Is(err, acd.ErrUnauthorized):
		return fmt.Errorf("the session has ended: %w", err)
	case err != nil:
		return err
	case !account.Complete() && !account.DryRun:
		fmt.Fprintln(con.Err, "Not everything is there yet: run the same command again.")
		return program.ErrReported
	}
	return nil
}
