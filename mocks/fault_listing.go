package mocks

import (
	"time"
)

// distort does to a listing what a fault says, and makes what it adds.
func (h *hit) distort(p *page) [][]byte {
	if h == nil {
		return nil
	}
	p.total += h.CountBy
	if h.Stale > 0 {
		since := h.call.now.Add(-time.Duration(h.Stale)).UnixMilli()
		var old []*node
		for _, n := range p.nodes {
			if n.created <= since {
				old = append(old, n)
			}
		}
		p.total -= len(p.nodes) - len(old)
		p.nodes = old
	}
	var extra [][]byte
	for i := range h.Bogus + h.Nameless + h.Assets {
		extra = append(extra, h.stray(i))
	}
	return extra
}

// stray is a node that has no business in the listing.
func (h *hit) stray(i int) []byte {
	c := h.call
	id, elsewhere := c.d.store.newID(), c.d.store.newID()
	b := append([]byte(nil), `{"id":"`...)
	b = id.append(b)
	kind, named := "FILE", true
	if i >= h.Bogus {
		elsewhere, _ = parseID(c.id)
		named = i >= h.Bogus+h.Nameless
	}
	if i >= h.Bogus+h.Nameless {
		kind = "ASSET"
	}
	b = append(b, `","kind":"`...)
	b = append(b, kind...)
	if named {
		b = append(b, `","name":"stray-`...)
		b = appendInt(b, int64(i))
	}
	b = append(b, `","status":"AVAILABLE","version":1,"labels":[],"createdDate":`...)
	b = appendTime(b, c.now.UnixMilli())
	b = append(b, `,"modifiedDate":`...)
	b = appendTime(b, c.now.UnixMilli())
	b = append(b, `,"parents":["`...)
	b = elsewhere.append(b)
	return append(b, `"],"contentProperties":{"version":1,"size":0,"md5":"d41d8cd98f00b204e9800998ecf8427e","contentType":"text/plain"}}`...)
}

// losePage forgets the page of a list token: the next call with it gets the one behind.
func (h *hit) losePage() {
	c := h.call
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if token := c.query.Get("startToken"); token != "" {
		c.d.store.lostPages[token] = true
	}
}
