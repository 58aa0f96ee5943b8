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

// folder is one folder on both sides. On the side that is written to, it is made once, when the
// first file or folder in it needs it.
type folder struct {
	parent *folder // nil for the top
	path   string  // as in [Event.Path]
	local  string  // path below the local root
	name   string  // last element of the path, decoded

	mu    sync.Mutex
	id    string // of the folder on the drive
	there bool   // the folder exists on the side that is written to
	fresh bool   // this run has made the folder, so it was empty
	err   error  // why the folder could not be made

	// node is the folder's node on the drive, if it existed before the run.
	node *acd.Node

	// listed holds the ids of the nodes that were in the folder before the run uploaded to it. It is
	// nil if the folder was not listed.
	listed map[string]bool
}

// item returns the folder in the form that events need.
func (f *folder) item() item { return item{path: f.path} }

// wasThere reports whether a node may have been in the folder before the run uploaded to it.
func (f *folder) wasThere(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.fresh && (f.listed == nil || f.listed[id])
}

func (f *folder) child(name, local string) *folder {
	return &folder{parent: f, name: name, path: join(f.path, element(name)), local: filepath.Join(f.local, local)}
}

// ensure makes the folder if that was not done yet, after all folders above it. It calls makeIt for
// each of them.
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

// inside reports whether the folder, or a folder above it, has the id. It finds circles: the drive
// lets a folder have several parents, and a broken service may show a circle.
func (f *folder) inside(id string) bool {
	for ; f != nil; f = f.parent {
		if f.id == id {
			return true
		}
	}
	return false
}

// children holds the nodes in a folder, by their folded names.
type children map[string][]*acd.Node

// list returns the files and folders in a folder as nodes, and everything else that is there as
// others. Nodes in the trash are in neither, because the service lists them for a while although
// they are not in the folder any more. If some nodes could not be read (see isOneNode), list
// returns the error and also the nodes that could be read.
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

// isOneNode reports whether the only thing missing from a listing is nodes that could not be read.
func isOneNode(err error) bool {
	_, unreadable := errors.AsType[*acd.NodeError](err)
	return unreadable && errors.Is(err, acd.ErrIncomplete)
}

// find returns the node that has a name, nil if there is none. If the names of several nodes differ
// only in how their characters are composed, find returns the node whose name is written the same.
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

// ids returns the ids of all nodes.
func (c children) ids() map[string]bool {
	ids := make(map[string]bool, len(c))
	for _, group := range c {
		for _, n := range group {
			ids[n.ID] = true
		}
	}
	return ids
}

// entries returns the entries of a local directory, sorted by name.
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
