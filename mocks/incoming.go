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

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// incoming is the content of an upload that the drive is receiving.
type incoming struct {
	c        *call // the call that sends the content
	spec     *spec
	sink     blob.Sink
	hash     hash.Hash
	size     int64
	said     string // the content type that the client gave
	refused  error  // the first thing that is wrong; reported only after the whole body was received, as the service does
	suppress bool   // do not refuse a content that another file has already
}

func (in *incoming) key() blob.Key {
	k := blob.Key{Size: in.size}
	in.hash.Sum(k.MD5[:0])
	return k
}

func (in *incoming) refuse(err error) {
	if in.refused == nil {
		in.refused = err
	}
}

func (in *incoming) abort() {
	if in.sink != nil {
		in.sink.Abort()
	}
}

// receive reads a content into the store. The content has about hint bytes; -1 means that its
// length is not known. An error means that the content did not arrive completely or could not be
// stored.
func (in *incoming) receive(r io.Reader, hint int64) error {
	d := in.c.d
	if in.sink == nil {
		s, err := d.store.Contents.Create(hint)
		if err != nil {
			return err
		}
		in.sink, in.hash = s, md5.New()
	}
	d.mu.Lock()
	room := d.opt.quota - d.store.UsedBytes
	d.mu.Unlock()
	limit := min(d.opt.maxUpload, max(room, 0)) - in.size
	n, err := in.sink.Fill(r, in.hash, limit+1)
	in.size += n
	if errors.Is(err, blob.ErrNotSynthetic) {
		in.refuse(refuse(http.StatusBadRequest, "", "The content is not what the generator of this drive makes"))
		err = nil
	}
	if err == nil && n > limit {
		in.abort()
		in.sink = blob.Discard{}
		if in.size > d.opt.maxUpload {
			in.refuse(errInternal)
		} else {
			in.refuse(errOverQuota)
		}
		_, err = io.Copy(io.Discard, r)
	}
	return err
}

// finish makes the node after the whole body was received, or returns what is wrong with the
// request. err is the error of receiving the body, or nil.
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
	if err := in.spec.check(store.File, c.d.opt.owner); err != nil {
		return nil, err
	}
	if !c.token.mayCreate(contentType(in.spec.name, in.said)) {
		return nil, c.forbidden()
	}
	if err := c.d.tokens.stillAuthorized(c); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) { return in.commit() })
}

// commit makes the node. The caller holds Drive.mu.
func (in *incoming) commit() (*answer, error) {
	c, key := in.c, in.key()
	d := c.d
	if in.spec.size != nil && *in.spec.size != key.Size || in.spec.md5 != "" && !strings.EqualFold(in.spec.md5, hex.EncodeToString(key.MD5[:])) {
		return nil, errCannotUpload
	}
	if err := in.allowance(key.Size); err != nil {
		return nil, err
	}
	parents, err := in.spec.parentsIn(d.store)
	if err != nil {
		return nil, err
	}
	d.expireSessions(in.c.now)
	if d.sessions.block(in.spec, parents, d.store) {
		return nil, bare(http.StatusRequestTimeout)
	}
	if !in.suppress && key.Size > 0 {
		if err := free(in.spec.name, parents, nil); err != nil && !in.spec.rename {
			return nil, err
		}
		if twin := d.store.LiveTwin(key.MD5); twin != nil {
			f := refuse(http.StatusConflict, "MD5_DUPLICATE", "Node with the md5 %s already exists conflicting NodeId: %s", hex.EncodeToString(key.MD5[:]), twin.ID)
			f.nodeID = twin.ID.String()
			return nil, f
		}
	}
	n, err := c.create(in.spec, store.File)
	if err != nil {
		return nil, err
	}
	b, err := d.store.Intern(in.sink, key)
	if err != nil {
		d.store.Purge(n, c.now)
		return nil, errInternal
	}
	in.sink = blob.Discard{}
	delete(d.sessions, in.spec.localID)
	in.settle(n, b)
	d.store.Touch(n, c.now)
	return c.node(http.StatusCreated, n)
}

// allowance returns an error if the account has no room for size more bytes, or may not hold this
// type of file.
func (in *incoming) allowance(size int64) error {
	d := in.c.d
	if d.store.UsedBytes+size > d.opt.quota {
		return errOverQuota
	}
	if d.opt.photos.noSubscription && store.CategoryOf(contentType(in.spec.name, in.said)) != store.CategoryPhoto {
		return errNoSubscription
	}
	return nil
}

// settle gives a new file its content. The file may then be PENDING or hidden for a while.
func (in *incoming) settle(n *store.Node, b *store.Blob) {
	c, d := in.c, in.c.d
	d.store.SetBlob(n, b, contentType(n.Name, in.said))
	n.ContentVersion = 1
	examine(n)
	if c.fault.hides() {
		until := c.now.Add(c.delay())
		n.Edit().HiddenUntil = until.UnixMilli()
		d.store.At(until, func(time.Time) { d.store.Publish(n) })
	}
	if d.opt.pending > 0 {
		n.Status = store.Pending
		d.store.At(c.now.Add(d.opt.pending), func(now time.Time) {
			if n.Status == store.Pending {
				n.Status = store.Available
				d.store.Touch(n, now)
			}
		})
	}
}

// drain reads r to its end.
func drain(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return errBroken
	}
	return nil
}
