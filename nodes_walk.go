package acd

import (
	"context"
	"iter"
	"slices"
)

// WalkOptions say how a subtree is walked.
type WalkOptions struct {
	List    ListOptions // of each folder; with a filter, folders that it leaves out are not entered
	Workers int         // folders listed at once; default 4
}

// WalkEntry is a node on the way through a subtree.
type WalkEntry struct {
	Path string // from the folder where the walk began, without a leading slash; slashes inside names stay encoded
	Node *Node
}

// Walk ranges over all that is below a folder ("" is the drive's root). The nodes of a folder come together, in
// the order of opts.List or else of their names, and folders before what is in
// them. Folders are listed in parallel, a few ahead of the caller: memory is bounded by
// these and by what is left to do on the way down. A folder that is in several places is entered once.
func (s *NodesService) Walk(ctx context.Context, folderID string, opts WalkOptions) iter.Seq2[WalkEntry, error] {
	if opts.Workers <= 0 {
		opts.Workers = 4
	}
	if len(opts.List.Sort) == 0 {
		opts.List.Sort = []Order{Ascending(FieldName)}
	}
	return func(yield func(WalkEntry, error) bool) {
		folderID, err := s.folderID(ctx, folderID)
		if err != nil {
			yield(WalkEntry{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		w := &walk{service: s, ctx: ctx, opts: opts, stack: []*pending{{id: folderID}}}
		defer w.drain()
		defer cancel()
		w.seen.add(folderID)
		for len(w.stack) > 0 {
			if !w.enter(yield) {
				return
			}
		}
	}
}

// walk is a depth-first walk whose next folders are listed ahead.
type walk struct {
	service *NodesService
	ctx     context.Context
	opts    WalkOptions
	stack   []*pending // the next at the end
	seen    idSet      // folders
}

// pending is a folder whose listing is due, or under way.
type pending struct {
	id, path string
	listed   chan struct{} // nil until begun
	nodes    []*Node
	err      error
}

// enter yields the next folder's nodes, and puts its folders on the stack.
func (w *walk) enter(yield func(WalkEntry, error) bool) bool {
	w.ahead()
	next := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	<-next.listed
	if next.err != nil {
		yield(WalkEntry{Path: next.path}, next.err)
		return false
	}
	var folders []*pending
	for _, n := range next.nodes {
		path := joinPath(next.path, w.service.client.cfg.encoding.DecodeElement(n.RawName))
		if !yield(WalkEntry{path, n}, nil) {
			return false
		}
		if n.IsFolder() && w.seen.add(n.ID) {
			folders = append(folders, &pending{id: n.ID, path: path})
		}
	}
	slices.Reverse(folders)
	w.stack = append(w.stack, folders...)
	return true
}

func joinPath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// ahead begins to list the folders that come next.
func (w *walk) ahead() {
	for i := len(w.stack) - 1; i >= max(0, len(w.stack)-w.opts.Workers); i-- {
		p := w.stack[i]
		if p.listed != nil {
			continue
		}
		p.listed = make(chan struct{})
		go func() {
			defer close(p.listed)
			for n, err := range w.service.Children(w.ctx, p.id, w.opts.List) {
				if err != nil {
					p.err = err
					return
				}
				p.nodes = append(p.nodes, n)
			}
		}()
	}
}

// drain leaves no goroutine behind when the walk ends early.
func (w *walk) drain() {
	for _, p := range w.stack {
		if p.listed != nil {
			<-p.listed
		}
	}
}
