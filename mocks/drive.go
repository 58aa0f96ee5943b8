package mocks

import (
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/faultio"
	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// Drive is an Amazon Drive in memory. It is an [http.Handler] and an [http.RoundTripper]. It starts
// no goroutine, and needs no Close unless it has a directory. It is safe for concurrent use.
type Drive struct {
	opt options

	mu         sync.Mutex // guards the fields up to inParts
	store      *store.Store
	sessions   sessions
	lastFacets struct {
		key    string
		facets facets
	}
	shares  map[string]*share // by the secret in their links
	inParts map[ids.Node]*partsUpload

	tokens  *tokens
	signIns signIns
	limit   bucket
	faults  faultBox
	journal journal
}

// NewDrive makes an empty drive.
func NewDrive(opts ...Option) *Drive {
	d := newDrive(opts)
	d.store = store.New(d.storeConfig(blob.Memory{}), d.now())
	return d
}

// newDrive returns a drive without a store.
func newDrive(opts []Option) *Drive {
	d := &Drive{opt: defaults(), sessions: sessions{}, shares: map[string]*share{}, inParts: map[ids.Node]*partsUpload{}}
	for _, o := range opts {
		o(&d.opt)
	}
	if s := d.opt.photos.site; s != nil {
		d.opt.hosts = s.hosts(d.opt.hosts)
	}
	d.tokens = newTokens(&d.opt, d.firstExpiry())
	d.limit = bucket{rate: d.opt.rate, burst: float64(max(d.opt.burst, 1)), retryAfter: d.opt.retryAfter}
	d.journal.keep = d.opt.journal
	return d
}

// storeConfig returns the configuration of the store that follows from the options. The store keeps
// contents in there, unless the options ask for synthetic contents.
func (d *Drive) storeConfig(there blob.Store) store.Config {
	o := &d.opt
	if o.synthetic {
		there = &blob.Synthetic{Seed: o.syntheticSeed}
	}
	c := store.Config{Contents: there, KeepHistory: o.keepHistory, TrashFor: o.trashFor, ListTokenFor: o.listTokenFor, Albums: o.dialect.Photos}
	if o.seeded {
		c.Seed = &o.seed
	}
	return c
}

func (d *Drive) firstExpiry() time.Time {
	if d.opt.tokenFor == 0 {
		return time.Time{}
	}
	return d.now().Add(d.opt.tokenFor)
}

func (d *Drive) now() time.Time { return d.opt.clock() }

// ServeHTTP answers a request that came over a socket, as in httptest.NewServer(drive).
func (d *Drive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := d.newCall(r)
	c.socket = true
	a := d.serve(c)
	defer a.close()
	if a.broken != nil && a.status == 0 {
		faultio.Break(w, a.broken)
	}
	if _, asked := r.Header["Expect"]; !asked {
		// The whole request body is read before the response is sent. Otherwise a client that is
		// still writing the body might fail before it reads the response.
		_, _ = io.Copy(io.Discard, r.Body)
	}
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	if n := a.size(); n >= 0 && a.status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.FormatInt(n, 10)}
	}
	w.WriteHeader(a.status)
	n, err := a.writeTo(w)
	d.journal.finish(c.entry, n)
	if err != nil {
		_ = http.NewResponseController(w).Flush()
		faultio.Break(w, err)
	}
}

// writeTo writes the body of the response. It returns an error if the body is shorter than its
// length.
func (a *answer) writeTo(w http.ResponseWriter) (n int64, err error) {
	switch {
	case a.stream == nil && len(a.body) == 0:
		return 0, nil
	case a.stream == nil:
		k, err := w.Write(a.body) //nolint:gosec // the drive answers to programs: nothing of it is a page
		return int64(k), err
	case a.slow:
		n, err = faultio.CopyFlushed(w, a.stream)
	default:
		n, err = io.Copy(w, a.stream)
	}
	if err == nil && a.length >= 0 && n < a.length {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
