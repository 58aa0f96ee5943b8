package mocks

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// share is what a public link shows to everybody who has the link: an album, a file, or the nodes
// of a group. Of the service's responses only nodeInfo.id and the name of a group are known; the
// other fields are invented here.
type share struct {
	root  *store.Node // nil for a group
	group string
	name  string
}

// shows reports whether the caller may see a node. A nil share is a caller without a public link,
// who may see every node.
func (s *share) shows(n *store.Node) bool {
	if s == nil {
		return true
	}
	if s.root == nil {
		return n.Photo().Group == s.group
	}
	_, member := n.EdgeSeq(s.root)
	return n == s.root || member && n.Status.Live()
}

// ShareAlbum makes a public link of an album or of a file. It returns the part of the link after
// …/photos/share/.
func (d *Drive) ShareAlbum(id string) (shareID string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key, _ := ids.Parse(id)
	n := d.store.ByID[key]
	if n == nil {
		return "", fmt.Errorf("mocks: share %s: %w", id, fs.ErrNotExist)
	}
	n.EditPhoto().Shared = true
	d.store.Touch(n, d.now())
	shareID = rand.Text()
	d.shares[shareID] = &share{root: n}
	return shareID, nil
}

// ShareGroup makes a group of the nodes with these ids, and a public link of the group. The part of
// the link after …/photos/shared/ is the returned group, a dot, and the returned token.
func (d *Drive) ShareGroup(name string, members ...string) (group, token string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	group, token = rand.Text(), rand.Text()
	for _, text := range members {
		key, _ := ids.Parse(text)
		n := d.store.ByID[key]
		if n == nil {
			return "", "", fmt.Errorf("mocks: share %s: %w", text, fs.ErrNotExist)
		}
		n.EditPhoto().Group = group
		d.store.Touch(n, d.now())
	}
	d.shares[token] = &share{group: group, name: name}
	return group, token, nil
}

// shared reports whether a public link allows a call without a session. A public link never gives
// access to originals.
func (c *call) shared() bool {
	if c.r.Header.Get("Cookie") != "" || c.elsewhere {
		return false
	}
	key := c.query.Get("shareId")
	switch c.route.op {
	case OpSharesGet, OpGroupsShare:
		key = c.id
	case OpNodesSearch:
		key = c.query.Get("groupShareToken")
	case OpContentThumbnail:
		if key == "" {
			key = c.query.Get("groupShareToken")
		}
	case OpNodesGet, OpNodesChildren:
	default:
		return false
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	s := c.d.shares[key]
	if s == nil {
		if c.route.op != OpSharesGet && c.route.op != OpGroupsShare {
			return false
		}
		s = &share{} // it shows nothing; the call itself then answers that there is no such link
	}
	c.share = s
	c.token = &token{scopes: []string{"clouddrive:read_all"}}
	return true
}

// latestFirst sorts what a public link shows by date, the latest first, if the request gives no
// order.
func (c *call) latestFirst(q *store.Query) {
	if c.share != nil && len(q.Sort) == 0 {
		q.Sort = query.Latest()
	}
}

// getShare answers with the node of a public link.
func (c *call) getShare() (*answer, error) {
	return c.locked(func() (*answer, error) {
		s := c.d.shares[c.id]
		if s == nil || s.root == nil || !s.root.Status.Live() {
			return nil, refuse(http.StatusNotFound, "SHARE_NOT_FOUND", "Share not found: %s", c.id)
		}
		present, err := c.rendering()
		if err != nil {
			return nil, err
		}
		b := append([]byte(nil), `{"shareId":`...)
		b = appendString(b, c.id)
		b = append(b, `,"ownerId":`...)
		b = appendString(b, ownerOf(s.root))
		b = append(b, `,"nodeInfo":`...)
		return reply(http.StatusOK, append(appendNode(b, s.root, c.d.store.Root, present), '}')), nil
	})
}

// getGroupShare answers with the group of a public link.
func (c *call) getGroupShare() (*answer, error) {
	return c.locked(func() (*answer, error) {
		s := c.d.shares[c.id]
		if s == nil || s.group == "" {
			return nil, refuse(http.StatusNotFound, "SHARE_NOT_FOUND", "Share not found: %s", c.id)
		}
		return reply(http.StatusOK, appendGroup(nil, s)), nil
	})
}

// listGroups answers with the groups of the account.
func (c *call) listGroups() (*answer, error) {
	return c.locked(func() (*answer, error) {
		groups := map[string]*share{}
		for _, s := range c.d.shares {
			if s.group != "" {
				groups[s.group] = s
			}
		}
		b := append([]byte(nil), `{"count":`...)
		b = appendInt(b, int64(len(groups)))
		b = append(b, `,"data":[`...)
		for i, id := range slices.Sorted(maps.Keys(groups)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendGroup(b, groups[id])
		}
		return reply(http.StatusOK, append(b, "]}"...)), nil
	})
}

func appendGroup(b []byte, s *share) []byte {
	b = append(b, `{"groupId":`...)
	b = appendString(b, s.group)
	b = append(b, `,"name":`...)
	return append(appendString(b, s.name), '}')
}
