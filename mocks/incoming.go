package mocks

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"
)

// incoming is a content on its way in.
type incoming struct {
	c        *call // that brings it
	spec     *spec
	sink     sink
	hash     hash.Hash
	size     int64
	said     string // content type of the part
	refused  error  // what is wrong; told only when everything was received, as the service does
	suppress bool   // no deduplication
}

func (in *incoming) key() blobKey {
	k := blobKey{size: in.size}
	in.hash.Sum(k.md5[:0])
	return k
}

func (in *incoming) refuse(err error) {
	if in.refused == nil {
		in.refused = err
	}
}

func (in *incoming) abort() {
	if in.sink != nil {
		in.sink.abort()
	}
}

// receive reads a content of about hint bytes into the store. Its error is that of a body which never
// came whole.
func (in *incoming) receive(r io.Reader, hint int64) error {
	d := in.c.d
	if in.sink == nil {
		s, err := d.store.contents.create(hint)
		if err != nil {
			return err
		}
		in.sink, in.hash = s, md5.New()
	}
	d.mu.Lock()
	room := d.opt.quota - d.store.usedBytes
	d.mu.Unlock()
	limit := min(d.opt.maxUpload, max(room, 0)) - in.size
	n, err := in.sink.fill(r, in.hash, limit+1)
	in.size += n
	if errors.Is(err, errNotSynthetic) {
		in.refuse(refuse(http.StatusBadRequest, "", "The content is not what the generator of this drive makes"))
		err = nil
	}
	if err == nil && n > limit {
		in.abort()
		in.sink = discard{}
		if in.size > d.opt.maxUpload {
			in.refuse(errInternal)
		} else {
			in.refuse(errOverQuota)
		}
		_, err = io.Copy(io.Discard, r)
	}
	return err
}

// finish makes the node, now that everything is there, or says what is wrong. err is that of a body
// which never came whole.
func (in *incoming) finish(err error) (*answer, error) {
	c := in.c
	if err != nil {
		in.keepSession()
		return nil, errBroken
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	if in.refused != nil {
		return nil, in.refused
	}
	if err := in.spec.check(kindFile, c.d.opt.owner); err != nil {
		return nil, err
	}
	if err := c.d.tokens.stillAuthorized(c); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) { return in.commit() })
}

// commit makes the node. Under Drive.mu.
func (in *incoming) commit() (*answer, error) {
	c, key := in.c, in.key()
	d := c.d
	if in.spec.size != nil && *in.spec.size != key.size || in.spec.md5 != "" && !strings.EqualFold(in.spec.md5, hex.EncodeToString(key.md5[:])) {
		return nil, errCannotUpload
	}
	if d.store.usedBytes+key.size > d.opt.quota {
		return nil, errOverQuota
	}
	parents, err := in.spec.parentsIn(d.store)
	if err != nil {
		return nil, err
	}
	if d.sessions.block(in.spec, parents, d.store) {
		return nil, bare(http.StatusRequestTimeout)
	}
	if !in.suppress && key.size > 0 {
		if err := free(in.spec.name, parents, nil); err != nil && !in.spec.rename {
			return nil, err
		}
		if twin := d.store.liveTwin(key.md5); twin != nil {
			f := refuse(http.StatusConflict, "MD5_DUPLICATE", "Node with the md5 %s already exists conflicting NodeId: %s", hex.EncodeToString(key.md5[:]), twin.id)
			f.nodeID = twin.id.String()
			return nil, f
		}
	}
	n, err := c.create(in.spec, kindFile)
	if err != nil {
		return nil, err
	}
	b, err := d.store.intern(in.sink, key)
	if err != nil {
		d.store.purge(n, c.now)
		return nil, errInternal
	}
	in.sink = discard{}
	delete(d.sessions, in.spec.localID)
	in.settle(n, b)
	d.store.touch(n, c.now)
	return c.node(http.StatusCreated, n)
}

// settle gives a new file its content, which may stay PENDING or hidden for a while.
func (in *incoming) settle(n *node, b *blob) {
	c, d := in.c, in.c.d
	d.store.setBlob(n, b, contentType(n.name, in.said))
	n.contentVersion = 1
	examine(n)
	if c.fault.hides() {
		until := c.now.Add(c.delay())
		n.edit().hiddenUntil = until.UnixMilli()
		d.store.at(until, func(time.Time) { d.store.publish(n) })
	}
	if d.opt.pending > 0 {
		n.status = statusPending
		d.store.at(c.now.Add(d.opt.pending), func(now time.Time) {
			if n.status == statusPending {
				n.status = statusAvailable
				d.store.touch(n, now)
			}
		})
	}
}

// drain reads what is left.
func drain(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return errBroken
	}
	return nil
}
