package mocks

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// session is a broken upload that can be resumed.
type session struct {
	incoming
	id      ids.Node
	started int64
	busy    bool
}

// sessions are the unfinished uploads, by the localId that the client gave. They are guarded by
// Drive.mu.
type sessions map[string]*session

// expireSessions removes the unfinished uploads that began longer ago than [WithResumeLifetime]
// says.
func (d *Drive) expireSessions(now time.Time) {
	for local, s := range d.sessions {
		if !s.busy && now.Sub(time.UnixMilli(s.started)) >= d.opt.resumeFor {
			s.abort()
			delete(d.sessions, local)
		}
	}
}

// claim reserves the session of a node id for one request. It returns nil if there is no such
// session, or if another request has reserved it.
func (all sessions) claim(id string) *session {
	for _, s := range all {
		if s.id.String() == id && !s.busy {
			s.busy = true
			return s
		}
	}
	return nil
}

// block reports whether another unfinished upload of the same name exists in one of the parents.
func (all sessions) block(s *spec, parents []*store.Node, st *store.Store) bool {
	for local, other := range all {
		if local == s.localID || !strings.EqualFold(other.spec.name, s.name) {
			continue
		}
		theirs, err := other.spec.parentsIn(st)
		if err == nil && slices.ContainsFunc(theirs, func(p *store.Node) bool { return slices.Contains(parents, p) }) {
			return true
		}
	}
	return false
}

// resumable reports whether a broken upload can be resumed: the client must have given localId,
// size and MD5, and nothing in the upload may be refused.
func (in *incoming) resumable() bool {
	s := in.spec
	return s != nil && s.localID != "" && s.size != nil && s.md5 != "" && in.size <= *s.size &&
		in.sink != nil && in.refused == nil && s.check(store.File, in.c.d.opt.owner) == nil
}

// keepWhole cuts the received content to whole pieces of [WithResumeChunk] bytes.
func (in *incoming) keepWhole() error {
	chunk := in.c.d.opt.resumeChunk
	size := in.size / chunk * chunk
	if err := in.sink.Truncate(size, in.hash); err != nil {
		return err
	}
	in.size = size
	return nil
}

// keepSession keeps the whole pieces of a broken upload, if the client can resume it.
func (in *incoming) keepSession() {
	d := in.c.d
	if !in.resumable() || in.size < d.opt.resumeChunk || in.keepWhole() != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	local := in.spec.localID
	if d.store.LocalIDs[local] != nil {
		return
	}
	if old := d.sessions[local]; old != nil {
		old.abort()
	}
	d.sessions[local] = &session{incoming: *in, id: d.store.NewID(), started: in.c.now.UnixMilli()}
	in.sink = nil
}

// commit makes the node of an upload that is now complete. The caller holds Drive.mu.
func (s *session) commit() (*answer, error) {
	key := s.key()
	delete(s.c.d.sessions, s.spec.localID)
	if s.refused != nil {
		return nil, s.refused
	}
	if key.Size != *s.spec.size || !strings.EqualFold(s.spec.md5, hex.EncodeToString(key.MD5[:])) {
		s.abort()
		return nil, errCannotUpload
	}
	s.spec.id = s.id
	return s.incoming.commit()
}
