package webdav

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acd-sdk/acd"
)

const (
	believed     = 3 * time.Second // how long a view is used
	rootBelieved = time.Minute     // for the root; only its time can change
	largestView  = 20_000          // a view with more entries is not used for later requests
)

// A view is what the drive has answered within a short time. The requests of that time share it.
// Each request keeps its view until it ends, so that everything it reads is from the same view.
type view struct {
	fs   *fileSystem
	born time.Time

	mu      sync.Mutex
	changes int                // number of changes made through this program since the view was made
	size    int                // number of entries
	listed  map[string]listing // by the id of the folder
	looked  map[place]*entry   // names in folders that are not listed; nil means that the name does not exist
}

// A listing is the content of a folder by folded names. Two nodes may have the same folded name,
// because for the service composed and decomposed characters are different.
type listing map[string][]*entry

type place struct{ folder, folded string }

// currentView returns the view of the last seconds, or a new one if that is too old or too large.
func (s *fileSystem) currentView() *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.current; v == nil || time.Since(v.born) > believed || v.isLarge() {
		s.current = &view{fs: s, born: time.Now(), listed: map[string]listing{}, looked: map[place]*entry{}}
	}
	return s.current
}

func (v *view) isLarge() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.size > largestView
}

// root returns the folder that is served.
func (s *fileSystem) root(ctx context.Context) (*entry, error) {
	s.mu.Lock()
	root, asked := s.rootEntry, s.rootAsked
	s.mu.Unlock()
	if root != nil && time.Since(asked) < rootBelieved {
		return root, nil
	}
	n, err := s.drive.Nodes.Get(ctx, s.rootID)
	if err != nil {
		return nil, err
	}
	if !n.IsFolder() {
		return nil, fault(404, "what is to be served is no folder")
	}
	root = &entry{name: "/", node: n}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rootEntry, s.rootAsked = root, time.Now()
	return root, nil
}

// find walks down a cleaned path. If there is nothing at the path, the error is [fs.ErrNotExist]
// itself and not wrapped, because the library compares it with ==.
func (v *view) find(ctx context.Context, name string) (*entry, error) {
	e, err := v.fs.root(ctx)
	if err != nil {
		return nil, err
	}
	for element := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if element == "" {
			continue
		}
		if !e.IsDir() {
			return nil, fs.ErrNotExist
		}
		if e, err = v.child(ctx, e.node.ID, element); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// child returns the entry of that name in a folder.
func (v *view) child(ctx context.Context, folderID, element string) (*entry, error) {
	if m := v.fs.memory.get(folderID, element); m != nil {
		return m, nil
	}
	e, known := v.known(folderID, element)
	if !known {
		var err error
		if e, err = v.ask(ctx, folderID, element); err != nil {
			return nil, err
		}
	}
	if e == nil {
		return nil, fs.ErrNotExist
	}
	return e, nil
}

// known returns the entry of that name if the view has it already. A nil entry with known true
// means that the name does not exist.
func (v *view) known(folderID, element string) (e *entry, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if l, ok := v.listed[folderID]; ok {
		return l.pick(element), true
	}
	e, known = v.looked[place{folderID, fold(element)}]
	return e, known
}

// pick returns the entry of that name, nil if there is none. If several entries have the same
// folded name, it prefers the one whose name is written the same.
func (l listing) pick(element string) *entry {
	same := l[fold(element)]
	if i := slices.IndexFunc(same, func(e *entry) bool { return e.name == element }); i >= 0 {
		return same[i]
	}
	if len(same) > 0 {
		return same[0]
	}
	return nil
}

// ask reads the entry of that name from the drive. Two cases list the whole folder instead. The
// first case is a name that macOS asks for beside every other file, because one listing answers all
// these requests. The second case is a name that is not found but may be given in the form in which
// the drive stores names.
func (v *view) ask(ctx context.Context, folderID, element string) (*entry, error) {
	name := nameOf(element)
	if isJunk(element) {
		return v.askAll(ctx, folderID, element)
	}
	before := v.state()
	n, err := v.fs.drive.Nodes.Child(ctx, folderID, name)
	switch {
	case errors.Is(err, acd.ErrNotFound) && v.fs.drive.EncodeName(name) != element:
		return v.askAll(ctx, folderID, element)
	case errors.Is(err, acd.ErrNotFound):
		n = nil
	case err != nil:
		return nil, err
	}
	var e *entry
	if n != nil {
		e = &entry{name: shownName(n), folder: folderID, node: n}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changes == before {
		v.looked[place{folderID, fold(element)}] = e
		v.size++
	}
	return e, nil
}

func (v *view) askAll(ctx context.Context, folderID, element string) (*entry, error) {
	l, err := v.listing(ctx, folderID)
	if err != nil {
		return nil, err
	}
	return l.pick(element), nil
}

func (v *view) state() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.changes
}

// listing returns what a folder holds on the drive. The caller must not change the result.
func (v *view) listing(ctx context.Context, folderID string) (listing, error) {
	v.mu.Lock()
	l, ok := v.listed[folderID]
	before := v.changes
	v.mu.Unlock()
	if ok {
		return l, nil
	}
	l = listing{}
	count := 0
	for n, err := range v.fs.drive.Nodes.Children(ctx, folderID, acd.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if shown := shownName(n); shown != "" && (n.IsFile() || n.IsFolder()) {
			l[fold(shown)] = append(l[fold(shown)], &entry{name: shown, folder: folderID, node: n})
			count++
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changes == before {
		v.listed[folderID] = l
		v.size += count
	}
	return l, nil
}

// list returns what a folder shows, sorted by name: the entries on the drive and those in memory.
// If both have the same name, the one in memory is shown.
func (v *view) list(ctx context.Context, folderID string) ([]*entry, error) {
	l, err := v.listing(ctx, folderID)
	if err != nil {
		return nil, err
	}
	shown := v.fs.memory.in(folderID)
	inMemory := map[string]bool{}
	for _, e := range shown {
		inMemory[fold(e.name)] = true
	}
	for folded, same := range l {
		if !inMemory[folded] {
			shown = append(shown, same...)
		}
	}
	slices.SortFunc(shown, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	return shown, nil
}

// changed updates the view after a change of this program. gone is no longer at its place, and
// there is now at its place. Either may be nil. A listing or name that is being read at this moment
// may be from before the change. It is not kept in the view.
func (v *view) changed(gone, there *entry) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.changes++
	if gone != nil {
		delete(v.looked, place{gone.folder, fold(gone.name)})
		if l, ok := v.listed[gone.folder]; ok {
			v.listed[gone.folder] = l.without(gone)
		}
	}
	if there != nil {
		v.looked[place{there.folder, fold(there.name)}] = there
		if l, ok := v.listed[there.folder]; ok {
			l = l.without(there)
			l[fold(there.name)] = append(l[fold(there.name)], there)
			v.listed[there.folder] = l
		}
	}
}

// without returns a copy of the listing without a node. The listing itself is not changed, because
// other goroutines may be reading it.
func (l listing) without(e *entry) listing {
	l = maps.Clone(l)
	folded := fold(e.name)
	l[folded] = slices.DeleteFunc(slices.Clone(l[folded]), func(o *entry) bool { return o.node.ID == e.node.ID })
	return l
}

// emptied notes that a folder was just made and is empty.
func (v *view) emptied(folderID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listed[folderID] = listing{}
}
