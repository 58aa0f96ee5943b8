package mocks

import (
	"mime"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (c *call) overwriteFile() (*answer, error) {
	in := &incoming{c: c}
	defer in.abort()
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		in.refuse(errParts)
	} else if err := in.readParts(params["boundary"], "content", false); err != nil {
		return nil, errBroken
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	if err := c.d.tokens.stillAuthorized(c); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if n.Kind != store.File {
			return nil, errNotFound(c.id)
		}
		if in.refused != nil {
			return nil, in.refused
		}
		if err := c.unchanged(n); err != nil {
			return nil, err
		}
		return in.replace(n)
	})
}

// replace makes the received content the content of n. The caller holds Drive.mu.
func (in *incoming) replace(n *store.Node) (*answer, error) {
	c, key := in.c, in.key()
	d := c.d
	if d.store.UsedBytes-n.Size()+key.Size > d.opt.quota {
		return nil, errOverQuota
	}
	b, err := d.store.Intern(in.sink, key)
	if err != nil {
		return nil, errInternal
	}
	in.sink = blob.Discard{}
	swap := func(now time.Time) {
		if n.Status == store.Purged {
			d.store.Release(b)
			return
		}
		d.store.SetBlob(n, b, contentType(n.Name, in.said))
		n.ContentVersion++
		examine(n)
		d.store.Touch(n, now)
	}
	if c.fault.hides() {
		d.store.At(c.now.Add(c.delay()), swap)
	} else {
		swap(c.now)
	}
	return c.node(http.StatusOK, n)
}
