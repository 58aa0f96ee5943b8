package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// feed is the list of changes. It shows each node once, at the place of its last change.
type feed struct {
	Drive  uint64 // identifies the drive in checkpoints
	Log    []change
	purged []*Node // the purged nodes that the feed still shows, oldest first
	Floor  uint64  // the feed is not complete for changes up to this one
}

type change struct {
	Seq uint64
	N   *Node
}

func (f *feed) append(n *Node) {
	f.Log = append(f.Log, change{n.Seq, n})
	if n.Status == Purged {
		f.purged = append(f.purged, n)
	}
}

// forget removes the oldest purged nodes and keeps the last keep ones. If keep is 0, it keeps all.
func (f *feed) forget(keep int) {
	for keep > 0 && len(f.purged) > keep {
		old := f.purged[0]
		f.purged = f.purged[1:]
		f.Floor = max(f.Floor, old.Seq)
		old.Seq = 0
	}
}

// compact removes the entries of nodes that were changed again later.
func (f *feed) compact(nodes int) {
	const slack = 1024
	if len(f.Log) > 2*(nodes+len(f.purged))+slack {
		f.Log = slices.DeleteFunc(f.Log, func(c change) bool { return c.N.Seq != c.Seq })
	}
}

// Checkpoint returns a place in the feed of this drive, as a text that clients cannot interpret.
func (s *Store) Checkpoint(seq uint64, now time.Time) string {
	b := make([]byte, 0, 32)
	b = binary.BigEndian.AppendUint64(b, uint64(now.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, s.Feed.Drive)
	b = binary.BigEndian.AppendUint64(b, seq)
	return ids.Text.EncodeToString(append(b, checksum(b)...))
}

// checksum distinguishes a checkpoint, of whatever drive, from any other text.
func checksum(b []byte) []byte {
	h := hmac.New(sha256.New, []byte("checkpoint"))
	h.Write(b)
	return h.Sum(nil)[:8]
}

func (s *Store) ReadCheckpoint(text string) (drive, seq uint64, ok bool) {
	b, err := ids.Text.DecodeString(text)
	if err != nil || len(b) != 32 || !hmac.Equal(b[24:], checksum(b[:24])) {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), true
}
