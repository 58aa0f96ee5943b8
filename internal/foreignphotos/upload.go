package foreignphotos

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// uploadRaw serves POST nodes with a raw body (docs/wire-photos.md, 4.5, docs/wire.md, 5.3).
func (s *Service) uploadRaw(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("kind") != "FILE" {
		invalid("Value at 'kind'").write(w)
		return
	}
	s.upload(w, r)
}

// uploadV2 serves POST v2/upload (docs/wire-photos.md, 4.5). The request must give the size of the
// content. Its MD5 is optional.
func (s *Service) uploadV2(w http.ResponseWriter, r *http.Request) {
	if _, err := strconv.Atoi(r.URL.Query().Get("fileSize")); err != nil {
		invalid("Value at 'fileSize'").write(w)
		return
	}
	s.upload(w, r)
}

// upload reads all bytes before it refuses anything, as the real service does (docs/wire.md, 5.1).
func (s *Service) upload(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil || r.ContentLength >= 0 && int64(len(content)) != r.ContentLength {
		reply{status: http.StatusBadRequest, body: Doc{"message": "Cannot complete upload"}}.write(w)
		return
	}
	s.Library.mu.Lock()
	answer := s.store(r, content).encoded()
	s.Library.mu.Unlock()
	answer.write(w)
}

// store makes a node of the uploaded bytes, or returns a refusal. If the library already has the
// content, the refusal is 409, whatever the name is (docs/wire-photos.md, 4.5). With
// conflictResolution=RENAME, a name that the folder already has gets a number.
func (s *Service) store(r *http.Request, content []byte) reply {
	q := r.URL.Query()
	sum := md5.Sum(content)
	digest := hex.EncodeToString(sum[:])
	var taken time.Time
	if date := q.Get("contentDate"); date != "" {
		var err error
		if taken, err = parseDate(date); err != nil {
			return invalid("Value at 'contentDate'")
		}
	}
	given := r.Header.Get("x-amzn-file-md5")
	size := q.Get("fileSize")
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
		return invalid("a raw body is wanted")
	case size != "" && size != strconv.Itoa(len(content)), given != "" && given != digest:
		return invalid("the size or the MD5 is not that of the body")
	}
	parent, name := q.Get("parentNodeId"), q.Get("name")
	if same := s.sameContent(digest); len(same) > 0 {
		return duplicate(same)
	}
	if q.Get("conflictResolution") == "RENAME" {
		name = s.freeName(parent, name)
	}
	if refusal := s.place(parent, name); refusal != nil {
		return *refusal
	}
	id := s.put(Doc{"kind": "FILE", "name": name, "parents": []any{parent}})
	s.setContent(id, content, taken)
	if s.indexLag > 0 {
		s.late[id] = s.indexLag
	}
	s.refuse[id] = s.processing
	return reply{status: http.StatusCreated, body: s.docs[id]}
}

// sameContent returns the ids of the live files with the given MD5.
func (l *Library) sameContent(digest string) []string {
	var ids []string
	for _, id := range l.order {
		if doc := l.docs[id]; alive(doc) && doc["kind"] == "FILE" && text(doc, "contentProperties.md5") == digest {
			ids = append(ids, id)
		}
	}
	return ids
}
