package tree

import (
	"slices"
	"strings"
)

const (
	maxPaths = 1000
	maxSteps = 1 << 18
)

// Paths returns all paths of a node from the root, sorted. There are several if the node or a
// folder above it has several parents. There is none if the node is in the trash or not below the
// root. The number of paths can be very large. So Paths stops after 1000 paths or 2^18 steps
// upwards, and returns the paths found so far.
func (t *Tree) Paths(id string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := t.x.find(id)
	if i == 0 {
		return nil
	}
	return t.x.paths(i)
}

func (x *index) paths(i uint32) []string {
	c := climb{x: x, on: map[uint32]bool{}}
	c.visit(i)
	slices.Sort(c.found)
	return slices.Compact(c.found)
}

// A climb follows the parents of a node up to the root.
type climb struct {
	x        *index
	on       map[uint32]bool // nodes on the present way; a way must not pass a node twice
	elements []string        // names of these nodes, the last element of the path first
	found    []string
	steps    int
}

func (c *climb) visit(i uint32) {
	r := c.x.nodes.at(i)
	if c.steps++; c.steps > maxSteps || len(c.found) == maxPaths || !r.shown() || c.on[i] {
		return
	}
	if i == c.x.root {
		elements := slices.Clone(c.elements)
		slices.Reverse(elements)
		c.found = append(c.found, strings.Join(elements, "/"))
		return
	}
	if r.isRoot {
		return
	}
	c.on[i] = true
	c.elements = append(c.elements, c.x.enc.DecodeElement(r.name))
	for e := r.parents; e != 0; e = c.x.edges.at(e).more {
		c.visit(c.x.edges.at(e).parent)
	}
	c.elements = c.elements[:len(c.elements)-1]
	delete(c.on, i)
}
