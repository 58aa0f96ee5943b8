package tree

import (
	"context"
	"errors"
	"sync"

	"github.com/acd-sdk/acd"
)

// A Store is an [acd.CheckpointStore] that keeps a tree and its checkpoint together in one file,
// written by [Tree.Save]:
//
//	t, err := tree.Load(file) // any error: t = tree.New()
//	store := tree.NewStore(t, file)
//	err = client.Changes.Watch(ctx, store, store.Handle, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}})
//
// If no node has changed, the file is not written, even if the checkpoint has changed. The
// checkpoint in the file stays valid: from there the feed only repeats changes that the tree knows.
// After the feed has begun anew, the tree fills from empty. Until the end of the feed, the file is
// written only each time the tree has grown by half. So the file may be out of date, but its
// checkpoint always fits its nodes.
//
// Only one Watch at a time may use a Store. Other code may use the tree at the same time.
type Store struct {
	tree *Tree
	path string
	opts []ApplyOption

	mu      sync.Mutex
	written int // value of Tree.changed when the file was written
}

var _ acd.CheckpointStore = (*Store)(nil)

// NewStore returns a store that keeps the tree t in the file at path. t was loaded from this file,
// or is new. The file is first written when something has changed. The options are for
// [Store.Handle].
func NewStore(t *Tree, path string, opts ...ApplyOption) *Store {
	return &Store{tree: t, path: path, opts: opts}
}

// Load implements [acd.CheckpointStore]. It returns the checkpoint of the tree. It does not read
// the file.
func (s *Store) Load(context.Context) (string, error) { return s.tree.Checkpoint(), nil }

// Handle applies a change set to the tree. It is for [acd.ChangesService.Watch], or is called by a
// handler of the program. At the end of the feed, Handle writes the file if Save has not written
// the last changes.
func (s *Store) Handle(_ context.Context, set *acd.ChangeSet) error {
	if err := s.tree.Apply(set, s.opts...); err != nil {
		return err
	}
	if !set.End {
		return nil
	}
	return s.write()
}

// Save implements [acd.CheckpointStore]. If the checkpoint differs from that of the tree, its
// change set was not applied to the tree, and Save returns an error.
func (s *Store) Save(_ context.Context, checkpoint string) error {
	if checkpoint != s.tree.Checkpoint() {
		return errors.New("tree: save: the checkpoint is not the tree's: hand each change set to Handle or Apply")
	}
	return s.write()
}

// write writes the tree to the file if enough has changed.
func (s *Store) write() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, nodes, filling := s.tree.progress()
	if changed == s.written || filling && s.written > 0 && (changed-s.written)*3 < nodes {
		return nil
	}
	if err := s.tree.Save(s.path); err != nil {
		return err
	}
	s.written = changed
	return nil
}

// progress returns how much has changed since the tree was made or loaded, how many nodes it has,
// and whether the feed has begun anew and not yet ended.
func (t *Tree) progress() (changed, nodes int, filling bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.x != nil {
		nodes = t.x.known
	}
	return t.changed, nodes, t.filling
}
