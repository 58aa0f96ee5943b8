package pump

import (
	"crypto/md5"
	"hash"
	"sync"
)

// Hash is an MD5 that is computed in another goroutine than the one that writes. Write copies its
// bytes, and waits only while all buffers are full. The goroutine that hashes runs only while there
// is something to hash, so a Hash that is no longer needed needs no Close.
//
// Only one goroutine at a time may use its methods.
type Hash struct {
	filling buffer
	filled  int

	mu      sync.Mutex
	changed sync.Cond // signalled when pending becomes smaller
	sum     hash.Hash
	queue   []buffer // full buffers, the oldest first
	pending int      // the buffers in queue and the buffer that is being hashed
	running bool
}

// NewHash returns a Hash to which nothing has been written.
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

// WriteNow hashes p in the caller's goroutine, without a copy. It is for a goroutine that has no
// other work.
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
		// Each switch between the two goroutines costs a wake-up. So Write waits until half of the
		// buffers are free.
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

// Sum waits until everything that was written is hashed, and returns the MD5. More writes may
// follow.
func (h *Hash) Sum() []byte {
	h.catchUp()
	return h.sum.Sum(nil)
}

// catchUp waits until everything that was written is hashed.
func (h *Hash) catchUp() {
	h.settle()
	if h.filling != nil {
		h.sum.Write(h.filling[:h.filled])
		h.dropFilling()
	}
}

// Reset makes the Hash empty again.
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
