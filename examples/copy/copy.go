package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/transfer"
)

// copier is one run of the program.
type copier struct {
	*settings
	client         *acd.Client
	stdout, stderr io.Writer
	counter        *countingTransport

	report  transfer.Report
	skipped map[string]bool // what was left out or failed, by its path
	result
}

func (c *copier) local() string {
	if isDrive(c.from) {
		return c.to
	}
	return c.from
}

func (c *copier) remote() string {
	path, ok := onDrive(c.from)
	if !ok {
		path, _ = onDrive(c.to)
	}
	return path
}

func (c *copier) copy(ctx context.Context) error {
	if c.modTimes {
		if err := c.findOwner(ctx); err != nil {
			return err
		}
	}
	bar := newBar(c.stderr)
	opts := c.opts
	opts.OnEvent = func(e transfer.Event) {
		bar.clear(e)
		c.say(e)
		bar.add(e)
	}
	run, from, to := transfer.Upload, c.from, c.remote()
	if isDrive(c.from) {
		run, from, to = transfer.Download, c.remote(), c.to
		bar.begin("downloading", func() int64 { return -1 })
	} else {
		bar.begin("uploading", c.size)
	}
	report, err := run(ctx, c.client, from, to, opts)
	bar.end()
	c.report = *report
	for _, g := range report.GivenUp {
		fmt.Fprintf(c.stderr, "copy: the account has no room for files of the kind %q from %d bytes on; those after the third were not tried\n", g.Kind, g.MinSize)
	}
	if _, single := errors.AsType[*transfer.FailedError](err); single {
		return nil // every one was said
	}
	return err
}

// findOwner asks for the owner of properties, if it was not given.
func (c *copier) findOwner(ctx context.Context) error {
	c.opts.ModTimeOwner = c.owner
	if c.owner != "" || c.opts.DryRun {
		return nil
	}
	remote := strings.TrimPrefix(path.Clean("/"+c.remote()), "/")
	n, err := c.client.Nodes.Resolve(ctx, c.opts.RootID, remote)
	if errors.Is(err, acd.ErrNotFound) && !isDrive(c.from) {
		if info, statErr := os.Stat(c.from); statErr == nil && !info.IsDir() && !strings.HasSuffix(c.remote(), "/") {
			remote = strings.TrimPrefix(path.Dir("/"+remote), "/") // of the file
		}
		n, err = c.client.Nodes.MkdirAll(ctx, c.opts.RootID, remote)
	}
	if err == nil && n.CreatedBy == "" {
		err = errors.New("-mtime: the drive does not say which application made the folder; name it with -owner")
	}
	if err == nil {
		c.opts.ModTimeOwner = n.CreatedBy
	}
	return err
}

// say prints what was not simply copied, and in a dry run everything that would be done.
func (c *copier) say(e transfer.Event) {
	switch e.Action {
	case transfer.Failed:
		c.skipped[e.Path] = true
		fmt.Fprintf(c.stderr, "copy: %q: %v\n", e.Path, e.Err)
	case transfer.LeftOut:
		c.skipped[e.Path] = true
		if c.opts.DryRun || e.Why != "excluded" {
			fmt.Fprintf(c.stderr, "%q is left out: %s\n", e.Path, e.Why)
		}
	case transfer.Identical, transfer.NotReached:
	default:
		if c.opts.DryRun {
			fmt.Fprintf(c.stdout, "would be %v: %q\n", e.Action, e.Path)
		}
	}
}

// size is what a progress bar has before it, in bytes.
func (c *copier) size() (total int64) {
	_ = filepath.WalkDir(c.local(), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil // the copy itself says what is wrong
	})
	return total
}

func (c *copier) table(took time.Duration) {
	t := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\t\n", name, value) }
	r := &c.report
	row("copied", r.Copied)
	row("bytes", r.Bytes)
	row("identical", r.Identical)
	row("left out", r.LeftOut)
	row("folders made", r.Folders)
	row("trashed", r.Trashed)
	row("failures", r.Failed)
	row("not reached", r.NotReached)
	row("seconds", fmt.Sprintf("%.1f", took.Seconds()))
	row("requests", c.counter.requests.Load())
	row("retries", c.counter.retries.Load())
	t.Flush()
}
