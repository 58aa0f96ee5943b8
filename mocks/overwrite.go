package mocks

import (
	"mime"
	"net/http"
	"time"
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
		if n.kind != kindFile {
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

// replace makes the content that of a file. Under Drive.mu.
func (in *incoming) replace(n *node) (*answer, error) {
	c, key := in.c, in.key()
	d := c.d
	if d.store.usedBytes-n.size()+key.size > d.opt.quota {
		return nil, errOverQuota
	}
	b, err := d.store.intern(in.sink, key)
	if err != nil {
		return nil, errInternal
	}
	in.sink = discard{}
	swap := func(now time.Time) {
		if n.status == statusPurged {
			d.store.release(b)
			return
		}
		d.store.setBlob(n, b, contentType(n.name, in.said))
		n.contentVersion++
		examine(n)
		d.store.touch(n, now)
	}
	if c.fault.hides() {
		d.store.at(c.now.Add(c.delay()), swap)
	} else {
		swap(c.now)
	}
	return c.node(http.StatusOK, n)
}
