package mocks

import (
	"net/http"
	"slices"
)

// pair finds a parent and a child of the path.
func (c *call) pair() (parent, child *node, err error) {
	if parent, err = c.lookup(c.args[0]); err != nil {
		return nil, nil, err
	}
	child, err = c.lookup(c.args[1])
	return parent, child, err
}

// adoptable checks that parent may become one of child's parents.
func (c *call) adoptable(parent, child *node) error {
	switch {
	case child == c.d.store.root:
		return errRoot("move")
	case parent.dir == nil:
		return refuse(http.StatusBadRequest, "", "The parent %s is not a folder", parent.id)
	case !parent.status.live():
		return errTrashParent
	}
	if child.status.live() {
		return free(child.name, []*node{parent}, child)
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
		if child.dir != nil && (child == parent || !d.opt.allowCycles && ancestorOf(child, parent)) {
			return nil, errInsideItself
		}
		if _, there := child.edgeSeq(parent); !there {
			d.store.lagged(child, c.now, c.delay())
			d.store.link(child, parent)
			d.store.touch(child, c.now)
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
		if _, there := child.edgeSeq(parent); !there {
			return nil, refuse(http.StatusNotFound, "NODE_NOT_FOUND", "Node %s is not a child of %s", child.id, parent.id)
		}
		d.store.lagged(child, c.now, c.delay())
		d.store.unlink(child, parent)
		d.store.touch(child, c.now)
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
	id, _ := parseID(fromID)
	from := d.store.byID[id]
	switch {
	case child == d.store.root:
		return nil, errRoot("move")
	case !child.status.live():
		return nil, refuse(http.StatusBadRequest, "", "A node in the trash cannot be moved")
	case from == nil:
		return nil, refuse(http.StatusBadRequest, "", "%s is not a parent of %s", fromID, child.id)
	case to.dir == nil:
		return nil, refuse(http.StatusBadRequest, "", "The parent %s is not a folder", to.id)
	case child.dir != nil && ancestorOf(child, to):
		return nil, errInsideItself
	}
	if _, there := child.edgeSeq(from); !there {
		return nil, refuse(http.StatusBadRequest, "", "%s is not a parent of %s", fromID, child.id)
	}
	if err := c.adoptable(to, child); err != nil {
		return nil, err
	}
	if from != to {
		d.store.lagged(child, c.now, c.delay())
		d.store.unlink(child, from)
		if _, there := child.edgeSeq(to); !there {
			d.store.link(child, to)
		}
		d.store.touch(child, c.now)
	}
	return c.node(http.StatusOK, child)
}

// updateAlbum adds nodes to an album of Photos, or removes them.
func (c *call) updateAlbum() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	if !c.d.opt.dialect.photos || !c.isV2(body) {
		return nil, bare(http.StatusMethodNotAllowed)
	}
	b, err := parseBulk(body, "value")
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		d := c.d
		album, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if album.kind != kindAlbum {
			return nil, refuse(http.StatusBadRequest, "", "%s is not an album", album.id)
		}
		for _, text := range b.ids {
			n, err := c.lookup(text)
			if err != nil {
				return nil, err
			}
			has := slices.ContainsFunc(n.edges, func(e edge) bool { return e.parent == album })
			switch {
			case b.op == "add" && !has:
				if err := c.adoptable(album, n); err != nil {
					return nil, err
				}
				d.store.link(n, album)
			case b.op == "remove" && has:
				d.store.unlink(n, album)
			default:
				continue
			}
			d.store.touch(n, c.now)
		}
		return c.node(http.StatusOK, album)
	})
}
