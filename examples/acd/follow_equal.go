package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/atomicfile"
	"github.com/acd-sdk/acd/internal/partial"
	"github.com/acd-sdk/acd/transfer"
	"github.com/acd-sdk/acd/tree"
)

// equal makes the directory equal to the folder in the index. It compares both sides in their
// present state, so it does not matter where an earlier run was interrupted.
func (f *following) equal(ctx context.Context) (failed int, err error) {
	top, ok := f.t.Lookup(f.path)
	if !ok || !top.IsFolder() {
		return 0, fmt.Errorf("the folder %q: %w; nothing was changed here", f.path, acd.ErrNotFound)
	}
	files, folders := f.wanted(top.ID)
	here := &present{files: map[string]string{}}
	if err := f.look(ctx, entry{dir: true}, here); err != nil {
		return 0, err
	}
	if err := f.clear(files, here); err != nil {
		return 0, err
	}
	if !f.begun { // saved now, so that after a crash the next run knows that the files come from the drive
		if err := f.save(); err != nil {
			return 0, err
		}
	}
	for _, local := range slices.Backward(here.folders) {
		if _, found := slices.BinarySearch(folders, local); !found {
			_ = f.local.root.Remove(local) // a folder that is not empty stays
		}
	}
	for _, local := range folders {
		if err := f.local.root.MkdirAll(local, 0o777); err != nil {
			return 0, err
		}
	}
	if failed = f.fetch(ctx, files, here); failed == 0 && ctx.Err() == nil {
		f.sweep()
	}
	return failed, context.Cause(ctx)
}

// sweep removes all partial files of interrupted downloads. It is called when every file was
// fetched, so the partial files that are left belong to contents that the drive has no more.
func (f *following) sweep() {
	_ = fs.WalkDir(f.local.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && partial.IsName(d.Name()) {
			_ = partial.Remove(f.local.root, path) // a partial file that cannot be removed does no harm
		}
		return nil
	})
}

// wanted returns the files and folders below a folder of the index, by the local paths that they
// get.
func (f *following) wanted(folderID string) (files map[string]tree.Node, folders []string) {
	files = map[string]tree.Node{}
	var enter func(id, local string, above []string)
	enter = func(id, local string, above []string) {
		for n := range f.t.Children(id) {
			below := filepath.Join(local, transfer.DefaultEncoding().Encode(n.Name))
			switch {
			case n.IsFile() && n.Status == acd.StatusAvailable:
				if other, ok := files[below]; !ok || n.ID < other.ID { // after a race, two files may have the same name
					files[below] = n
				}
			case n.IsFolder() && !slices.Contains(above, n.ID):
				folders = append(folders, below)
				enter(n.ID, below, append(above, n.ID))
			}
		}
	}
	enter(folderID, "", []string{folderID})
	slices.Sort(folders)
	return files, folders
}

// present holds what is in the local directory.
type present struct {
	files   map[string]string // MD5s by local path
	folders []string          // a folder comes before the folders in it
}

// look walks the local directory. It reads only the files that have changed since the last time.
func (f *following) look(ctx context.Context, folder entry, here *present) error {
	entries, err := f.local.list(ctx, folder)
	for _, e := range entries {
		switch {
		case err != nil || ctx.Err() != nil:
			return errors.Join(err, context.Cause(ctx))
		case e.dir:
			here.folders = append(here.folders, e.local)
			err = f.look(ctx, e, here)
		default:
			var sum string
			if sum, err = f.sum(ctx, e); err == nil {
				here.files[e.local] = sum
			} else if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		}
	}
	return err
}

// sum returns the MD5 of a local file.
func (f *following) sum(ctx context.Context, e entry) (string, error) {
	info, err := f.local.root.Lstat(e.local)
	if err != nil {
		return "", err
	}
	state := transfer.FileState{Path: filepath.Join(f.dir, e.local), Size: info.Size(), ModTime: info.ModTime()}
	if sum, ok := f.hashes.Get(state); ok {
		return sum, nil
	}
	sum, err := sumOf(ctx, f.local, e)
	if err == nil {
		f.hashes.Put(state, sum)
	}
	return sum, err
}

// clear removes the files that must not be in the directory: files that are gone from the drive,
// and files that the user changed or made. They are moved away, not deleted. If a file was moved on
// the drive, it is moved in the directory too.
func (f *following) clear(files map[string]tree.Node, here *present) error {
	strangers := f.strangers(files, here)
	if len(strangers) > 0 && !f.begun && !f.adopt {
		return fmt.Errorf("%s holds %d files that are not so on the drive, %q among them: name an empty directory, or move them away with -adopt", f.dir, len(strangers), strangers[0])
	}
	missing := map[string][]string{} // local paths where files with this MD5 are missing
	for local, n := range files {
		if _, ok := here.files[local]; !ok {
			missing[n.MD5] = append(missing[n.MD5], local)
		}
	}
	for _, local := range strangers {
		sum := here.files[local]
		delete(here.files, local)
		ours := f.synced[local] == sum // the file has not changed since it was stored
		if to := missing[sum]; len(to) > 0 && ours {
			missing[sum] = to[1:]
			if err := f.rename(local, to[0]); err != nil {
				return err
			}
			here.files[to[0]] = sum
			continue
		}
		if err := f.away.take(local); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%q: %w", local, err)
		}
		delete(f.synced, local)
		why := "it was changed or made here"
		if ours {
			why = "it is gone from the drive"
		}
		fmt.Fprintf(f.con.Out, "moved to %s: %q, because %s\n", f.away.to, local, why)
	}
	return nil
}

// strangers returns the local files that are not on the drive, and those that equal neither the
// file on the drive nor the file as it was stored.
func (f *following) strangers(files map[string]tree.Node, here *present) (local []string) {
	for path, sum := range here.files {
		if n, ok := files[path]; !ok || n.MD5 != sum && f.synced[path] != sum {
			local = append(local, path)
		}
	}
	slices.Sort(local)
	return local
}

// rename moves a local file that was moved on the drive.
func (f *following) rename(from, to string) error {
	if err := f.local.root.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if err := atomicfile.RenameIn(f.local.root, from, to); err != nil {
		return err
	}
	f.synced[to] = f.synced[from]
	delete(f.synced, from)
	fmt.Fprintf(f.con.Out, "moved: %q to %q\n", from, to)
	return nil
}

// fetch downloads the files that are missing or have changed on the drive. It returns how many
// failed.
func (f *following) fetch(ctx context.Context, files map[string]tree.Node, here *present) (failed int) {
	var mu sync.Mutex
	var tasks errgroup.Group
	tasks.SetLimit(f.transfer)
	bar := f.con.NewProgress("copying")
	defer bar.End()
	for _, local := range slices.Sorted(maps.Keys(files)) {
		if files[local].MD5 == here.files[local] && files[local].MD5 != "" {
			f.note(&mu, local, here.files[local])
			continue
		}
		tasks.Go(func() error {
			n, err := f.download(ctx, files[local].ID, local, func(p acd.Progress) { bar.Moving(local, p.Done) })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case ctx.Err() != nil:
			case errors.Is(err, acd.ErrNotFound): // removed meanwhile; a later change set reports that
			case err != nil:
				failed++
				fmt.Fprintf(f.con.Err, "%q: %v\n", local, f.app.explain(err))
			default:
				f.synced[local] = n.MD5()
				bar.Done(local, n.Size(), true)
				fmt.Fprintf(f.con.Out, "copied: %q\n", local)
			}
			return nil
		})
	}
	_ = tasks.Wait() // each task prints its own error
	return failed
}

func (f *following) note(mu *sync.Mutex, local, sum string) {
	mu.Lock()
	defer mu.Unlock()
	f.synced[local] = sum
}

// download downloads the present version of one file.
func (f *following) download(ctx context.Context, id, local string, progress func(acd.Progress)) (*acd.Node, error) {
	n, err := f.drive.client.Nodes.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return n, f.drive.client.Content.DownloadFileIn(ctx, n, f.local.root, local, acd.WithProgress(progress))
}

// show prints what has happened to a node.
func (f *following) show(n *acd.Node, before, after []string) {
	before, after = f.below(before), f.below(after)
	what := ""
	switch {
	case len(before) == 0 && len(after) == 0 && (f.path != "" || n.Name == "" || n.Status == acd.StatusAvailable):
		return
	case len(before) == 0 && len(after) == 0:
		what = fmt.Sprintf("gone: %q", n.Name)
	case len(before) == 0:
		what = fmt.Sprintf("new: %q", after[0])
	case len(after) == 0:
		what = fmt.Sprintf("gone: %q", before[0])
	case !slices.Equal(before, after):
		what = fmt.Sprintf("moved: %q to %q", before[0], after[0])
	default:
		what = fmt.Sprintf("changed: %q", after[0])
	}
	fmt.Fprintf(f.con.Out, "%s %s\n", n.ModifiedDate.Local().Format(time.DateTime), what)
}

// below returns those paths that are below the folder.
func (f *following) below(paths []string) (inside []string) {
	for _, path := range paths {
		if f.path == "" || strings.HasPrefix(strings.ToLower(path), strings.ToLower(f.path)+"/") {
			inside = append(inside, path)
		}
	}
	return inside
}
