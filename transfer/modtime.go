package transfer

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/acd-sdk/acd"
)

// modTimeKey is the key of the property that holds a modification time.
const modTimeKey = "mtime"

func formatModTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// modTime returns the time in the node's property, the zero time if the node has none.
func (r *run) modTime(n *acd.Node) (time.Time, error) {
	text := n.Properties[r.opts.ModTimeOwner][modTimeKey]
	if r.opts.ModTimeOwner == "" || text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("the property %s of the node is not a time: %w", modTimeKey, err)
	}
	return t, nil
}

// withModTime adds a local time to the request that makes a node.
func (r *run) withModTime(t time.Time) acd.NewNodeOption {
	return acd.WithProperties(r.opts.ModTimeOwner, map[string]string{modTimeKey: formatModTime(t)})
}

// modTimeOption returns the option that adds the local file's time to its upload.
func (s *sending) modTimeOption() []acd.UploadOption {
	if s.opts.ModTimeOwner == "" {
		return nil
	}
	return []acd.UploadOption{s.withModTime(s.info.ModTime())}
}

// keepModTime sets the time of a node that existed already to that of the local file.
func (s *sending) keepModTime(n *acd.Node) error { return s.setModTime(n, s.info.ModTime()) }

// setModTime sets the time of a node that existed already to a local time. This is a separate
// request.
func (r *run) setModTime(n *acd.Node, t time.Time) error {
	owner, want := r.opts.ModTimeOwner, formatModTime(t)
	if owner == "" || r.opts.DryRun || n.Properties[owner][modTimeKey] == want {
		return nil
	}
	if err := r.client.Nodes.SetProperty(r.ctx, n.ID, owner, modTimeKey, want); err != nil {
		return fmt.Errorf("its modified time: %w", err)
	}
	return nil
}

// folderOptions returns the options that add the local directory's time to the request that makes
// its folder.
func (u *uploader) folderOptions(f *folder) ([]acd.FolderOption, error) {
	if u.opts.ModTimeOwner == "" {
		return nil, nil
	}
	info, err := u.local.Lstat(f.local)
	if err != nil {
		return nil, err
	}
	return []acd.FolderOption{u.withModTime(info.ModTime())}, nil
}

// keepFolderTime sets the time of a folder that was on the drive already to that of the local
// directory. It does not change the target folder, because that folder belongs to the caller.
func (u *uploader) keepFolderTime(f *folder, n *acd.Node) {
	if u.opts.ModTimeOwner == "" || f.parent == nil || n == nil {
		return
	}
	info, err := u.local.Lstat(f.local)
	if err == nil {
		err = u.setModTime(n, info.ModTime())
	}
	if err != nil {
		u.fail(item{path: f.path, node: n}, err)
	}
}

// folderTimes holds the folders that get their time at the end of a download. Before that, each
// file that is written into a directory would change its time again.
type folderTimes struct {
	mu      sync.Mutex
	folders []*folder
}

// remember notes a folder that has a time.
func (t *folderTimes) remember(f *folder) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.folders = append(t.folders, f)
}

// restoreFolderTimes sets the times of local directories to those that the folders carry. Inner
// directories come first.
func (d *downloader) restoreFolderTimes() {
	if d.opts.DryRun || d.ctx.Err() != nil {
		return
	}
	folders := d.times.folders
	slices.SortFunc(folders, func(a, b *folder) int { return len(b.local) - len(a.local) })
	for _, f := range folders {
		if err := d.restoreFolderTime(f); err != nil {
			d.fail(item{path: f.path, node: f.node}, err)
		}
	}
}

func (d *downloader) restoreFolderTime(f *folder) error {
	if !f.there { // the patterns match nothing in it, so it was not made
		return nil
	}
	t, err := d.modTime(f.node)
	if err != nil {
		return err
	}
	if info, err := d.local.Lstat(f.local); err != nil || info.ModTime().Equal(t) {
		return err
	}
	if err := d.local.Chtimes(f.local, t, t); err != nil {
		return fmt.Errorf("its modified time: %w", err)
	}
	return nil
}
