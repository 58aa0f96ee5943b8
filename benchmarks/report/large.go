package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/tree"
)

// large measures an account of a million nodes. One of its nodes must not cost more than a node of
// a small account. A listing must keep nothing in memory except the ids that it has seen.
func large(s settings) ([]row, error) {
	many, few := 5000, 50 // pages
	if s.quick {
		many = 250
	}
	big, err := newListingService(many)
	if err != nil {
		return nil, err
	}
	defer big.Close()
	small, err := newListingService(few)
	if err != nil {
		return nil, err
	}
	defer small.Close()
	n := many * pageSize
	// One large listing is compared with small listings that have as many nodes together. So each
	// is measured over about the same time.
	took, err := s.interleave(min(s.rounds(), 3),
		work{"large", big.listOurs},
		work{"small", func() error {
			for range many / few {
				if err := small.listOurs(); err != nil {
					return err
				}
			}
			return nil
		}})
	if err != nil {
		return nil, err
	}
	r := limit(fmt.Sprintf("list %d nodes, a node", n), fmt.Sprintf("a node of %d", few*pageSize), took.per("large", n).String(),
		float64(took.per("large", n))/float64(took.per("small", n)), 1.1)
	r.peer = took.per("small", n).String()
	heap, err := big.listWatched()
	if err != nil {
		return nil, err
	}

	start := time.Now()
	t := tree.New()
	if err := t.Sync(context.Background(), big.ours); err != nil {
		return nil, err
	}
	synced := time.Since(start)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	defer runtime.KeepAlive(t)
	return []row{
		r,
		{work: fmt.Sprintf("list %d nodes: memory for the ids seen", n), against: "16 bytes each and the map", value: fmt.Sprintf("%.0f B a node", heap/float64(n)), ratio: heap / float64(n)},
		{work: fmt.Sprintf("change feed of %d nodes into a tree", n), against: "time and memory", value: fmt.Sprintf("%.1f s, %d B a node", synced.Seconds(), int(m.HeapAlloc)/n), ratio: synced.Seconds()},
	}, nil
}

// listWatched lists everything, and returns by how many bytes the heap had grown when the last node
// came.
func (s *listingService) listWatched() (grown float64, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	last := fmt.Sprintf("%022d", s.pages*pageSize-1)
	for n, err := range s.ours.Nodes.List(context.Background(), acd.ListOptions{}) {
		if err != nil {
			return 0, err
		}
		if n.ID == last {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	return float64(after.HeapAlloc) - float64(before.HeapAlloc), nil
}
