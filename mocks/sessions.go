package mocks

import (
	"encoding/hex"
	"slices"
	"strings"
)

// session is an upload that broke off and can go on.
type session struct {
	incoming
	id      nodeID
	started int64
	busy    bool
}

// keepSession keeps what came of a broken upload, if its client can resume it: whole pieces only.
func (c *call) keepSession(in *incoming) {
	d, s := c.d, in.spec
	if s == nil || s.localID == "" || s.size == nil || s.md5 == "" || in.sink == nil || in.refused != nil || d.check(s, kindFile) != nil {
		return
	}
	keep := in.size / d.opt.resumeChunk * d.opt.resumeChunk
	if keep == 0 || in.size > *s.size || in.sink.truncate(keep, in.hash) != nil {
		return
	}
	in.size = keep
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.store.localIDs[s.localID] != nil {
		return
	}
	if old := d.sessions[s.localID]; old != nil {
		old.abort()
	}
	d.sessions[s.localID] = &session{incoming: *in, id: d.store.newID(), started: c.now.UnixMilli()}
	in.sink = nil
}

// blockedBySession says that an unfinished upload of that name lingers.
func (d *Drive) blockedBySession(s *spec, parents []*node) bool {
	for local, other := range d.sessions {
		if local == s.localID || !strings.EqualFold(other.spec.name, s.name) {
			continue
		}
		theirs, err := d.parentsOf(other.spec)
		if err == nil && slices.ContainsFunc(theirs, func(p *node) bool { return slices.Contains(parents, p) }) {
			return true
		}
	}
	return false
}

// claim takes the session of a node id for one request.
func (d *Drive) claim(text string) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sessions {
		if s.id.String() == text && !s.busy {
			s.busy = true
			return s
		}
	}
	return nil
}

func (c *call) commitSession(s *session) (*answer, error) {
	d, key := c.d, s.key()
	delete(d.sessions, s.spec.localID)
	if s.refused != nil {
		return nil, s.refused
	}
	if key.size != *s.spec.size || !strings.EqualFold(s.spec.md5, hex.EncodeToString(key.md5[:])) {
		s.abort()
		return nil, errCannotUpload
	}
	s.spec.id = s.id
	return c.commitUpload(&s.incoming)
}
