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

// OnUpdate makes Apply or Sync call fn with what each change set did to the tree. fn is called
// after the whole set was applied, and may look at the tree. It is not called for a set that
// changed nothing. There is only one call at a time within one Apply or Sync, which waits for it.
// To find the paths takes about as long again as to apply the set.
func OnUpdate(fn func(Update)) ApplyOption {
	return func(o *applyOptions) { o.onUpdate = fn }
}

// An Update is what one change set did to the tree.
type Update struct {
	// Reset reports whether the tree was emptied first, because the feed began anew. There are no
	// Changes for the nodes that were forgotten by this. A node that the feed does not repeat before
	// its End is gone.
	Reset bool
	// Changes has one element for each changed node, in the order in which the set names the nodes.
	Changes []Change
}

// A Change is what one change set did to one node. Only nodes that are in the set have a Change. If
// a folder moves, is renamed, appears or disappears, everything below it does the same, but has no
// Change of its own.
type Change struct {
	ID string
	// Before and After are the node as the tree knew it before and after the set, nil if the tree
	// did not know it. If only something else has changed, such as the content, both are set and the
	// paths are equal.
	Before, After *Node
	// From and To are the paths before and after the whole set, as [Tree.Paths] returns them. A node
	// in the trash or not below the root has no path.
	From, To []string
}

// state returns what the tree knows about a node, nil if it knows nothing.
func (x *index) state(id string) (n *Node, paths []string) {
	i := x.find(id)
	if i == 0 {
		return nil, nil
	}
	known := x.node(i)
	return &known, x.paths(i)
}

// applyAll takes in reports, and returns how many of them changed something. If tell is true, it
// returns the changes too.
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

// same reports whether a report says nothing new.
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
