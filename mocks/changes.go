package mocks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"sort"
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
func (d *Drive) checkpoint(seq uint64, now time.Time) string {
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

func (d *Drive) readCheckpoint(text string) (drive, seq uint64, ok bool) {
	b, err := idText.DecodeString(text)
	if err != nil || len(b) != 32 || !hmac.Equal(b[24:], checksum(b[:24])) {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), true
}

const defaultFrame = 500

func (c *call) changes() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	s := &changeStream{c: c, chunk: defaultFrame}
	if len(body) > 0 {
		if err := s.parse(body); err != nil {
			return nil, err
		}
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	d := c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	s.until = d.seq
	if s.checkpoint == "" {
		s.reset = true
	} else {
		drive, seq, ok := d.readCheckpoint(s.checkpoint)
		if !ok {
			return nil, refuse(http.StatusBadRequest, "", "Invalid checkpoint")
		}
		if s.reset = drive != d.feed.drive || seq > d.seq || seq < d.feed.floor; !s.reset {
			s.after = seq
		}
	}
	if s.present, err = c.rendering(); err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusOK, header: http.Header{}, stream: io.NopCloser(s), length: -1}
	a.setType("application/json")
	return a, nil
}

// changeStream makes the sets of an answer as they are read.
type changeStream struct {
	c          *call
	checkpoint string
	chunk      int
	most       int
	purged     bool
	present    *rendering

	after, until uint64
	reset        bool
	sent, frames int
	last, ended  bool
	buf          []byte
}

func (s *changeStream) parse(body []byte) error {
	m, err := object(body)
	if err != nil {
		return err
	}
	purged := ""
	limit := 0
	for key, v := range map[string]any{"checkpoint": &s.checkpoint, "chunkSize": &s.chunk, "maxNodes": &s.most, "limit": &limit, "includePurged": &purged} {
		if raw := m[key]; string(raw) == "null" {
			continue
		}
		if err := field(m, key, v); err != nil {
			return err
		}
	}
	if s.chunk < 0 || s.most < 0 || limit < 0 {
		return refuse(http.StatusBadRequest, "", "A negative size")
	}
	if purged != "" && purged != "true" && purged != "false" {
		return refuse(http.StatusBadRequest, "", "Invalid includePurged %s", purged)
	}
	if s.chunk == 0 {
		s.chunk = defaultFrame
	}
	if s.most == 0 {
		s.most = limit
	}
	s.purged = purged == "true"
	return nil
}

func (s *changeStream) Read(p []byte) (int, error) {
	for len(s.buf) == 0 {
		if s.ended {
			return 0, io.EOF
		}
		s.next()
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

// next makes the next set, or the end marker.
func (s *changeStream) next() {
	f := s.c.fault
	if f == nil {
		f = &Fault{}
	}
	switch {
	case f.CutFrames < 0, f.CutFrames > 0 && s.frames == f.CutFrames:
		s.ended = true
	case s.last:
		s.buf = append(s.buf[:0], "{\"end\":true}\n"...)
		s.ended = true
	default:
		s.frame(f)
	}
}

func (s *changeStream) frame(f *Fault) {
	d := s.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	b := append([]byte(nil), `{"nodes":[`...)
	count := 0
	log := d.feed.log
	i := sort.Search(len(log), func(i int) bool { return log[i].seq > s.after })
	for ; i < len(log) && log[i].seq <= s.until && count < s.chunk; i++ {
		n := log[i].n
		s.after = log[i].seq
		if n.seq != log[i].seq || n.status == statusPurged && !s.purged || n.more().hiddenUntil > s.c.now.UnixMilli() {
			continue
		}
		if count++; count > 1 {
			b = append(b, ',')
		}
		b = appendNode(b, n, d.root, s.present)
	}
	s.sent += count
	s.frames++
	if count < s.chunk {
		s.after = s.until
	}
	s.last = s.after >= s.until || s.most > 0 && s.sent >= s.most
	status := http.StatusOK
	if s.last && f.FrameStatus != 0 {
		b, status = append(b[:0], `{"nodes":[`...), f.FrameStatus
	}
	b = append(b, `],"checkpoint":`...)
	b = appendString(b, d.checkpoint(s.after, s.c.now))
	b = append(b, `,"reset":`...)
	b = appendBool(b, s.reset || f.ResetFrame > 0 && s.frames == f.ResetFrame)
	b = append(b, `,"statusCode":`...)
	b = append(appendInt(b, int64(status)), "}\n"...)
	s.reset = false
	if f.RepeatFrames {
		b = append(b, b...)
	}
	s.buf = b
}
