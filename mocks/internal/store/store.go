package store

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"
	"sort"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/seal"
)

// Store has the nodes of a drive and everything that follows from them: names in folders, usage,
// trash, the change feed, what searches see. It is not safe for concurrent use: the caller must
// hold a lock.
type Store struct {
	Config
	Secret seal.Key

	rng          *mathrand.Rand
	Root         *Node
	ByID         map[ids.Node]*Node
	Nodes        []*Node // in the order of their creation
	blobs        map[[16]byte]*Blob
	Trashed      []*Node // the nodes that were trashed themselves, oldest first
	LocalIDs     map[string]*Node
	Usage        [categories]Tally
	UsedBytes    int64
	liveNodes    int
	ord          uint64
	edgeSeq      uint64
	trashOrd     uint64
	Seq          uint64
	lagUntil     int64
	Feed         feed
	dues         []due
	listings     map[string]*listing
	listingSeq   uint64
	LostPages    map[string]bool
	last         found
	IndexedUntil int64 // the time in Unix milliseconds from which the media search knows all nodes
	disk         *disk
	garbage      []blob.Key // contents that no node has any more; persist removes them
}

// Config is the configuration of a store.
type Config struct {
	Contents     blob.Store
	Seed         *uint64       // of the ids; nil: random
	KeepHistory  int           // number of purged nodes that the feed keeps; 0: all
	TrashFor     time.Duration // time in the trash before a node is purged; 0: no limit
	ListTokenFor time.Duration
	Albums       bool // for the dialect of Photos: there may be nodes that only some callers see
}

// New returns a store that has only a root.
func New(c Config, now time.Time) *Store {
	d := emptyStore(c)
	d.makeRoot(now)
	return d
}

func emptyStore(c Config) *Store {
	d := &Store{
		Config: c, ByID: map[ids.Node]*Node{}, blobs: map[[16]byte]*Blob{}, LocalIDs: map[string]*Node{},
		listings: map[string]*listing{}, LostPages: map[string]bool{},
	}
	if c.Seed != nil {
		d.rng = mathrand.New(mathrand.NewPCG(*c.Seed, 0))
	}
	rand.Read(d.Secret[:])
	d.Feed.Drive = binary.BigEndian.Uint64(d.Secret[:])
	return d
}

func (s *Store) makeRoot(now time.Time) {
	s.Root = s.NewNode(Folder, "", ids.Node{}, now)
	s.Touch(s.Root, now)
}

// NewNode makes a node that is in no folder yet. If id is zero, the node gets a new id.
func (s *Store) NewNode(k Kind, name string, id ids.Node, now time.Time) *Node {
	if id == (ids.Node{}) {
		id = s.NewID()
	}
	s.ord++
	ms := now.UnixMilli()
	n := &Node{ID: id, Name: name, Lower: lowered(name), Kind: k, Created: ms, Modified: ms, ord: s.ord}
	if k == Folder || k == Album {
		n.Dir = directoryOf(k)
	}
	s.register(n)
	return n
}

// directoryOf returns the empty directory of a new node of that kind.
func directoryOf(k Kind) *Directory { return &Directory{anyNames: k != Folder} }

// lowered returns the form in which names are compared. If name is in lower case already, the
// result shares its bytes.
func lowered(name string) string { return strings.ToLower(name) }

func (s *Store) register(n *Node) {
	s.ByID[n.ID] = n
	s.Nodes = append(s.Nodes, n)
	if n.Status.Live() {
		s.liveNodes++
	}
}

// Touch records a change of n: it gives n a new version and a new place in the feed, and writes n
// to disk.
func (s *Store) Touch(n *Node, now time.Time) {
	n.Version++
	n.Modified = now.UnixMilli()
	s.Publish(n)
}

func (s *Store) Publish(n *Node) {
	s.Seq++
	n.Seq = s.Seq
	s.Feed.append(n)
	s.Feed.forget(s.KeepHistory)
	s.Feed.compact(len(s.Nodes))
	s.persist(n)
}

// indexOf returns the index of the first node whose ord is ord or greater.
func (s *Store) indexOf(ord uint64) int {
	return sort.Search(len(s.Nodes), func(i int) bool { return s.Nodes[i].ord >= ord })
}

// NewID returns a random id that no node of the drive has.
func (s *Store) NewID() ids.Node {
	for {
		var id ids.Node
		s.random(id[:])
		id[6] = id[6]&0x0f | 0x40
		id[8] = id[8]&0x3f | 0x80
		if _, taken := s.ByID[id]; !taken {
			return id
		}
	}
}

// random fills b with random bytes. They come from the drive's seed if there is one.
func (s *Store) random(b []byte) {
	if s.rng == nil {
		rand.Read(b)
		return
	}
	for len(b) > 0 {
		v := s.rng.Uint64()
		for i := 0; i < 8 && len(b) > 0; i++ {
			b[0], b = byte(v), b[1:]
			v >>= 8
		}
	}
}
