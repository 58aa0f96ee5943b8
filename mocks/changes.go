package mocks

import (
	"io"
	"net/http"
	"sort"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

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
	s.until = d.store.Seq
	if s.checkpoint == "" {
		s.reset = true
	} else {
		drive, seq, ok := d.store.ReadCheckpoint(s.checkpoint)
		if !ok {
			return nil, refuse(http.StatusBadRequest, "", "Invalid checkpoint")
		}
		if s.reset = drive != d.store.Feed.Drive || seq > d.store.Seq || seq < d.store.Feed.Floor; !s.reset {
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

// changeStream is the body of a response of the change feed. It makes each change set only when the
// body is read.
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

// next makes the next change set, or the end marker, or the end of the stream.
func (s *changeStream) next() {
	f := &Fault{}
	if h := s.c.fault; h != nil {
		f = h.Fault
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
	b, count := s.nodes(append([]byte(nil), `{"nodes":[`...))
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
	b = appendString(b, d.store.Checkpoint(s.after, s.c.now))
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

// shows reports whether the feed shows a node to this caller.
func (s *changeStream) shows(n *store.Node) bool {
	return n.Kind != store.Asset && (!s.c.d.photos() || s.c.v2() || !n.OnlyV2())
}

// nodes writes the nodes of the next change set, at most s.chunk of them.
func (s *changeStream) nodes(b []byte) (_ []byte, count int) {
	d := s.c.d
	log := d.store.Feed.Log
	i := sort.Search(len(log), func(i int) bool { return log[i].Seq > s.after })
	for ; i < len(log) && log[i].Seq <= s.until && count < s.chunk; i++ {
		n := log[i].N
		s.after = log[i].Seq
		if n.Seq != log[i].Seq || n.Status == store.Purged && !s.purged || n.Hidden(s.c.now.UnixMilli()) || !s.shows(n) {
			continue
		}
		if count++; count > 1 {
			b = append(b, ',')
		}
		b = appendNode(b, n, d.store.Root, s.present)
	}
	return b, count
}
