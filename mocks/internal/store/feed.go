package mocks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// feed is the order of changes: each node once, at the place of its last change.
type feed struct {
	drive  uint64 // names the drive in checkpoints
	log    []change
	purged []*node // those still told of, oldest first
	floor  uint64  // what happened up to here is no longer known in full
}

type change struct {
	seq uint64
	n   *node
}

func (f *feed) append(n *node) {
	f.log = append(f.log, change{n.seq, n})
	if n.status == statusPurged {
		f.purged = append(f.purged, n)
	}
}

// forget keeps only the last purged nodes.
func (f *feed) forget(keep int) {
	for keep > 0 && len(f.purged) > keep {
		old := f.purged[0]
		f.purged = f.purged[1:]
		f.floor = max(f.floor, old.seq)
		old.seq = 0
	}
}

// compact drops the places of nodes that have changed since.
func (f *feed) compact(nodes int) {
	const slack = 1024
	if len(f.log) > 2*(nodes+len(f.purged))+slack {
		f.log = slices.DeleteFunc(f.log, func(c change) bool { return c.n.seq != c.seq })
	}
}

// checkpoint is a place in the feed of one drive; opaque to clients.
func (d *store) checkpoint(seq uint64, now time.Time) string {
	b := make([]byte, 0, 32)
	b = binary.BigEndian.AppendUint64(b, uint64(now.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, d.feed.drive)
	b = binary.BigEndian.AppendUint64(b, seq)
	return idText.EncodeToString(append(b, checksum(b)...))
}

// checksum tells a checkpoint of any drive from what is none.
func checksum(b []byte) []byte {
	h := hmac.New(sha256.New, []byte("checkpoint"))
	h.Write(b)
	return h.Sum(nil)[:8]
}

func (d *store) readCheckpoint(text string) (drive, seq uint64, ok bool) {
	b, err := idText.DecodeString(text)
	if err != nil || len(b) != 32 || !hmac.Equal(b[24:], checksum(b[:24])) {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), true
}
