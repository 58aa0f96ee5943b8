package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

// Account is what an export has to say for itself at its end.
type Account struct {
	Listed     int            // photos, videos and live videos that the library showed
	Present    int            // of them, those whose file is there, whole
	New        int            // of those, downloaded by this run
	NewBytes   int64          //
	Duplicates int            // have the content of another one, whose file is there
	Skipped    map[string]int // by reason
	Failed     map[string]int // by reason
	Missing    int            // not reached
	Unverified int            // present, and the service knows no MD5
	Changed    int            // had other content than before; the old file was kept
	Gone       int            // exported once, and no longer in the library; the files stay
	Albums     int
	OfOthers   int // in albums, and not in the library
	Verified   int // files that were read again

	Whole       bool // two passes gave the same
	Passes      int
	Differences []string // to what the service says by other ways

	DryRun bool // nothing was written

	mu       sync.Mutex
	verified atomic.Int64
}

func newAccount(o Options) *Account {
	return &Account{Whole: true, DryRun: o.DryRun, Skipped: map[string]int{}, Failed: map[string]int{}}
}

// add counts a file that was downloaded.
func (a *Account) add(n *entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.New++
	a.NewBytes += n.Size
}

// finish counts what has become of each entry.
func (a *Account) finish(s *state) {
	a.Verified = int(a.verified.Load())
	for n := range s.all {
		if n.Gone {
			a.Gone++
		}
		if !n.listed {
			continue
		}
		a.Listed++
		file := n
		if n.Of != "" {
			file = s.entries[n.Of]
		}
		switch {
		case n.left != "":
			a.Skipped[n.left]++
		case n.failure != "":
			a.Failed[n.failure]++
		case a.DryRun && n.Of != "": // whether or not the other is there yet
			a.Duplicates++
		case file == nil || !file.Present:
			a.Missing++
		case n.Of != "":
			a.Duplicates++
		default:
			a.Present++
			if n.Unverified {
				a.Unverified++
			}
		}
	}
}

// Complete says whether each photo that two equal listings showed is there, or was left out for a reason.
func (a *Account) Complete() bool {
	return a.Whole && a.Passes > 0 && a.Missing == 0 && len(a.Failed) == 0
}

// compare asks the service in other ways how much there is. What differs is told, and no error by itself: the counts
// come from indexes that are late, and count other things.
func (e *exporter) compare(ctx context.Context) error {
	if e.opts.Album != "" || !e.opts.From.IsZero() || !e.opts.To.IsZero() {
		return nil
	}
	seen := e.countSeen()
	differs := func(what string, theirs int64, ours int) {
		if theirs != int64(ours) {
			e.account.Differences = append(e.account.Differences, fmt.Sprintf("%s: the service counts %d, and %d were listed", what, theirs, ours))
		}
	}
	count, err := e.client.Library.Count(ctx, photos.Query{})
	if err == nil {
		differs("search, without what is hidden", count, seen.photosShown+seen.videosShown)
	}
	facets, facetsErr := e.client.Library.Facets(ctx, photos.Query{})
	if facetsErr == nil {
		for _, f := range facets.Types {
			switch f.Value {
			case string(photos.Photos):
				differs("photos by the index, without what is hidden", f.Count, seen.photosShown)
			case string(photos.Videos):
				differs("videos by the index, without what is hidden", f.Count, seen.videosShown)
			}
		}
	}
	usage, usageErr := e.client.Drive.Account.Usage(ctx)
	if usageErr == nil {
		differs("photos by the account's usage", usage.Photo.Total.Count, seen.photos)
		differs("videos by the account's usage", usage.Video.Total.Count, seen.videos)
	}
	for _, err := range []error{err, facetsErr, usageErr} {
		if errors.Is(err, acd.ErrUnauthorized) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			e.opts.Log("could not be compared: %v", err)
		}
	}
	return nil
}

// seenCounts are what the listing showed. The live videos of photos count with them nowhere.
type seenCounts struct{ photos, videos, photosShown, videosShown int }

func (e *exporter) countSeen() (c seenCounts) {
	for n := range e.state.all {
		if !n.listed || n.Still != "" {
			continue
		}
		all, shown := &c.photos, &c.photosShown
		if strings.HasPrefix(n.Type, "video/") {
			all, shown = &c.videos, &c.videosShown
		}
		*all++
		if !n.Hidden {
			*shown++
		}
	}
	return c
}

// Write writes the account for a person.
func (a *Account) Write(w io.Writer) {
	row := func(n int, what string) {
		if n > 0 {
			fmt.Fprintf(w, "%8d  %s\n", n, what)
		}
	}
	if a.Passes == 0 {
		fmt.Fprintln(w, "The library was not listed to its end.")
	}
	fmt.Fprintf(w, "%8d  photos and videos were listed\n", a.Listed)
	if a.DryRun {
		row(a.Missing, "would be downloaded")
	}
	row(a.Present, fmt.Sprintf("present, of which %d are new (%.1f MB)", a.New, float64(a.NewBytes)/1e6))
	row(a.Duplicates, "duplicates: their content is there once")
	for _, reason := range sortedKeys(a.Skipped) {
		row(a.Skipped[reason], "skipped: "+reason)
	}
	for _, reason := range sortedKeys(a.Failed) {
		row(a.Failed[reason], "FAILED: "+reason)
	}
	if !a.DryRun {
		row(a.Missing, "not reached")
	}
	row(a.Unverified, "present, compared by size only: the service knows no MD5")
	row(a.Changed, "changed in the library; the old files were kept as .v1, .v2, ...")
	row(a.Gone, "no longer in the library; their files stay")
	row(a.Verified, "files read again and compared")
	row(a.Albums, "albums")
	row(a.OfOthers, "items of albums that are not in this library")
	for _, d := range a.Differences {
		fmt.Fprintf(w, "    note  %s\n", d)
	}
	if !a.Whole {
		fmt.Fprintln(w, "    note  the library changed while it was listed")
	}
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
