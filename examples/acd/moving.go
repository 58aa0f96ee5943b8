package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
)

// moving holds the flags of the commands that copy files, and the result.
type moving struct {
	*connection
	filters
	transfers int
	dryRun    bool
	modTimes  bool
	owner     string
	resume    bool
	hashes    string
	check     bool

	con     *program.Console
	bar     *program.Progress
	opts    transfer.Options
	report  transfer.Report
	skipped map[string]bool // paths that were left out or failed
	// after is called when everything was copied. It may be nil.
	after func(ctx context.Context, from, to location) error
}

func (a *app) moving() *moving {
	return &moving{connection: a.connection(), skipped: map[string]bool{}}
}

func (m *moving) register(fs *flag.FlagSet) {
	m.connection.register(fs)
	m.filters.register(fs)
	fs.IntVar(&m.transfers, "transfers", 8, "how many files at once")
	dryRun(fs, &m.dryRun)
	fs.BoolVar(&m.modTimes, "mtime", false, "keep modified times, as properties of the nodes")
	fs.StringVar(&m.owner, "owner", "", "owner of these properties: the application's friendly `NAME`; without it, the one that made the drive's folder")
	fs.BoolVar(&m.resume, "resume", false, "go on in the middle of files that an earlier run did not finish to upload")
	fs.StringVar(&m.hashes, "hashes", "", "remember the MD5s of local files in `FILE`")
	fs.BoolVar(&m.check, "check", false, "read every file again on both sides afterwards, and compare")
}

func dryRun(fs *flag.FlagSet, p *bool) {
	fs.BoolVar(p, "n", false, "only say what would be done")
	fs.BoolVar(p, "dry-run", false, "the same as -n")
}

// begin applies the flags. The caller must call closeAll at the end.
func (m *moving) begin(con *program.Console) (closeAll func(), err error) {
	if m.transfers < 1 {
		return nil, program.Usagef("-transfers must be at least 1, not %d", m.transfers)
	}
	m.con = con
	if err := m.apply(&m.opts); err != nil {
		return nil, err
	}
	m.opts.Workers, m.opts.DryRun = m.transfers, m.dryRun
	if m.resume {
		m.opts.UploadOptions = append(m.opts.UploadOptions, acd.WithResume())
	}
	m.opts.OnEvent = m.event
	m.opts.OnProgress = func(path string, p acd.Progress) {
		if p.Phase == acd.PhaseSending || p.Phase == acd.PhaseReceiving {
			m.bar.Moving(path, p.Done)
		}
	}
	if m.hashes == "" {
		return func() {}, nil
	}
	cache, err := transfer.OpenHashCache(m.hashes)
	if err != nil {
		return nil, fmt.Errorf("-hashes: %w", err)
	}
	m.opts.Hashes = cache
	return func() {
		if err := cache.Close(); err != nil {
			fmt.Fprintf(con.Err, "-hashes: %v\n", err)
		}
	}, nil
}

// run copies, prints the table, and compares both sides if -check is set.
func (m *moving) run(ctx context.Context, from, to location) error {
	start := time.Now()
	err := m.copy(ctx, from, to)
	if _, single := errors.AsType[*transfer.FailedError](err); single {
		err = nil // every failure was printed already
	}
	if err == nil && m.after != nil && m.report.Failed == 0 {
		err = m.after(ctx, from, to)
	}
	differences := 0
	if err == nil && m.check && !m.dryRun {
		differences, err = m.checkCopy(ctx, from, to)
	}
	m.table(time.Since(start))
	if err == nil && (m.report.Failed > 0 || differences > 0) {
		err = program.ErrReported
	}
	return err
}

// copy uploads, downloads, or copies from drive to drive.
func (m *moving) copy(ctx context.Context, from, to location) (err error) {
	m.bar = m.con.NewProgress("copying")
	defer m.bar.End()
	if err := m.findOwner(ctx, from, to); err != nil {
		return err
	}
	var report *transfer.Report
	switch {
	case from.onDrive() && to.onDrive():
		report, err = m.between(ctx, from, to)
	case from.onDrive():
		d, openErr := m.drive(ctx, m.con, from)
		if openErr != nil {
			return openErr
		}
		stop := m.sizeRemote(ctx, d, from)
		report, err = transfer.Download(ctx, d.client, from.path, to.arg, m.opts)
		stop()
	default:
		d, openErr := m.drive(ctx, m.con, to)
		if openErr != nil {
			return openErr
		}
		if m.con.Terminal {
			m.bar.Total(sizeLocal(from.arg))
		}
		report, err = transfer.Upload(ctx, d.client, from.arg, to.target(), m.opts)
	}
	m.report = *report
	for _, g := range report.GivenUp {
		fmt.Fprintf(m.con.Err, "the account has no room for files of the kind %q from %d bytes on; those after the third were not tried\n", g.Kind, g.MinSize)
	}
	return err
}

// findOwner finds the owner of the properties, if -owner was not given.
func (m *moving) findOwner(ctx context.Context, from, to location) error {
	if m.opts.ModTimeOwner = m.owner; !m.modTimes || m.owner != "" || m.dryRun {
		return nil
	}
	remote := to
	if from.onDrive() {
		remote = from
	}
	d, err := m.drive(ctx, m.con, remote)
	if err != nil {
		return err
	}
	n, err := d.client.Nodes.Resolve(ctx, "", remote.path)
	if errors.Is(err, acd.ErrNotFound) && !from.onDrive() {
		folder := remote.path
		if info, statErr := os.Stat(from.arg); statErr == nil && !info.IsDir() && !remote.slash {
			folder = strings.TrimPrefix(path.Dir("/"+folder), "/") // the folder of the file
		}
		n, err = d.client.Nodes.MkdirAll(ctx, "", folder)
	}
	if err == nil && n.CreatedBy == "" {
		err = errors.New("-mtime: the drive does not say which application made the folder; name it with -owner")
	}
	if err == nil {
		m.opts.ModTimeOwner = n.CreatedBy
	}
	return err
}

// event prints every file that was not simply copied. In a dry run it prints everything that would
// be done.
func (m *moving) event(e transfer.Event) {
	switch e.Action {
	case transfer.Failed:
		m.skipped[e.Path] = true
		fmt.Fprintf(m.con.Err, "%q: %v\n", e.Path, m.app.explain(e.Err))
	case transfer.LeftOut:
		m.skipped[e.Path] = true
		if m.dryRun || e.Why != "excluded" {
			fmt.Fprintf(m.con.Err, "%q is left out: %s\n", e.Path, e.Why)
		}
	case transfer.Identical, transfer.NotReached:
	default:
		if m.dryRun {
			fmt.Fprintf(m.con.Out, "would be %v: %q\n", e.Action, e.Path)
		}
	}
	if e.Action != transfer.Trashed && e.Action != transfer.MadeFolder {
		m.bar.Done(e.Path, e.Size, e.Action == transfer.Copied && !m.dryRun)
	}
}

// sizeLocal returns the total size of the local files in bytes, for the progress bar.
func sizeLocal(from string) (total int64) {
	_ = filepath.WalkDir(from, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // the copy itself reports the error
	})
	return total
}

// sizeRemote adds up the sizes of the files on the drive while the copy runs, for the progress bar
// of a terminal.
func (m *moving) sizeRemote(ctx context.Context, d *drive, from location) (stop func()) {
	if !m.con.Terminal {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n, err := d.client.Nodes.Resolve(ctx, "", from.path)
		if err != nil || !n.IsFolder() {
			return
		}
		var total int64
		for e, err := range m.walk(ctx, d, n.ID, 1) {
			if err != nil {
				return // the copy itself reports the error
			}
			total += e.Node.Size()
		}
		m.bar.Total(total)
	}()
	return func() {
		cancel()
		<-done
	}
}

// checkCopy reads every file on both sides and compares the contents.
func (m *moving) checkCopy(ctx context.Context, from, to location) (differences int, err error) {
	match, err := transfer.NewMatcher(m.opts)
	if err != nil {
		return 0, err
	}
	if len(m.skipped) > 0 && m.report.Copied+m.report.Identical == 0 {
		return 0, nil // no file is on both sides
	}
	k := &comparison{download: true, oneWay: true, match: match, skipped: m.skipped, noEmpty: len(m.opts.Include) > 0, out: m.con.Err}
	err = m.compare(ctx, m.con, k, from, to)
	return k.differences(), err
}

func (m *moving) table(took time.Duration) {
	t := tabwriter.NewWriter(m.con.Out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\t\n", name, value) }
	r := &m.report
	requests, retries := m.con.Activity().Requests()
	row("copied", r.Copied)
	row("bytes", r.Bytes)
	row("identical", r.Identical)
	row("left out", r.LeftOut)
	row("folders made", r.Folders)
	row("trashed", r.Trashed)
	row("failures", r.Failed)
	row("not reached", r.NotReached)
	row("seconds", fmt.Sprintf("%.1f", took.Seconds()))
	row("requests", requests)
	row("retries", retries)
	t.Flush()
}
