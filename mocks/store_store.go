package mocks

import (
	"crypto/rand"
	"sort"
	"strings"
	"time"
)

// newNode makes a node that is in no folder yet; a zero id is replaced by a new one.
func (d *Drive) newNode(k kind, name string, id nodeID, now time.Time) *node {
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

func (d *Drive) register(n *node) {
	d.byID[n.id] = n
	d.nodes = append(d.nodes, n)
	if n.status.live() {
		d.liveNodes++
	}
}

// touch records a change: a new version, a new place in the feed, a line in the journal on disk.
func (d *Drive) touch(n *node, now time.Time) {
	n.version++
	n.modified = now.UnixMilli()
	d.publish(n)
}

func (d *Drive) publish(n *node) {
	d.seq++
	n.seq = d.seq
	d.feed.append(n)
	d.feed.forget(d.opt.keepHistory)
	d.feed.compact(len(d.nodes))
	d.persist(n)
}

// indexOf is the place of the first node created at or after ord.
func (d *Drive) indexOf(ord uint64) int {
	return sort.Search(len(d.nodes), func(i int) bool { return d.nodes[i].ord >= ord })
}

// newID makes a random id that no node of the drive has yet.
func (d *Drive) newID() nodeID {
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
func (d *Drive) random(b []byte) {
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
