package mocks

import (
	"mime"
	"net/http"
	"time"
)

func (c *call) overwriteFile() (*answer, error) {
	in := &incoming{}
	defer in.abort()
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	var err error
	if kind == "multipart/form-data" {
		err = c.readParts(in, params["boundary"], "content", false)
	} else {
		in.refuse(errParts)
	}
	if err != nil {
		if f, ok := err.(*failure); !ok {
			return nil, errBroken
		} else {
			in.refuse(f)
		}
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	if err := c.d.stillAuthorized(c); err != nil {
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
		return c.commitOverwrite(n, in)
	})
}

func (c *call) commitOverwrite(n *node, in *incoming) (*answer, error) {
	d, key := c.d, in.key()
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
		d.examine(n)
		d.store.touch(n, now)
	}
	if c.fault.hides() {
		d.store.at(c.now.Add(c.delay()), swap)
	} else {
		swap(c.now)
	}
	return c.node(http.StatusOK, n)
}
