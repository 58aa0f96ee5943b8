package mocks

import (
	"net/http"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (c *call) trashNode() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if err := c.trash(n); err != nil {
			return nil, err
		}
		return c.node(http.StatusOK, n)
	})
}

func (c *call) trash(n *store.Node) error {
	switch {
	case n == c.d.store.Root:
		return errRoot("trash")
	case !n.Status.Live():
		return refuse(http.StatusConflict, "", "Node %s is in the trash already", n.ID)
	}
	c.d.store.Trash(n, c.now, c.delay())
	return nil
}

func (c *call) restoreNode() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if err := c.restore(n, false); err != nil {
			return nil, err
		}
		return c.node(http.StatusOK, n)
	})
}

// restore takes a node, and the nodes that were trashed with it, out of the trash. If the name of n
// is taken, rename gives n another name; otherwise restore returns an error.
func (c *call) restore(n *store.Node, rename bool) error {
	d := c.d
	if n.Status != store.Trashed {
		return nil
	}
	list := store.Revived(n)
	inCycle := slices.ContainsFunc(n.Edges, func(e store.Edge) bool { return slices.Contains(list, e.Parent) })
	if len(n.Edges) > 0 && !n.HasLiveParent() && !inCycle {
		return errTrashParent
	}
	if parent, other, mine := store.RestoreConflict(list); other != nil {
		if !rename || mine != n {
			return errNameTaken(mine.Lower, parent, other)
		}
		var parents []*store.Node
		for _, e := range n.Edges {
			parents = append(parents, e.Parent)
		}
		d.store.Rename(n, freeName(n.Name, parents))
	}
	d.store.Restore(n, list, c.now, c.delay())
	return nil
}

func (c *call) purgeNode() (*answer, error) {
	if !c.token.firstParty {
		return nil, errPurge
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if n == c.d.store.Root {
			return nil, errRoot("purge")
		}
		c.d.store.Purge(n, c.now)
		return reply(http.StatusNoContent, nil), nil
	})
}

// bulk is the body of a call for many nodes.
type bulk struct {
	op         string
	ids        []string
	recurse    string
	resolution string
}

func parseBulk(body []byte, idsKey string) (*bulk, error) {
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	b := &bulk{}
	for key, v := range map[string]any{"op": &b.op, idsKey: &b.ids, "recurse": &b.recurse, "conflictResolution": &b.resolution} {
		if err := field(m, key, v); err != nil {
			return nil, err
		}
	}
	if idsKey == "value" && b.op != "add" && b.op != "remove" {
		return nil, refuse(http.StatusBadRequest, "", "1 validation error detected: Value '%s' at 'op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove]", b.op)
	}
	if b.recurse != "" && b.recurse != "true" && b.recurse != "false" {
		return nil, refuse(http.StatusBadRequest, "", "Invalid recurse %s", b.recurse)
	}
	if len(b.ids) > maxBulk {
		return nil, errTooLong("["+strings.Join(b.ids, ", ")+"]", "nodeIds", maxBulk)
	}
	return b, nil
}

func (c *call) bulkTrash() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	b, err := parseBulk(body, "value")
	if err != nil {
		return nil, err
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.forEach(b.ids, func(n *store.Node) error {
		if b.op == "remove" {
			return c.restore(n, b.resolution == "RENAME")
		}
		return c.trash(n)
	})
}

func (c *call) bulkPurge() (*answer, error) {
	if !c.token.firstParty {
		return nil, errPurge
	}
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	b, err := parseBulk(body, "nodeIds")
	if err != nil {
		return nil, err
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.forEach(b.ids, func(n *store.Node) error {
		if n == c.d.store.Root {
			return errRoot("purge")
		}
		if b.recurse != "true" && n.Holder() && len(n.Dir.Children) > 0 {
			return refuse(http.StatusBadRequest, "", "The folder %s is not empty", n.ID)
		}
		c.d.store.Purge(n, c.now)
		return nil
	})
}

// forEach calls do for each node. The response has, for each node that failed, the status that a
// call for this node alone would have had.
func (c *call) forEach(ids []string, do func(*store.Node) error) (*answer, error) {
	return c.locked(func() (*answer, error) {
		b := append([]byte(nil), `{"errorMap":{`...)
		failed := map[string]bool{}
		for _, id := range ids {
			n, err := c.lookup(id)
			if err == nil {
				err = do(n)
			}
			if err == nil || failed[id] {
				continue
			}
			if len(failed) > 0 {
				b = append(b, ',')
			}
			failed[id] = true
			b = appendString(b, id)
			b = append(b, ':')
			b = appendInt(b, int64(asFailure(err).status))
		}
		return reply(http.StatusOK, append(b, "}}"...)), nil
	})
}
