package main

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/photos"
)

// query is the flags of a search.
type query struct {
	from, to                 day
	favorite, hidden, videos bool
	people, things, location program.List
	raw                      string
}

func (q *query) register(fs *flag.FlagSet) {
	fs.Var(&q.from, "from", "taken on this `day` or later (2019-07-04, 2019-07 or 2019)")
	fs.Var(&q.to, "to", "taken before this `day`")
	fs.BoolVar(&q.favorite, "favorite", false, "only favourites")
	fs.BoolVar(&q.hidden, "hidden", false, "also what is hidden, behind the rest")
	fs.BoolVar(&q.videos, "videos", false, "only videos")
	fs.Var(&q.people, "people", "the `id` of a person, as count shows it; may be repeated")
	fs.Var(&q.things, "thing", "a `thing` such as beach; may be repeated")
	fs.Var(&q.location, "location", "a `place` such as CAN#BC#Vancouver; may be repeated")
	fs.StringVar(&q.raw, "raw", "", "a `clause` of the service's own language, such as extension:(heic)")
}

func (q *query) query() photos.Query {
	out := photos.Query{
		From: q.from.Time, To: q.to.Time, Favorite: q.favorite,
		People: q.people, Things: q.things, Location: q.location, Raw: q.raw, Sort: photos.NewestTaken,
	}
	if q.hidden {
		out.Hidden = photos.IncludeHidden
	}
	if q.videos {
		out.Types = []photos.Type{photos.Videos}
	}
	return out
}

func (a *app) searchCommand() program.Command {
	l := a.library()
	var q query
	return program.Command{
		Name: "search", Summary: "list photos and videos, the last taken first",
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			q.register(fs)
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			for n, err := range client.Library.Search(ctx, q.query()) {
				if err != nil {
					return err
				}
				taken, known := photos.CaptureTime(n)
				when := taken.Format(time.DateTime)
				if !known {
					when = "-"
				}
				fmt.Fprintf(con.Out, "%s  %-19s  %10s  %s\n", n.ID, when, program.FormatSize(n.Size()), shown(n.Name))
			}
			return nil
		},
	}
}

func (a *app) countCommand() program.Command {
	l := a.library()
	var q query
	return program.Command{
		Name: "count", Summary: "count photos and videos, by what they show",
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			q.register(fs)
		},
		Run: func(ctx context.Context, con *program.Console, _ []string) error {
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			count, err := client.Library.Count(ctx, q.query())
			if err != nil {
				return err
			}
			fmt.Fprintf(con.Out, "%d photos and videos\n", count)
			facets, err := client.Library.Facets(ctx, q.query())
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(con.Out, 0, 0, 2, ' ', 0)
			for _, group := range []struct {
				name   string
				facets []photos.Facet
			}{{"type", facets.Types}, {"year", facets.Years}, {"person", facets.People}, {"thing", facets.Things}, {"place", facets.Location}} {
				for _, f := range group.facets {
					fmt.Fprintf(t, "%d\t%s\t%s\t%s\n", f.Count, group.name, shown(f.Value), shown(f.Name))
				}
			}
			return t.Flush()
		},
	}
}
