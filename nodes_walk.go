package acd

import (
	"context"
	"iter"
	"slices"
)

// WalkOptions say how to walk through a subtree.
type WalkOptions struct {
	List    ListOptions // for each folder; if a filter leaves out a folder, the walk does not enter it
	Workers int         // how many folders are listed at the same time; default 4
}

// WalkEntry is a node that a walk found.
type WalkEntry struct {
	Path string // from the folder where the walk began, without a leading slash; slashes inside names stay encoded
	Node *Node
}

// Walk ranges over everything below a folder ("" is the drive's root). The nodes of one folder come
// together, in the order of opts.List or, by default, of their names. A folder comes before its
// content. Folders are listed in parallel, a few ahead of the caller. Memory is limited to these
// listings and to the folders that still have to be entered. A folder with several parents is
// entered only once.
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
		for len(w.stack) > 0 {
			if !w.enter(yield) {
				return
			}
		}
	}
}

// walk is a depth-first walk that lists the next folders in advance.
type walk struct {
	service *NodesService
	ctx     context.Context
	opts    WalkOptions
	stack   []*pending // the last one is entered next
	entered idSet
}

// pending is a folder that the walk has not entered yet. Its listing may not have begun, may be
// running, or may be complete.
type pending struct {
	id, path string
	listed   chan struct{} // nil until the listing begins
	nodes    []*Node
	err      error
	unfolded bool // its folders are on the stack
}

// enter yields the nodes of the next folder. It returns false if the walk must end.
func (w *walk) enter(yield func(WalkEntry, error) bool) bool {
	w.ahead()
	next := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	<-next.listed
	if !w.entered.add(next.id) {
		return true
	}
	if next.err != nil {
		yield(WalkEntry{Path: next.path}, next.err)
		return false
	}
	for _, n := range next.nodes {
		if !yield(WalkEntry{w.path(next, n), n}, nil) {
			return false
		}
	}
	w.unfold(next, len(w.stack))
	return true
}

// unfold puts the folders of a listed folder on the stack at index at. They come before the folders
// that are below that index.
func (w *walk) unfold(p *pending, at int) {
	if p.unfolded {
		return
	}
	p.unfolded = true
	var folders []*pending
	for _, n := range slices.Backward(p.nodes) {
		if n.IsFolder() {
			folders = append(folders, &pending{id: n.ID, path: w.path(p, n)})
		}
	}
	w.stack = slices.Insert(w.stack, at, folders...)
}

func (w *walk) path(in *pending, n *Node) string {
	return joinPath(in.path, w.service.client.cfg.encoding.DecodeElement(n.RawName))
}

func joinPath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// ahead starts to list the folders that come next. If a folder is listed but not entered yet, the
// folders in it are started too. Otherwise most workers would be idle when the walk goes from one
// large folder to the next.
func (w *walk) ahead() {
	for next := 1; next <= min(w.opts.Workers, len(w.stack)); next++ {
		at := len(w.stack) - next
		p := w.stack[at]
		switch {
		case p.listed == nil && w.entered.has(p.id): // it was entered through another of its parents
			p.listed = make(chan struct{})
			close(p.listed)
		case p.listed == nil:
			p.listed = make(chan struct{})
			go w.list(p)
		case isClosed(p.listed):
			w.unfold(p, at)
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (w *walk) list(p *pending) {
	defer close(p.listed)
	for n, err := range w.service.Children(w.ctx, p.id, w.opts.List) {
		if err != nil {
			p.err = err
			return
		}
		p.nodes = append(p.nodes, n)
	}
}

// drain waits for running listings, so that no goroutine is left when the walk ends early.
func (w *walk) drain() {
	for _, p := range w.stack {
		if p.listed != nil {
			<-p.listed
		}
	}
}
