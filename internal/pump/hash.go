package pump

import (
	"crypto/md5"
	"hash"
	"sync"
)

// Hash is an MD5 that is computed beside the goroutine that writes. Write copies, and waits only while
// all buffers are full. The goroutine that hashes is there only while there is something to hash: a
// Hash that is no longer needed is simply let go.
//
// Its methods are for one goroutine at a time.
type Hash struct {
	filling buffer
	filled  int

	mu      sync.Mutex
	changed sync.Cond // pending became smaller
	sum     hash.Hash
	queue   []buffer // full ones, the oldest first
	pending int      // those of the queue, and the one that is being hashed
	running bool
}

// NewHash returns a Hash that nothing was written to.
func NewHash() *Hash {
	h := &Hash{sum: md5.New()}
	h.changed.L = &h.mu
	return h
}

// Write adds p. It never fails.
func (h *Hash) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if h.filling == nil {
			h.filling = borrow()
		}
		n := copy(h.filling[h.filled:], rest)
		h.filled += n
		rest = rest[n:]
		if h.filled == bufferSize {
			h.enqueue(h.filling)
			h.filling, h.filled = nil, 0
		}
	}
	return len(p), nil
}

// WriteNow adds p in this goroutine, without a copy: for a caller that has one to spare.
func (h *Hash) WriteNow(p []byte) {
	h.catchUp()
	h.sum.Write(p)
}

func (h *Hash) enqueue(b buffer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, b)
	h.pending++
	if !h.running {
		h.running = true
		go h.run()
	}
	if h.pending == hashBuffers {
		// Every change of sides costs the one that hashes a wake-up: half the buffers at a time.
		for h.pending > hashBuffers/2 {
			h.changed.Wait()
		}
	}
}

// run hashes until the queue is empty.
func (h *Hash) run() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.queue) > 0 {
		b := h.queue[0]
		h.queue = append(h.queue[:0], h.queue[1:]...)
		h.mu.Unlock()
		h.sum.Write(b[:])
		giveBack(b)
		h.mu.Lock()
		if h.pending--; h.pending == hashBuffers/2 || h.pending == 0 {
			h.changed.Signal()
		}
	}
	h.running = false
}

// Sum returns the MD5 of everything that was written, once it is hashed. Writes may follow.
func (h *Hash) Sum() []byte {
	h.catchUp()
	return h.sum.Sum(nil)
}

// catchUp returns when everything that was written is hashed.
func (h *Hash) catchUp() {
	h.settle()
	if h.filling != nil {
		h.sum.Write(h.filling[:h.filled])
		h.dropFilling()
	}
}

// Reset begins anew.
func (h *Hash) Reset() {
	h.settle()
	h.dropFilling()
	h.sum.Reset()
}

// settle waits until every buffer in the queue is hashed.
func (h *Hash) settle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.pending > 0 {
		h.changed.Wait()
	}
}

func (h *Hash) dropFilling() {
	if h.filling != nil {
		giveBack(h.filling)
		h.filling, h.filled = nil, 0
	}
}
