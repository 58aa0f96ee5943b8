package tree

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
)

// A Tree is the index of a drive. The zero value is an empty Tree with the default options. It is
// safe for concurrent use. Look-ups run in parallel, and see each change set applied as a whole or
// not at all.
type Tree struct {
	syncing sync.Mutex // held by Sync while it runs

	mu         sync.RWMutex
	opts       options
	x          *index // nil until a change set is applied
	checkpoint string
	changed    int  // number of changed nodes, plus the number of resets, since the tree was made or loaded
	filling    bool // true from a reset of the feed until its end
	folders    folderCache
}

type options struct {
	given bool // whether enc was set
	enc   encoding.Encoding
}

// An Option changes how [New] and [Load] set up a tree.
type Option func(*options)

// WithNameEncoding sets how names are stored on the drive. The default is [encoding.Default]. It
// should be the encoding that the client uses.
func WithNameEncoding(e encoding.Encoding) Option {
	return func(o *options) { o.given, o.enc = true, e }
}

func (o *options) encoding() encoding.Encoding {
	if o.given {
		return o.enc
	}
	return encoding.Default
}

// New returns an empty tree.
func New(opts ...Option) *Tree {
	t := &Tree{}
	for _, opt := range opts {
		opt(&t.opts)
	}
	return t
}

// Apply applies one set of the change feed. If it returns an error, nothing of the set is applied.
// A set that the service marked as failed is an error. If the tree knows a newer version of a node,
// it keeps that version. Apply does not keep or change the set. With [OnUpdate], Apply reports what
// the set changed.
func (t *Tree) Apply(set *acd.ChangeSet, opts ...ApplyOption) error {
	if set == nil {
		return nil
	}
	reports := make([]report, 0, len(set.Nodes))
	for _, n := range set.Nodes {
		if n != nil {
			reports = append(reports, reportOf(n))
		}
	}
	return t.apply(&frame{Checkpoint: set.Checkpoint, Reset: set.Reset, Nodes: reports, StatusCode: set.StatusCode, End: set.End}, applyOptionsOf(opts))
}

// A frame holds the fields of a change set that the tree needs. Its fields have the same names in JSON
// as in the service's change feed.
type frame struct {
	Checkpoint string   `json:"checkpoint,omitzero"`
	Reset      bool     `json:"reset,omitzero"`
	Nodes      []report `json:"nodes,omitzero"`
	StatusCode int      `json:"statusCode,omitzero"`
	End        bool     `json:"end,omitzero"`
}

func (t *Tree) apply(f *frame, o applyOptions) error {
	if f.StatusCode != 0 && f.StatusCode != http.StatusOK {
		return fmt.Errorf("tree: change set failed with status %d", f.StatusCode)
	}
	changes := t.takeIn(f, o.onUpdate != nil)
	if o.onUpdate != nil && (f.Reset || len(changes) > 0) {
		o.onUpdate(Update{Reset: f.Reset, Changes: changes})
	}
	return nil
}

func (t *Tree) takeIn(f *frame, tell bool) []Change {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.x == nil || f.Reset {
		t.x = newIndex(t.opts.encoding())
		t.checkpoint = ""
	}
	if f.Reset {
		t.changed++
		t.filling = true
	}
	t.folders.clear()
	changed, changes := t.x.applyAll(f.Nodes, tell)
	t.changed += changed
	if f.Checkpoint != "" {
		t.checkpoint = f.Checkpoint
	}
	if f.End {
		t.filling = false
	}
	return changes
}

// Checkpoint returns the checkpoint where the change feed continues, "" for the beginning of the
// feed.
func (t *Tree) Checkpoint() string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.checkpoint
}

// Len returns how many nodes can be found by id.
func (t *Tree) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.x == nil {
		return 0
	}
	return t.x.known
}
