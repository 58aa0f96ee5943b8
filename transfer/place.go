package transfer

import (
	"errors"
	"fmt"

	"github.com/acd-sdk/acd"
)

// place is where a node should be on the drive.
type place struct {
	folderID string
	name     string // decoded, as the caller sees it
	kind     acd.Kind
}

// errElsewhere means that the drive returned a node that is not the one at the place in question.
// The node must not be overwritten or trashed, and must not be taken for the copied file.
var errElsewhere = errors.New("the drive names a node that is not the one at this place")

// check returns nil if the node's own fields say that it is at the place, and errElsewhere if not.
func (p place) check(n *acd.Node) error {
	var why string
	switch {
	case n.Kind != p.kind:
		why = fmt.Sprintf("its kind is %q", n.Kind)
	case n.Status != acd.StatusAvailable && n.Status != acd.StatusPending:
		why = fmt.Sprintf("its status is %q", n.Status)
	case !n.HasParent(p.folderID):
		why = "it is in another folder"
	case fold(n.Name) != fold(p.name):
		why = "it has another name"
	default:
		return nil
	}
	return fmt.Errorf("%w: wanted is %q in the folder %s, and the node %s is %q: %s", errElsewhere, p.name, p.folderID, n.ID, n.Name, why)
}

// look reads a node by its id, because listings may be out of date, and checks its place.
func (r *run) look(id string, at place) (*acd.Node, error) {
	n, err := r.client.Nodes.Get(r.ctx, id)
	if err != nil {
		return nil, err
	}
	return n, at.check(n)
}
