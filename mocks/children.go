package mocks

import (
	"net/http"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// pair returns the parent and the child that the path names.
func (c *call) pair() (parent, child *store.Node, err error) {
	if parent, err = c.lookup(c.args[0]); err != nil {
		return nil, nil, err
	}
	child, err = c.lookup(c.args[1])
	return parent, child, err
}

// adoptable returns an error if parent cannot become a parent of child.
func (c *call) adoptable(parent, child *store.Node) error {
	if c.d.photos() && parent.Kind == store.Album {
		return c.collectable(parent, child)
	}
	switch {
	case child == c.d.store.Root:
		return errRoot("move")
	case child.Kind == store.Asset:
		return errChildKind
	case !parent.Holder():
		return refuse(http.StatusBadRequest, "", "The parent %s is not a folder", parent.ID)
	case !parent.Status.Live():
		return errTrashParent
	}
	if child.Status.Live() {
		return free(child.Name, []*store.Node{parent}, child)
	}
	return nil
}

func (c *call) addParent() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		d := c.d
		parent, child, err := c.pair()
		if err != nil {
			return nil, err
		}
		if err := c.adoptable(parent, child); err != nil {
			return nil, err
		}
		if child.Holder() && (child == parent || !d.opt.allowCycles && store.AncestorOf(child, parent)) {
			return nil, errInsideItself
		}
		if _, there := child.EdgeSeq(parent); !there {
			d.store.Lagged(child, c.now, c.delay())
			d.store.Link(child, parent)
			d.store.Touch(child, c.now)
		}
		return c.node(http.StatusOK, child)
	})
}

var errInsideItself = refuse(http.StatusBadRequest, "", "A folder cannot be moved inside itself")

func (c *call) removeParent() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		d := c.d
		parent, child, err := c.pair()
		if err != nil {
			return nil, err
		}
		if _, there := child.EdgeSeq(parent); !there {
			return nil, refuse(http.StatusNotFound, "NODE_NOT_FOUND", "Node %s is not a child of %s", child.ID, parent.ID)
		}
		if parent.Kind == store.Album && parent.More().OwnerID != "" {
			return nil, errOthersAlbum
		}
		d.store.Lagged(child, c.now, c.delay())
		d.store.Unlink(child, parent)
		d.store.Touch(child, c.now)
		return c.node(http.StatusOK, child)
	})
}

func (c *call) moveNode() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	var from, id string
	if err := field(m, "fromParent", &from); err != nil {
		return nil, err
	}
	if err := field(m, "childId", &id); err != nil {
		return nil, err
	}
	if from == "" || id == "" {
		return nil, refuse(http.StatusBadRequest, "", "fromParent and childId are required")
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) { return c.move(from, id) })
}

func (c *call) move(fromID, childID string) (*answer, error) {
	d := c.d
	to, err := c.lookup(c.id)
	if err != nil {
		return nil, err
	}
	child, err := c.lookup(childID)
	if err != nil {
		return nil, err
	}
	id, _ := ids.Parse(fromID)
	from := d.store.ByID[id]
	switch {
	case child == d.store.Root:
		return nil, errRoot("move")
	case !child.Status.Live():
		return nil, refuse(http.StatusBadRequest, "", "A node in the trash cannot be moved")
	case from == nil:
		return nil, refuse(http.StatusBadRequest, "", "%s is not a parent of %s", fromID, child.ID)
	case !to.Holder():
		return nil, refuse(http.StatusBadRequest, "", "The parent %s is not a folder", to.ID)
	case child.Holder() && store.AncestorOf(child, to):
		return nil, errInsideItself
	}
	if _, there := child.EdgeSeq(from); !there {
		return nil, refuse(http.StatusBadRequest, "", "%s is not a parent of %s", fromID, child.ID)
	}
	if err := c.adoptable(to, child); err != nil {
		return nil, err
	}
	if from != to {
		d.store.Lagged(child, c.now, c.delay())
		d.store.Unlink(child, from)
		if _, there := child.EdgeSeq(to); !there {
			d.store.Link(child, to)
		}
		d.store.Touch(child, c.now)
	}
	return c.node(http.StatusOK, child)
}

// updateAlbum adds nodes to an album of Photos, or removes them.
func (c *call) updateAlbum() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	if !c.d.opt.dialect.Photos || !c.isV2(body) {
		return nil, bare(http.StatusMethodNotAllowed)
	}
	b, err := parseBulk(body, "value")
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		album, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if album.Kind != store.Album {
			return nil, refuse(http.StatusBadRequest, "", "%s is not an album", album.ID)
		}
		for _, text := range b.ids {
			n, err := c.lookup(text)
			if err != nil {
				return nil, err
			}
			if err := c.changeAlbum(b.op, album, n); err != nil {
				return nil, err
			}
		}
		return c.node(http.StatusOK, album)
	})
}

// changeAlbum adds a node to an album or removes it. If there is nothing to change, it does
// nothing.
func (c *call) changeAlbum(op string, album, n *store.Node) error {
	_, has := n.EdgeSeq(album)
	switch {
	case op == "add" && !has:
		if err := c.adoptable(album, n); err != nil {
			return err
		}
		c.d.store.Link(n, album)
	case op == "remove" && has:
		if album.More().OwnerID != "" {
			return errOthersAlbum
		}
		c.d.store.Unlink(n, album)
	default:
		return nil
	}
	c.d.store.Touch(n, c.now)
	return nil
}
