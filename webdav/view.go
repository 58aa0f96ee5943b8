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
	believed     = 3 * time.Second // how long what was seen of the drive is taken for true
	rootBelieved = time.Minute     // of the root only its time can change
	largestView  = 20_000          // entries that are kept beyond the request that asked for them
)

// A view is what was seen of the drive within a short time. Requests at that time share it; each keeps its own to its
// end, so that what it reads is of one piece.
type view struct {
	fs   *fileSystem
	born time.Time

	mu      sync.Mutex
	changes int                // by this program since it was born
	size    int                // entries
	listed  map[string]listing // by the folder's id
	looked  map[place]*entry   // of folders that are not listed; nil: there is nothing
}

// A listing is the content of a folder by folded names. Two nodes may have one such name, because the service
// takes composed and decomposed characters for two.
type listing map[string][]*entry

type place struct{ folder, folded string }

// currentView is the view of the last seconds, or a new one.
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

// root is the folder that is served.
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

// find goes down a cleaned path. What is not there is [fs.ErrNotExist] itself, which the library asks for by ==.
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

// child is what has a name in a folder.
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

// known is what was already seen under a name.
func (v *view) known(folderID, element string) (e *entry, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if l, ok := v.listed[folderID]; ok {
		return l.pick(element), true
	}
	e, known = v.looked[place{folderID, fold(element)}]
	return e, known
}

// pick prefers the name that is written as asked for.
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

// ask looks on the drive. A folder in which macOS looks for its files beside each other file is listed: one request
// answers for all of them. So is one in which a name can be meant in the form in which the drive stores it.
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

// listing is what a folder holds on the drive. It must not be changed.
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

// list is what a folder shows, in the order of names: what is on the drive, and what is in memory in its place.
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

// changed takes over a change of this program: what is gone from its place, and what is in its place now. Either may
// be nil. What is being read of the drive at this moment may be from before, and is not kept.
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

// without is a copy of the listing without a node: others may be reading the listing itself.
func (l listing) without(e *entry) listing {
	l = maps.Clone(l)
	folded := fold(e.name)
	l[folded] = slices.DeleteFunc(slices.Clone(l[folded]), func(o *entry) bool { return o.node.ID == e.node.ID })
	return l
}

// emptied says that a folder was just made, and holds nothing.
func (v *view) emptied(folderID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.listed[folderID] = listing{}
}
