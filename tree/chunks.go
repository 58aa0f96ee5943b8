package tree

// chunks is a list that grows without copying its elements. Index 0 is never used for an element:
// it means "none".
type chunks[T any] struct {
	parts []*[chunkLen]T
	n     uint32
}

const chunkLen = 1024

func (c *chunks[T]) at(i uint32) *T { return &c.parts[i/chunkLen][i%chunkLen] }

func (c *chunks[T]) add() uint32 {
	c.n++
	if int(c.n/chunkLen) >= len(c.parts) {
		c.parts = append(c.parts, new([chunkLen]T))
	}
	return c.n
}
