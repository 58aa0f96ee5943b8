package mocks

import (
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// distort changes a listing as the fault says. It returns the nodes, as JSON, that the fault adds.
func (h *hit) distort(p *store.Page) [][]byte {
	if h == nil {
		return nil
	}
	p.Total += h.CountBy
	if h.Stale > 0 {
		since := h.call.now.Add(-time.Duration(h.Stale)).UnixMilli()
		var old []*store.Node
		for _, n := range p.Nodes {
			if n.Created <= since {
				old = append(old, n)
			}
		}
		p.Total -= len(p.Nodes) - len(old)
		p.Nodes = old
	}
	var extra [][]byte
	for i := range h.Bogus + h.Nameless + h.Assets {
		extra = append(extra, h.stray(i))
	}
	return extra
}

// stray returns a node that does not belong in the listing.
func (h *hit) stray(i int) []byte {
	c := h.call
	id, elsewhere := c.d.store.NewID(), c.d.store.NewID()
	b := append([]byte(nil), `{"id":"`...)
	b = id.Append(b)
	kind, named := "FILE", true
	if i >= h.Bogus {
		elsewhere, _ = ids.Parse(c.id)
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
	b = elsewhere.Append(b)
	return append(b, `"],"contentProperties":{"version":1,"size":0,"md5":"d41d8cd98f00b204e9800998ecf8427e","contentType":"text/plain"}}`...)
}

// losePage makes the next call with the same startToken skip the page that belongs to the token.
func (h *hit) losePage() {
	c := h.call
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if token := c.query.Get("startToken"); token != "" {
		c.d.store.LostPages[token] = true
	}
}
