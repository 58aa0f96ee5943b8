package tree

import (
	"context"
	"errors"
	"sync"

	"github.com/acd-sdk/acd"
)

// A Store is an [acd.CheckpointStore] that keeps a tree and its checkpoint as one, in the file of [Tree.Save]:
//
//	t, err := tree.Load(file) // any error: t = tree.New()
//	store := tree.NewStore(t, file)
//	err = client.Changes.Watch(ctx, store, store.Handle, acd.WatchOptions{Changes: acd.ChangesOptions{IncludePurged: true}})
//
// Nothing is written when nothing has changed, even if the checkpoint has: the one in the file goes on being good, and
// brings again what the tree knows. While the tree fills because the feed began anew, it is written only as often as it
// has grown by half, and at the end. So the file may be behind, but its checkpoint always fits its nodes.
//
// One Watch at a time uses it. The tree may be used beside it.
type Store struct {
	tree *Tree
	path string
	opts []ApplyOption

	mu      sync.Mutex
	written int // changes of the tree that are in the file
}

var _ acd.CheckpointStore = (*Store)(nil)

// NewStore returns a store of the tree t in the file at path, which t was loaded from, or which t is to be written to when
// something has changed. The options are for [Store.Handle].
func NewStore(t *Tree, path string, opts ...ApplyOption) *Store {
	return &Store{tree: t, path: path, opts: opts}
}

// Load implements [acd.CheckpointStore]: it returns the checkpoint of the tree, and reads no file.
func (s *Store) Load(context.Context) (string, error) { return s.tree.Checkpoint(), nil }

// Handle applies a change set to the tree, for [acd.ChangesService.Watch] or inside of a handler of the program's own. At
// the feed's end it writes what Save has put off.
func (s *Store) Handle(_ context.Context, set *acd.ChangeSet) error {
	if err := s.tree.Apply(set, s.opts...); err != nil {
		return err
	}
	if !set.End {
		return nil
	}
	return s.write()
}

// Save implements [acd.CheckpointStore]. A checkpoint that is not the tree's is an error: its change set was not applied.
func (s *Store) Save(_ context.Context, checkpoint string) error {
	if checkpoint != s.tree.Checkpoint() {
		return errors.New("tree: save: the checkpoint is not the tree's: hand each change set to Handle or Apply")
	}
	return s.write()
}

// write writes the tree if that is worth it.
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

// progress is how much has changed since the tree was made or loaded, how many nodes it has, and whether it is filling.
func (t *Tree) progress() (changed, nodes int, filling bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.x != nil {
		nodes = t.x.known
	}
	return t.changed, nodes, t.filling
}
