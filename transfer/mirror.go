package transfer

import (
	"os"
	"sync"

	"github.com/acd-sdk/acd"
)

// extras are what the drive has and the local directory has not.
type extras struct {
	mu   sync.Mutex
	list []extra
}

type extra struct {
	path string
	node *acd.Node
}

// findExtras collects what is only on the drive. What has a local name of
// whatever kind is not extra, nor is what the patterns leave out.
func (u *uploader) findExtras(f *folder, entries []os.DirEntry, nodes map[string][]*acd.Node) {
	local := make(map[string]bool, len(entries))
	for _, e := range entries {
		local[fold(u.opts.Encoding.Decode(e.Name()))] = true
	}
	for key, group := range nodes {
		for _, n := range group {
			if path := join(f.path, element(n.Name)); !local[key] {
				u.extra(path, n, f)
			}
		}
	}
}

// extra notes a node to trash. With patterns, a folder goes only with all that is
// in it: if something in it is left out, the others go one by one.
func (u *uploader) extra(path string, n *acd.Node, above *folder) {
	if n.IsFile() {
		if u.filter.file(path) && (u.opts.MaxSize == 0 || n.Size() <= u.opts.MaxSize) {
			u.noteExtra(path, n)
		}
		return
	}
	if !u.filter.folder(path) {
		return
	}
	if u.filter.all() && u.opts.MaxSize == 0 {
		u.noteExtra(path, n)
		return
	}
	f := &folder{parent: above, path: path, id: n.ID}
	if above.inside(n.ID) {
		u.fail(path, 0, errCircle)
		return
	}
	u.pool.folder(func() {
		nodes, err := u.children(n.ID)
		if err != nil {
			u.fail(path, 0, err)
			return
		}
		u.findExtras(f, nil, nodes)
	})
}

func (u *uploader) noteExtra(path string, n *acd.Node) {
	u.extras.mu.Lock()
	defer u.extras.mu.Unlock()
	u.extras.list = append(u.extras.list, extra{path, n})
}

// mirror trashes the extras. Nothing goes if anything failed: what could not be
// read might be what is missing.
func (u *uploader) mirror() {
	if u.failed() {
		return
	}
	for _, x := range u.extras.list {
		u.pool.file(func() {
			if !u.opts.DryRun {
				if _, err := u.client.Nodes.Trash(u.ctx, x.node.ID); err != nil {
					u.fail(x.path, 0, err)
					return
				}
			}
			u.emit(Event{Action: Trashed, Path: x.path, Size: x.node.Size(), Node: x.node})
		})
	}
	u.pool.run(u.ctx, u.opts.Workers)
}
