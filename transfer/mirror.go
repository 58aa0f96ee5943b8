package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"sync"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/partial"
)

// extras holds the nodes that are on the drive but not in the local directory.
type extras struct {
	mu      sync.Mutex
	list    []extra
	inScope int // files and folders on the drive that the patterns do not leave out
	toTrash int // extras, and everything below them
}

type extra struct {
	path     string
	node     *acd.Node
	folderID string // the folder in whose listing the node was
}

func (e extra) item() item { return item{e.path, e.node.Size(), e.node} }

// checkSource returns [ErrEmptySource] if the local directory has no file to copy.
func (u *uploader) checkSource() error {
	found := errors.New("found")
	err := fs.WalkDir(u.local.FS(), ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		copied := u.opts.Encoding.DecodePath(p)
		switch {
		case p == ".":
		case e.IsDir() && !u.filter.folder(copied):
			return fs.SkipDir
		case e.Type().IsRegular() && u.filter.file(copied) && !partial.IsName(path.Base(p)):
			return found
		}
		return nil
	})
	switch {
	case err == nil:
		return fmt.Errorf("transfer: %w: %s", ErrEmptySource, u.base)
	case errors.Is(err, found):
		return nil
	}
	return err
}

// inScope reports whether Mirror may trash a node.
func (u *uploader) inScope(path string, n *acd.Node) bool {
	if n.IsFolder() {
		return u.filter.folder(path)
	}
	return u.filter.file(path) && (u.opts.MaxSize == 0 || n.Size() <= u.opts.MaxSize)
}

// countScope counts the nodes of one folder that are in scope, for the limits.
func (u *uploader) countScope(f *folder, nodes children) {
	count := 0
	for _, group := range nodes {
		for _, n := range group {
			if u.inScope(join(f.path, element(n.Name)), n) {
				count++
			}
		}
	}
	u.extras.mu.Lock()
	defer u.extras.mu.Unlock()
	u.extras.inScope += count
}

// findExtras collects the nodes that are only on the drive. A node is not an extra if a local entry
// of any kind has its name, or if the patterns leave it out.
func (u *uploader) findExtras(f *folder, entries []os.DirEntry, nodes children) {
	local := make(map[string]bool, len(entries))
	for _, e := range entries {
		local[fold(u.opts.Encoding.Decode(e.Name()))] = true
	}
	for key, group := range nodes {
		for _, n := range group {
			if path := join(f.path, element(n.Name)); !local[key] && u.inScope(path, n) {
				u.extra(extra{path, n, f.id}, f)
			}
		}
	}
}

// extra notes a node to trash. A folder is trashed as a whole only if no pattern and no size limit
// is set. Otherwise something in it may be left out, so the nodes in it are trashed one by one.
func (u *uploader) extra(x extra, above *folder) {
	whole := x.node.IsFile() || u.filter.all() && u.opts.MaxSize == 0
	if whole {
		u.extras.mu.Lock()
		u.extras.list = append(u.extras.list, x)
		u.extras.toTrash++
		u.extras.mu.Unlock()
	}
	if x.node.IsFile() || whole && !u.limited() {
		return
	}
	if above.inside(x.node.ID) {
		u.fail(x.item(), errCircle)
		return
	}
	f := &folder{parent: above, path: x.path, id: x.node.ID}
	u.queueFolder(x.item(), func() { u.expandExtra(f, whole) })
}

// expandExtra lists a folder that is only on the drive. If the folder is trashed as a whole,
// expandExtra counts what is in it. If not, it finds the nodes to trash.
func (u *uploader) expandExtra(f *folder, whole bool) {
	nodes, _, err := u.list(f.id)
	if err != nil {
		u.fail(f.item(), err)
		return
	}
	u.countScope(f, nodes)
	if !whole {
		u.findExtras(f, nil, nodes)
		return
	}
	for _, group := range nodes {
		for _, n := range group {
			u.countBelow(f, n)
		}
	}
}

// countBelow counts a node that is trashed together with a folder above it.
func (u *uploader) countBelow(f *folder, n *acd.Node) {
	u.extras.mu.Lock()
	u.extras.toTrash++
	u.extras.mu.Unlock()
	if !n.IsFolder() || f.inside(n.ID) {
		return
	}
	c := &folder{parent: f, path: join(f.path, element(n.Name)), id: n.ID}
	u.queueFolder(c.item(), func() { u.expandExtra(c, true) })
}

// limited reports whether the number of trashed nodes is limited.
func (u *uploader) limited() bool { return u.opts.MaxTrash > 0 || u.opts.MaxTrashShare < 1 }

// TrashLimit returns how many of all files and folders may be trashed by [Options.MaxTrash] and
// [Options.MaxTrashShare]: the lower of the two limits.
func (o Options) TrashLimit(all int) int {
	most := math.MaxInt
	if o.MaxTrash > 0 {
		most = o.MaxTrash
	}
	share := cmp.Or(o.MaxTrashShare, defaultMaxTrashShare)
	if share < 1 {
		const rounding = 1e-6 // 0.29 x 100 is a little less than 29
		most = min(most, int(share*float64(all)+rounding))
	}
	return most
}

// checkLimits returns [ErrTooManyToTrash] if the extras are more than the options allow.
func (u *uploader) checkLimits() error {
	x := &u.extras
	most := u.opts.TrashLimit(x.inScope)
	if x.toTrash <= most {
		return nil
	}
	return fmt.Errorf("transfer: %w: %d of the %d files and folders on the drive, at most %d with MaxTrash %d and MaxTrashShare %v; nothing was trashed",
		ErrTooManyToTrash, x.toTrash, x.inScope, most, u.opts.MaxTrash, u.opts.MaxTrashShare)
}

// mirror trashes the extras. If anything failed it trashes nothing: the local files that could not
// be read may be the ones that seem to be missing.
func (u *uploader) mirror() error {
	if u.failed() {
		return nil
	}
	if err := u.checkLimits(); err != nil {
		return err
	}
	for _, x := range u.extras.list {
		u.queueFile(x.item(), func() { u.trash(x) })
	}
	u.work()
	return nil
}

// trash moves one extra to the trash, if the node has not changed since it was listed.
func (u *uploader) trash(x extra) {
	kind := acd.KindFile
	if x.node.IsFolder() {
		kind = acd.KindFolder
	}
	now, err := u.look(x.node.ID, place{x.folderID, x.node.Name, kind})
	switch {
	case errors.Is(err, acd.ErrNotFound), now != nil && now.Status == acd.StatusTrash:
		return // another program has removed it
	case err != nil:
		u.fail(x.item(), err)
		return
	case len(now.Parents) > 1:
		u.leaveOut(x.item(), "it is only on the drive, but in another folder as well")
		return
	case now.MD5() != x.node.MD5() || now.Size() != x.node.Size():
		u.fail(x.item(), fmt.Errorf("%w: it got other content since it was listed", acd.ErrChanged))
		return
	}
	if !u.opts.DryRun {
		if _, err := u.client.Nodes.Trash(u.ctx, x.node.ID); err != nil {
			u.fail(x.item(), err)
			return
		}
	}
	u.succeed()
	u.emit(Event{Action: Trashed, Path: x.path, Size: x.node.Size(), Node: x.node})
}
