package mocks

import (
	"math/rand/v2"
	"path"
	"sync"
)

// Injected is a fault that was injected into a drive.
type Injected struct {
	fault Fault
	box   *faultBox
	rng   *rand.Rand
	calls int
	fired int
	gone  bool
}

// Fired returns how often the fault has happened.
func (i *Injected) Fired() int {
	i.box.mu.Lock()
	defer i.box.mu.Unlock()
	return i.fired
}

// Remove ends the fault: it does not happen any more.
func (i *Injected) Remove() {
	i.box.mu.Lock()
	defer i.box.mu.Unlock()
	i.gone = true
}

type faultBox struct {
	mu   sync.Mutex
	list []*Injected
}

// Inject adds a fault to the drive. If several faults match a call, the one that was injected first
// happens. Each fault counts its own matching calls. If f.Op matches no operation, Inject panics:
// such a fault would never happen, so a test with it would prove nothing.
func (d *Drive) Inject(f Fault) *Injected {
	if err := f.Op.check(); err != nil {
		panic("mocks: Inject: " + err.Error())
	}
	i := &Injected{fault: f, box: &d.faults}
	if f.Rate > 0 {
		i.rng = rand.New(rand.NewPCG(f.Seed, uint64(len(f.Op))))
	}
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	d.faults.list = append(d.faults.list, i)
	return i
}

// match returns the fault that happens to a call, or nil.
func (b *faultBox) match(c *call) *hit {
	b.mu.Lock()
	defer b.mu.Unlock()
	var happens *hit
	for _, i := range b.list {
		if i.gone || !i.fault.matches(c) {
			continue
		}
		i.calls++
		if happens == nil && i.due() {
			i.fired++
			happens = &hit{Fault: &i.fault, call: c}
		}
	}
	return happens
}

func (f *Fault) matches(c *call) bool {
	op := Op("")
	if c.route != nil {
		op = c.route.op
	}
	if f.Op != "" {
		if ok, err := path.Match(string(f.Op), string(op)); err != nil || !ok {
			return false
		}
	}
	return f.NodeID == "" || f.NodeID == c.nodeID()
}

// due reports whether the fault happens to the call that was counted last.
func (i *Injected) due() bool {
	f := &i.fault
	first := max(f.Nth, 1)
	times := f.Times
	if times == 0 && f.Nth > 0 {
		times = 1
	}
	if i.calls < first || times > 0 && i.fired >= times {
		return false
	}
	return i.rng == nil || i.rng.Float64() < f.Rate
}

// nodeID returns the id that the path of the request names, or "".
func (c *call) nodeID() string {
	if c.route == nil {
		return ""
	}
	if c.route.byID {
		return c.id
	}
	if c.route.op == OpContentTempLink {
		return c.linkedID()
	}
	return ""
}
