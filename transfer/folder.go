package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/acd-sdk/acd"
)

// folder is one folder on both sides. The one that is written to is made when the
// first needs it, and once.
type folder struct {
	parent *folder // nil for the top
	path   string  // as events have it
	local  string  // below the local root
	name   string  // the caller's, of the last element

	mu    sync.Mutex
	id    string // on the drive
	there bool   // on the side that is written to
	fresh bool   // nothing can be in it yet
	err   error  // why it could not be made

	// node is what is on the drive, if it was there before the run.
	node *acd.Node

	// listed are the ids that were in it on the drive before the run uploaded to it, nil if it was
	// not listed.
	listed map[string]bool
}

// item is the folder as events name it.
func (f *folder) item() item { return item{path: f.path} }

// wasThere says whether a node may have been in the folder before the run uploaded to it.
func (f *folder) wasThere(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.fresh && (f.listed == nil || f.listed[id])
}

func (f *folder) child(name, local string) *folder {
	return &folder{parent: f, name: name, path: join(f.path, element(name)), local: filepath.Join(f.local, local)}
}

// ensure calls makeIt for the folders above and for this one, where that was not done yet.
func (f *folder) ensure(makeIt func(*folder) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.there || f.err != nil {
		return f.err
	}
	if f.parent != nil {
		if err := f.parent.ensure(makeIt); err != nil {
			f.err = err
			return err
		}
	}
	if err := makeIt(f); err != nil {
		f.err = fmt.Errorf("making the folder %q: %w", f.path, err)
		return f.err
	}
	f.there = true
	return nil
}

// inside says whether a folder is below itself: the drive lets a folder have
// several parents, and a service that fails may show a circle.
func (f *folder) inside(id string) bool {
	for ; f != nil; f = f.parent {
		if f.id == id {
			return true
		}
	}
	return false
}

// children are the nodes in a folder, by their folded names.
type children map[string][]*acd.Node

// list returns the files and folders in a folder. What else is there is returned by itself, but for
// what is in the trash: the service shows it for a while, although it is not in the folder any
// more. With an error of a node that could not be read (see isOneNode) comes all that could be.
func (r *run) list(id string) (nodes children, others []*acd.Node, err error) {
	nodes = children{}
	seen := map[string]bool{}
	for n, err := range r.client.Nodes.Children(r.ctx, id, acd.ListOptions{AllStatuses: true}) {
		switch {
		case err != nil:
			return nodes, others, err
		case n.Status == acd.StatusTrash || n.Status == acd.StatusPurged || seen[n.ID]:
			continue
		}
		seen[n.ID] = true
		if n.Status != acd.StatusAvailable && n.Status != acd.StatusPending || !n.IsFile() && !n.IsFolder() || n.Name == "" {
			others = append(others, n)
			continue
		}
		key := fold(n.Name)
		nodes[key] = append(nodes[key], n)
	}
	r.succeed()
	return nodes, others, nil
}

// isOneNode says whether a listing lacks only nodes that could not be read.
func isOneNode(err error) bool {
	_, unreadable := errors.AsType[*acd.NodeError](err)
	return unreadable && errors.Is(err, acd.ErrIncomplete)
}

// find is the node that has a name, nil if there is none. Of names that differ only in how their
// characters are composed, it is the one that is written the same.
func (c children) find(name string) (*acd.Node, error) {
	group := c[fold(name)]
	if len(group) > 1 {
		group = slices.DeleteFunc(slices.Clone(group), func(n *acd.Node) bool { return lower(n.Name) != lower(name) })
		if len(group) != 1 {
			return nil, errTwoNodes
		}
	}
	if len(group) == 0 {
		return nil, nil
	}
	return group[0], nil
}

// ids are all nodes.
func (c children) ids() map[string]bool {
	ids := make(map[string]bool, len(c))
	for _, group := range c {
		for _, n := range group {
			ids[n.ID] = true
		}
	}
	return ids
}

// entries are what is in a local directory, in the order of the names.
func (r *run) entries(local string) ([]os.DirEntry, error) {
	dir, err := r.local.Open(local)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

var errTwoNodes = errors.New("the drive lists several nodes of that name")
