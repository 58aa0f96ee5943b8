// Package export copies a library of Amazon Photos into a directory, whole and verified: every original, by the month in
// which it was taken, with a manifest of what the service knows about it. It can be killed at any moment and run again,
// and then goes on where it was. Nothing that it once wrote is overwritten or removed.
package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

// AlbumMode says what becomes of albums.
type AlbumMode string

const (
	// AlbumsInManifest names the albums of each photo in the manifest. The default.
	AlbumsInManifest AlbumMode = "manifest"
	// AlbumsAsLinks makes a folder for each album as well, of relative links to the originals.
	AlbumsAsLinks AlbumMode = "links"
	// NoAlbums does not ask for albums.
	NoAlbums AlbumMode = "none"
)

// Options say what is exported.
type Options struct {
	From, To time.Time      // of the capture, as wall clocks: not before From, and before To; zero is no bound
	Album    string         // only what is in albums of this name; "" is everything
	Albums   AlbumMode      // "" is AlbumsInManifest
	Hidden   bool           // also what is hidden
	Family   bool           // also what others have put into the family vault
	Zone     *time.Location // of the capture's wall clock, for the files' times; nil is the local zone
	DryRun   bool           // says what would be done, and writes nothing
	Verify   bool           // reads what is there again, and compares its MD5
	Workers  int            // transfers at once; 0 is 4
	Progress func(Progress) // called from time to time, one call at a time
	// Log gets one line for each thing that a person may want to know, such as a file that failed.
	Log func(format string, args ...any)
}

// Progress is how far an export is.
type Progress struct {
	Phase       string // "listing", "live videos", "downloading", ...
	Done, Files int    // of the phase; Files is 0 if it is not known
	Bytes, All  int64  // downloaded now, and to be downloaded
}

// defaultWorkers is what other clients found that the service bears.
const defaultWorkers = 4

// exporter is one run.
type exporter struct {
	client  *photos.Client
	opts    Options
	albums  []album
	root    *os.Root
	state   *state
	account *Account
	meter   *meter
}

// Run exports into a directory, which it makes if it is missing. The account is there whenever something can be said, also
// beside an error. An error that is an [acd.ErrUnauthorized] means that the session has ended: sign in again and run
// the same once more.
func Run(ctx context.Context, client *photos.Client, dir string, opts Options) (*Account, error) {
	if opts.Workers == 0 {
		opts.Workers = defaultWorkers
	}
	if opts.Zone == nil {
		opts.Zone = time.Local
	}
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	e := &exporter{client: client, opts: opts, account: newAccount(opts), meter: &meter{report: opts.Progress}}
	if err := e.open(dir); err != nil {
		return nil, err
	}
	defer e.close()
	err := e.run(ctx)
	if !opts.DryRun {
		err = errors.Join(err, e.state.compact(), e.writeManifest())
	}
	e.account.finish(e.state)
	return e.account, err
}

func (e *exporter) open(dir string) (err error) {
	if e.opts.DryRun {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			e.state = newState()
			return nil
		}
	} else if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if e.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	if e.state, err = openState(e.root, dir, e.opts.DryRun); err != nil {
		e.root.Close()
		return err
	}
	if e.opts.Albums == AlbumsAsLinks && !e.opts.DryRun {
		if err := checkLinks(e.root); err != nil {
			e.close()
			return err
		}
	}
	return nil
}

func (e *exporter) close() {
	e.state.close()
	if e.root != nil {
		e.root.Close()
	}
}

// run is the order of an export.
func (e *exporter) run(ctx context.Context) error {
	if err := e.list(ctx); err != nil {
		return err
	}
	if err := e.listAlbums(ctx); err != nil {
		return err
	}
	if err := e.listLiveVideos(ctx); err != nil {
		return err
	}
	if err := e.findGone(ctx); err != nil {
		return err
	}
	if err := e.plan(); err != nil || e.opts.DryRun {
		return err
	}
	if err := e.fetchAll(ctx); err != nil {
		return err
	}
	if e.opts.Verify {
		if err := e.verifyAll(ctx); err != nil {
			return err
		}
	}
	if e.opts.Albums == AlbumsAsLinks {
		if err := e.linkAlbums(); err != nil {
			return err
		}
	}
	return e.compare(ctx)
}

// endsRun says whether an error would meet every other file too.
func endsRun(err error) bool {
	return errors.Is(err, acd.ErrUnauthorized) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EDQUOT)
}

// reasonOf is why a file failed, without its name: files that failed alike are counted together.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Op + ": " + e.Err.Error()
	}
	for _, known := range []error{acd.ErrChecksum, acd.ErrNotFound, acd.ErrForbidden, acd.ErrRateLimited, acd.ErrChanged, acd.ErrUnavailable} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// problem is one line for a person.
func (e *exporter) problem(what string, err error) {
	e.opts.Log("%s: %v", what, err)
}

// describe names an entry on a terminal: a name may hold characters that mean something there.
func describe(n *entry) string { return fmt.Sprintf("%q (%s)", n.Name, n.ID) }
