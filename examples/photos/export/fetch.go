package export

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/atomicfile"
)

// fetchAll downloads what has a path and is not there. The first error that would meet all others ends it.
func (e *exporter) fetchAll(ctx context.Context) error {
	missing := e.state.sorted(func(n *entry) bool { return n.isWanted() && n.Path != "" && n.Of == "" && !e.isThere(n) })
	var bytes int64
	for _, n := range missing {
		bytes += n.Size
	}
	e.meter.begin("downloading", len(missing), bytes)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(e.opts.Workers)
	for _, n := range missing {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error {
			err := e.fetch(gctx, n)
			switch {
			case err == nil:
				e.meter.done(n.Size)
				e.account.add(n)
			case endsRun(err):
				return err
			default:
				n.failure = reasonOf(err)
				e.problem(describe(n), err)
			}
			return nil
		})
	}
	return errors.Join(g.Wait(), context.Cause(ctx))
}

// isThere says whether the file of an entry is as an earlier run left it, as far as a look at it tells.
func (e *exporter) isThere(n *entry) bool {
	if !n.Present {
		return false
	}
	if !e.hasFile(n) {
		e.opts.Log("%s is no longer there as it was: it is fetched again", n.Path)
		return false
	}
	return true
}

// hasFile says whether there is a file of the entry's size at its path.
func (e *exporter) hasFile(n *entry) bool {
	if e.root == nil {
		return false
	}
	info, err := e.root.Lstat(n.Path)
	return err == nil && info.Mode().IsRegular() && info.Size() == n.Size
}

// fetch brings one entry's file to its path.
func (e *exporter) fetch(ctx context.Context, n *entry) error {
	if err := e.root.MkdirAll(path.Dir(n.Path), 0o777); err != nil {
		return err
	}
	if adopted, err := e.adoptOrMakeRoom(n); err != nil {
		return err
	} else if !adopted {
		if err := e.download(ctx, n); err != nil {
			return err
		}
	}
	if err := e.setTime(n); err != nil {
		e.problem(n.Path, err) // the content is what matters
	}
	n.Present = true
	return e.state.save(n)
}

// adoptOrMakeRoom looks at what is at the path already. A run that was killed may have left the file of this entry there: it
// is adopted. Anything else is a person's: it is kept under another name. Where the service knows no MD5, a file of
// the right size is adopted, as it would be after a download: the path was free when it was given.
func (e *exporter) adoptOrMakeRoom(n *entry) (adopted bool, err error) {
	if _, err := e.root.Lstat(n.Path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if e.hasFile(n) && (n.MD5 == "" || e.holds(n, n.Path)) {
		n.Unverified = n.MD5 == ""
		return true, nil
	}
	stem, ext := splitName(path.Base(n.Path))
	for i := 1; ; i++ {
		kept := path.Join(path.Dir(n.Path), fmt.Sprintf("%s.kept%d%s", stem, i, ext))
		if _, err := e.root.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
			e.opts.Log("%s is not what the library has under this name: it is kept as %s", n.Path, kept)
			return false, atomicfile.RenameIn(e.root, n.Path, kept)
		}
	}
}

// download fetches the content through a partial file, which the next run goes on with.
func (e *exporter) download(ctx context.Context, n *entry) error {
	node := n.node()
	var opts []acd.DownloadOption
	n.Unverified = n.MD5 == ""
	if n.Unverified {
		opts = append(opts, acd.WithoutVerification())
	}
	return e.client.Drive.Content.DownloadFileIn(ctx, node, e.root, filepath.FromSlash(n.Path), opts...)
}

// setTime gives the file the time of the capture.
func (e *exporter) setTime(n *entry) error {
	t := n.taken()
	local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, e.opts.Zone)
	return e.root.Chtimes(n.Path, local, local)
}

// holds says whether the file at a path has the entry's content.
func (e *exporter) holds(n *entry, at string) bool {
	sum, err := sumFile(e.root, at)
	return err == nil && sum == n.MD5
}

func sumFile(root *os.Root, name string) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.CopyBuffer(h, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// keepVersion renames the file of an entry whose content is another one on the service, so that both are there.
func (e *exporter) keepVersion(n *entry) error {
	n.Present = false
	if e.opts.DryRun || e.root == nil {
		return nil
	}
	stem, ext := splitName(path.Base(n.Path))
	for {
		n.Versions++
		kept := path.Join(path.Dir(n.Path), fmt.Sprintf("%s.v%d%s", stem, n.Versions, ext))
		if _, err := e.root.Lstat(kept); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := e.root.Lstat(n.Path); errors.Is(err, fs.ErrNotExist) {
			return e.state.save(n)
		}
		if err := atomicfile.RenameIn(e.root, n.Path, kept); err != nil {
			return err
		}
		e.account.Changed++
		return e.state.save(n)
	}
}

// verifyAll reads every file again.
func (e *exporter) verifyAll(ctx context.Context) error {
	files := e.state.sorted(func(n *entry) bool { return n.Present && n.Of == "" })
	e.meter.begin("verifying", len(files), 0)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(e.opts.Workers)
	for _, n := range files {
		g.Go(func() error {
			if gctx.Err() != nil {
				return context.Cause(gctx)
			}
			if n.MD5 != "" && !e.holds(n, n.Path) {
				n.Present = false
				n.failure = "its file has other content than the library; run the same command again to fetch it"
				e.problem(n.Path, errors.New(n.failure))
				return e.state.save(n)
			}
			e.account.verified.Add(1)
			e.meter.done(0)
			if n.Unverified && n.MD5 != "" { // the service has learned it since
				n.Unverified = false
				return e.state.save(n)
			}
			return nil
		})
	}
	return g.Wait()
}
