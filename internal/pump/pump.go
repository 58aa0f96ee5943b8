// Package pump moves content past what must not hold it up: [Hash] hashes in a goroutine of its own, a
// few buffers behind the one that writes, and [Reader] reads a source in a goroutine of its own, so
// that nobody has to wait for a Read that blocks.
//
// One transfer holds at most [HashMemory] bytes for its hash and [ReaderMemory] for its source. Both are
// needed only by an upload whose source may block: together they are 1.25 MiB.
package pump

import "sync"

const (
	// bufferSize is the size of one buffer: large against the some 5 µs that it takes to wake another
	// goroutine, and small against a processor's cache, so that what was just copied is still there
	// when it is hashed.
	bufferSize = 128 << 10
	// hashBuffers is how many buffers one Hash has. While the hash is behind, one half is filled as the
	// other is hashed. Measured on two cores, as a share of MD5 alone: 0.99 in this way, 0.93 if every
	// single buffer wakes the other side.
	hashBuffers = 8
	// readerBuffers is how far a Reader reads ahead: it fills one while the other is being taken.
	readerBuffers = 2
)

const (
	HashMemory   = hashBuffers * bufferSize   // bytes, at most, of one Hash
	ReaderMemory = readerBuffers * bufferSize // bytes, at most, of one Reader
)

// buffers is shared by all transfers, so that one that begins has those of one that has ended.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

type buffer = *[bufferSize]byte

func borrow() buffer    { return buffers.Get().(buffer) }
func giveBack(b buffer) { buffers.Put(b) }
