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
	entered idSet
}

// pending is a folder whose listing is due, or under way.
type pending struct {
	id, path string
	listed   chan struct{} // nil until begun
	nodes    []*Node
	err      error
	unfolded bool // its folders are on the stack
}

// enter yields the next folder's nodes.
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

// unfold puts a listed folder's folders on the stack, where they come before what is below at.
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

// ahead begins to list the folders that come next. Among them are those of a folder that is listed and not yet
// entered: else most workers would be idle where the walk goes from one large folder to the next.
func (w *walk) ahead() {
	for next := 1; next <= min(w.opts.Workers, len(w.stack)); next++ {
		at := len(w.stack) - next
		p := w.stack[at]
		switch {
		case p.listed == nil && w.entered.has(p.id): // by another of its parents
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

// drain leaves no goroutine behind when the walk ends early.
func (w *walk) drain() {
	for _, p := range w.stack {
		if p.listed != nil {
			<-p.listed
		}
	}
}
