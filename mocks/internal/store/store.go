package mocks

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"
	"sort"
	"strings"
	"time"
)

// store is the nodes of a drive with all that is derived from them: names in folders, usage, trash,
// the change feed, what searches see. It is not safe for concurrent use: its owner has the lock.
type store struct {
	storeConfig
	secret sealKey

	rng        *mathrand.Rand
	root       *node
	byID       map[nodeID]*node
	nodes      []*node // in the order of their creation
	blobs      map[[16]byte]*blob
	trashed    []*node // what was trashed by itself, oldest first
	localIDs   map[string]*node
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
}

// storeConfig is how a store behaves.
type storeConfig struct {
	contents     contents
	seed         *uint64       // of the ids; nil: random
	keepHistory  int           // purged nodes that the feed still tells of; 0: all
	trashFor     time.Duration // in the trash until it is purged; 0: for ever
	listTokenFor time.Duration
	albums       bool // there may be nodes that only some callers see
}

// newStore makes a store with nothing but a root.
func newStore(c storeConfig, now time.Time) *store {
	d := emptyStore(c)
	d.makeRoot(now)
	return d
}

func emptyStore(c storeConfig) *store {
	d := &store{
		storeConfig: c, byID: map[nodeID]*node{}, blobs: map[[16]byte]*blob{}, localIDs: map[string]*node{},
		listings: map[string]*listing{}, lostPages: map[string]bool{},
	}
	if c.seed != nil {
		d.rng = mathrand.New(mathrand.NewPCG(*c.seed, 0))
	}
	rand.Read(d.secret[:])
	d.feed.drive = binary.BigEndian.Uint64(d.secret[:])
	return d
}

func (d *store) makeRoot(now time.Time) {
	d.root = d.newNode(kindFolder, "", nodeID{}, now)
	d.touch(d.root, now)
}

// newNode makes a node that is in no folder yet; a zero id is replaced by a new one.
func (d *store) newNode(k kind, name string, id nodeID, now time.Time) *node {
	if id == (nodeID{}) {
		id = d.newID()
	}
	d.ord++
	ms := now.UnixMilli()
	n := &node{id: id, name: name, lower: lowered(name), kind: k, created: ms, modified: ms, ord: d.ord}
	if k != kindFile {
		n.dir = &folder{}
	}
	d.register(n)
	return n
}

// lowered is the form in which names are compared. It shares the name's bytes if nothing changes.
func lowered(name string) string { return strings.ToLower(name) }

func (d *store) register(n *node) {
	d.byID[n.id] = n
	d.nodes = append(d.nodes, n)
	if n.status.live() {
		d.liveNodes++
	}
}

// touch records a change: a new version, a new place in the feed, a line in the journal on disk.
func (d *store) touch(n *node, now time.Time) {
	n.version++
	n.modified = now.UnixMilli()
	d.publish(n)
}

func (d *store) publish(n *node) {
	d.seq++
	n.seq = d.seq
	d.feed.append(n)
	d.feed.forget(d.keepHistory)
	d.feed.compact(len(d.nodes))
	d.persist(n)
}

// indexOf is the place of the first node created at or after ord.
func (d *store) indexOf(ord uint64) int {
	return sort.Search(len(d.nodes), func(i int) bool { return d.nodes[i].ord >= ord })
}

// newID makes a random id that no node of the drive has yet.
func (d *store) newID() nodeID {
	for {
		var id nodeID
		d.random(id[:])
		id[6] = id[6]&0x0f | 0x40
		id[8] = id[8]&0x3f | 0x80
		if _, taken := d.byID[id]; !taken {
			return id
		}
	}
}

// random fills b, from the drive's seed if one was given.
func (d *store) random(b []byte) {
	if d.rng == nil {
		rand.Read(b)
		return
	}
	for len(b) > 0 {
		v := d.rng.Uint64()
		for i := 0; i < 8 && len(b) > 0; i++ {
			b[0], b = byte(v), b[1:]
			v >>= 8
		}
	}
}
