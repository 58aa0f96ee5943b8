package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
)

// syncing holds the flags of acd sync.
type syncing struct {
	*moving
	maxTrash      int
	maxTrashShare float64
	allowEmpty    bool
	backup        string
	away          *removed
}

func (a *app) syncCommand() program.Command {
	s := &syncing{moving: a.moving()}
	return program.Command{
		Name: "sync", Args: "FROM TO", Min: 2, Max: 2, Summary: "make a folder on a drive, or a local directory, the same as another",
		Help: `It copies, and when nothing failed it takes away what is only in TO: on a drive to its trash, locally to
TO.acd-removed/DATE beside it. What the patterns leave out is left alone. A file in TO with other content is replaced.`,
		Flags: func(fs *flag.FlagSet) {
			s.moving.register(fs)
			fs.IntVar(&s.maxTrash, "max-trash", 0, "take nothing away if it would be more than `N` files and folders; 0 is no limit")
			fs.Float64Var(&s.maxTrashShare, "max-trash-share", 0.5, "take nothing away if it would be more than this `share` of what is in TO; 1 is no limit")
			fs.StringVar(&s.backup, "backup-dir", "", "move local files that are only in TO to this `directory`, on the same disk")
			fs.BoolVar(&s.allowEmpty, "allow-empty", false, "go on although there is no file in FROM")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			from, to := locate(args[0]), locate(args[1])
			switch {
			case from.onDrive() == to.onDrive():
				return program.Usagef("one of %q and %q must be REMOTE:PATH, and the other local; acd copy goes from drive to drive", from.arg, to.arg)
			case to.onDrive() && to.path == "":
				return program.Usagef("sync does not make a whole drive the same as a directory: name a folder, as in %s:backup", to.remote)
			case s.maxTrash < 0 || s.maxTrashShare <= 0 || s.maxTrashShare > 1:
				return program.Usagef("-max-trash must not be negative, and -max-trash-share be above 0 and at most 1")
			}
			if from.onDrive() {
				var err error
				if s.away, err = newRemoved(to.arg, s.backup); err != nil {
					return err
				}
			}
			closeAll, err := s.begin(con)
			if err != nil {
				return err
			}
			defer closeAll()
			if from.onDrive() {
				s.after = s.takeExtras
			} else {
				s.opts.Mirror, s.opts.AllowEmptySource = true, s.allowEmpty
				s.opts.MaxTrash, s.opts.MaxTrashShare = s.maxTrash, s.maxTrashShare
			}
			return s.run(ctx, from, to)
		},
	}
}

// takeExtras moves away the local files and folders that are not on the drive.
func (s *syncing) takeExtras(ctx context.Context, from, to location) error {
	match, err := transfer.NewMatcher(s.opts)
	if err != nil {
		return err
	}
	var extras []entry
	k := &comparison{
		match: match, skipped: s.skipped, names: true, oneWay: true, noEmpty: len(s.opts.Include) > 0, out: s.con.Err,
		onlyTo: func(e entry) { extras = append(extras, e) },
	}
	source, target, closeSides, err := s.sides(ctx, s.con, k, from, to)
	if errors.Is(err, fs.ErrNotExist) && s.dryRun {
		return nil // the directory TO does not exist yet
	}
	if err != nil {
		return err
	}
	defer closeSides()
	if !source.dir || !target.dir {
		return nil // a single file was copied
	}
	if err := k.run(ctx, source, target, s.workers); err != nil {
		return err
	}
	if k.unreadable > 0 {
		return program.ErrReported
	}
	local := k.to.(*localSide)
	t := &taking{side: local, match: match, whole: len(s.opts.Include) == 0 && len(s.exclude)+len(s.excludeFrom) == 0 && s.opts.MaxSize == 0}
	if err := t.count(ctx, target, &t.all); err != nil {
		return err
	}
	for _, e := range extras {
		if err := t.add(ctx, e); err != nil {
			return err
		}
	}
	if err := s.limits(t, from); err != nil {
		return err
	}
	return s.take(t)
}

// limits refuses to move away so many files that it may be a mistake.
func (s *syncing) limits(t *taking, from location) error {
	most := transfer.Options{MaxTrash: s.maxTrash, MaxTrashShare: s.maxTrashShare}.TrashLimit(t.all)
	switch {
	case len(t.takes) == 0:
		return nil
	case s.report.Copied+s.report.Identical == 0 && !s.allowEmpty:
		return fmt.Errorf("there is no file to copy in %s, and all that is local would be moved away: -allow-empty does it all the same", from.arg)
	case t.extra > most:
		return fmt.Errorf("%w: %d of %d local files and folders", transfer.ErrTooManyToTrash, t.extra, t.all)
	}
	return nil
}

func (s *syncing) take(t *taking) error {
	for _, e := range t.takes {
		if s.dryRun {
			fmt.Fprintf(s.con.Out, "would be moved away: %q\n", e.path)
		} else if err := s.away.take(e.local); err != nil {
			return fmt.Errorf("%q: %w", e.path, err)
		}
		s.report.Trashed++
	}
	if len(t.takes) > 0 && !s.dryRun {
		fmt.Fprintf(s.con.Out, "%d files and folders that are not on the drive were moved to %s\n", len(t.takes), s.away.to)
	}
	return nil
}

// taking holds the local files and folders to move away.
type taking struct {
	side  *localSide
	match *transfer.Matcher
	whole bool // folders are moved as a whole
	takes []entry
	extra int // number of files and folders to move, including those inside of folders
	all   int // number of files and folders in the target
}

// add adds a file or a folder. A folder is added as a whole, or, if there are patterns, only the
// files in it that they do not leave out.
func (t *taking) add(ctx context.Context, e entry) error {
	if !e.dir || t.whole {
		t.takes = append(t.takes, e)
		t.extra++
		if e.dir {
			return t.count(ctx, e, &t.extra)
		}
		return nil
	}
	entries, err := t.side.list(ctx, e)
	for _, below := range entries {
		if err == nil && t.takesIn(below) {
			err = t.add(ctx, below)
		}
	}
	return err
}

func (t *taking) takesIn(e entry) bool {
	return e.dir && t.match.Folder(e.path) || !e.dir && t.match.File(e.path, e.size)
}

// count adds up the files and folders below a folder.
func (t *taking) count(ctx context.Context, folder entry, n *int) error {
	entries, err := t.side.list(ctx, folder)
	for _, e := range entries {
		if err != nil || !t.takesIn(e) {
			continue
		}
		*n++
		if e.dir {
			err = t.count(ctx, e, n)
		}
	}
	return err
}
