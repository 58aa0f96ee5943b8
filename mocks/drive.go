package mocks

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Drive is an Amazon Drive in memory. It is an [http.Handler] and an [http.RoundTripper], starts no
// goroutine, needs no Close unless it has a directory, and may be used by many goroutines at once.
type Drive struct {
	opt      options
	secret   [32]byte
	contents contents

	mu         sync.Mutex // guards all below
	rng        *mathrand.Rand
	root       *node
	byID       map[nodeID]*node
	nodes      []*node // in the order of their creation
	blobs      map[[16]byte]*blob
	trashed    []*node // what was trashed by itself, oldest first
	localIDs   map[string]*node
	sessions   map[string]*session
	usage      [categories]tally
	usedBytes  int64
	liveNodes  int
	ord        uint64
	edgeSeq    uint64
	trashOrd   uint64
	seq        uint64
	lagUntil   int64
	feed       feed
	dues       []due
	listings   map[string]*listing
	listingSeq uint64
	lostPages  map[string]bool
	disk       *disk
	garbage    []blobKey // contents that no node has any more

	tokens  tokens
	limit   bucket
	faults  faultBox
	journal journal
}

// NewDrive makes an empty drive.
func NewDrive(opts ...Option) *Drive {
	d := newDrive(opts)
	if d.opt.synthetic {
		d.contents = &synthetic{seed: d.opt.syntheticSeed}
	}
	d.makeRoot()
	return d
}

func newDrive(opts []Option) *Drive {
	d := &Drive{
		opt: defaults(), contents: memory{}, byID: map[nodeID]*node{}, blobs: map[[16]byte]*blob{}, localIDs: map[string]*node{},
		sessions: map[string]*session{}, listings: map[string]*listing{}, lostPages: map[string]bool{},
	}
	for _, o := range opts {
		o(&d.opt)
	}
	if d.opt.seeded {
		d.rng = mathrand.New(mathrand.NewPCG(d.opt.seed, 0))
	}
	rand.Read(d.secret[:])
	d.feed.drive = binary.BigEndian.Uint64(d.secret[:])
	d.tokens.add(d.opt.token, d.opt.scopes, d.opt.firstParty, d.firstExpiry())
	d.tokens.current = d.opt.token
	d.limit = bucket{rate: d.opt.rate, burst: float64(max(d.opt.burst, 1))}
	d.journal.keep = d.opt.journal
	return d
}

func (d *Drive) makeRoot() {
	now := d.now()
	d.root = d.newNode(kindFolder, "", nodeID{}, now)
	d.touch(d.root, now)
}

func (d *Drive) firstExpiry() time.Time {
	if d.opt.tokenFor == 0 {
		return time.Time{}
	}
	return d.now().Add(d.opt.tokenFor)
}

func (d *Drive) now() time.Time { return d.opt.clock() }

// ServeHTTP answers over a socket: httptest.NewServer(drive).
func (d *Drive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := d.newCall(r)
	c.socket = true
	a := d.serve(c)
	defer a.close()
	if a.broken != nil && a.status == 0 {
		cut(w, a.broken)
	}
	if _, asked := r.Header["Expect"]; !asked {
		// An answer before the end of the body would race with the client, which still writes.
		io.Copy(io.Discard, r.Body)
	}
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	if n := a.size(); n >= 0 && a.status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.FormatInt(n, 10)}
	}
	w.WriteHeader(a.status)
	var n int64
	var err error
	switch {
	case a.stream == nil && len(a.body) == 0:
	case a.stream == nil:
		var k int
		k, err = w.Write(a.body)
		n = int64(k)
	case a.slow:
		n, err = copyFlushed(w, a.stream)
	default:
		n, err = io.Copy(w, a.stream)
	}
	d.journal.finish(c.entry, n)
	if err == nil && a.stream != nil && a.length >= 0 && n < a.length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		http.NewResponseController(w).Flush()
		cut(w, err)
	}
}
