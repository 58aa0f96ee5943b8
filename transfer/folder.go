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

// children are the nodes in a folder by their folded names. Several of one name
// cannot be on a drive, but in a listing.
func (r *run) children(id string) (map[string][]*acd.Node, error) {
	nodes := map[string][]*acd.Node{}
	seen := map[string]bool{}
	for n, err := range r.client.Nodes.Children(r.ctx, id, acd.ListOptions{AllStatuses: true}) {
		if err != nil {
			return nil, err
		}
		if n.Status != acd.StatusAvailable && n.Status != acd.StatusPending || seen[n.ID] || !n.IsFile() && !n.IsFolder() {
			continue
		}
		seen[n.ID] = true
		key := fold(n.Name)
		nodes[key] = append(nodes[key], n)
	}
	return nodes, nil
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
