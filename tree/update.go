package tree

import "github.com/acd-sdk/acd"

// An ApplyOption changes how [Tree.Apply] and [Tree.Sync] take in change sets.
type ApplyOption func(*applyOptions)

type applyOptions struct{ onUpdate func(Update) }

func applyOptionsOf(opts []ApplyOption) (o applyOptions) {
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// OnUpdate has fn told what each change set did to the tree. It is called once the whole set is in the tree, which may
// be asked meanwhile, and not at all for a set that changed nothing. The calls of one Apply or Sync follow one another,
// and it waits for them. Finding the paths takes about as long again as applying the set.
func OnUpdate(fn func(Update)) ApplyOption {
	return func(o *applyOptions) { o.onUpdate = fn }
}

// An Update is what one change set did to the tree.
type Update struct {
	// Reset says that the tree was emptied first, because the feed began anew. What it had known is forgotten, and nothing
	// is told of it: what does not come again before the feed's End is gone.
	Reset bool
	// Changes are in the order in which the set tells of the nodes, one for each.
	Changes []Change
}

// A Change is what one change set did to one node. Only nodes that the set tells of have one: when a folder moves, is
// renamed, comes or goes, all that is below it does so with it and has no change of its own.
type Change struct {
	ID string
	// Before and After are what the tree knew and knows about the node; nil is nothing. Both are there and have the same
	// paths if something else has changed, such as the content.
	Before, After *Node
	// From and To are the paths before and after the whole set, as [Tree.Paths] has them: none of a node that is in the
	// trash or not below the root.
	From, To []string
}

// state is what the tree knows about a node, nil for nothing.
func (x *index) state(id string) (n *Node, paths []string) {
	i := x.find(id)
	if i == 0 {
		return nil, nil
	}
	known := x.node(i)
	return &known, x.paths(i)
}

// applyAll takes in reports, and returns how many changed something. If they are to be told of it returns the changes too.
func (x *index) applyAll(reports []report, tell bool) (changed int, changes []Change) {
	seen := map[string]bool{}
	for i := range reports {
		if id := reports[i].ID; tell && !seen[id] {
			seen[id] = true
			before, from := x.state(id)
			changes = append(changes, Change{ID: id, Before: before, From: from})
		}
	}
	touched := map[string]bool{}
	for i := range reports {
		if x.apply(&reports[i]) {
			changed++
			if tell {
				touched[reports[i].ID] = true
			}
		}
	}
	kept := changes[:0]
	for _, c := range changes {
		if c.After, c.To = x.state(c.ID); touched[c.ID] && (c.Before != nil || c.After != nil) {
			kept = append(kept, c)
		}
	}
	return changed, kept
}

// same says whether a report tells nothing new.
func (x *index) same(r *record, rep *report, status acd.Status) bool {
	if !r.known || r.version != rep.Version || r.name != rep.Name || r.kind != rep.Kind || r.status != status || r.isRoot != rep.IsRoot {
		return false
	}
	sum, hasSum := parseMD5(rep.Content.MD5)
	if r.hasSum != hasSum || hasSum && r.sum != sum || r.size != max(rep.Content.Size, 0) || r.modified != milliseconds(rep.Modified) {
		return false
	}
	e := r.parents
	for _, id := range distinct(rep.Parents) {
		if e == 0 || x.nodes.at(x.edges.at(e).parent).id != id {
			return false
		}
		e = x.edges.at(e).more
	}
	return e == 0
}
