package mocks

import (
	"encoding/hex"
	"fmt"
	"net/http"
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

func (c *call) resumeState() (*answer, error) {
	return c.locked(func() (*answer, error) {
		s := c.d.sessions[c.query.Get("localId")]
		if s == nil || s.busy {
			return reply(http.StatusNoContent, nil), nil
		}
		b := append([]byte(nil), `{"expectedBytes":`...)
		b = appendInt(b, *s.spec.size)
		b = append(b, `,"started":`...)
		b = appendTime(b, s.started)
		b = append(b, `,"nodeId":"`...)
		b = s.id.append(b)
		b = append(b, `","expectedMd5":`...)
		b = appendString(b, s.spec.md5)
		b = append(b, `,"contentLink":`...)
		b = appendString(b, c.contentURL()+"nodes/"+s.id.String()+"/content")
		b = append(b, `,"uploadState":"IN_PROGRESS","receivedBytes":`...)
		b = appendInt(b, s.incoming.size)
		return reply(http.StatusOK, append(b, '}')), nil
	})
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

func (c *call) resumeUpload() (*answer, error) {
	d := c.d
	s := d.claim(c.id)
	if s == nil {
		if err := c.bodyRead(); err != nil {
			return nil, err
		}
		return nil, errNotFound(c.id)
	}
	defer func() {
		d.mu.Lock()
		s.busy = false
		d.mu.Unlock()
	}()
	var from, to, size int64
	_, err := fmt.Sscanf(c.r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size)
	if err != nil || from != s.incoming.size || size != *s.spec.size || to != size-1 {
		if err := c.bodyRead(); err != nil {
			return nil, err
		}
		return nil, refuse(http.StatusBadRequest, "", "The Content-Range does not go on where the upload broke off")
	}
	if err := c.receive(&s.incoming, c.body, size-from); err != nil {
		keep := s.incoming.size / d.opt.resumeChunk * d.opt.resumeChunk
		if s.sink.truncate(keep, s.hash) == nil {
			s.incoming.size = keep
		}
		return nil, errBroken
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	if err := d.stillAuthorized(c); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) { return c.commitSession(s) })
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
