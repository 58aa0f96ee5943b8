package foreign

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Doc is a node in the JSON form of the wire. A test may put any value under any key.
type Doc map[string]any

// Store holds the nodes of one account.
type Store struct {
	mu      sync.Mutex
	docs    map[string]Doc
	content map[string][]byte
	order   []string // ids in the order in which the nodes were added
	changed []string // ids in the order of changes; an index in this slice is a checkpoint
	root    string
	skew    time.Duration
}

func newStore() *Store {
	s := &Store{docs: map[string]Doc{}, content: map[string][]byte{}}
	s.root = s.Put(Doc{"kind": "FOLDER", "isRoot": true, "parents": []any{}})
	return s
}

// Root returns the id of the root folder.
func (s *Store) Root() string { return s.root }

// SetSkew sets how far the service's clock is ahead.
func (s *Store) SetSkew(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = d
}

// Put adds a node, or replaces the node with the same id, and returns its id. Put sets the keys
// that the service always sets, unless doc has them. If the value of a key in doc is Absent, the
// node does not get that key.
func (s *Store) Put(doc Doc) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(doc)
}

// Absent is the value of a key that a node must not have.
const Absent = "\x00absent"

func (s *Store) put(doc Doc) string {
	now := s.now()
	full := Doc{"id": newID(), "status": "AVAILABLE", "version": 1, "labels": []any{}, "createdBy": "foreign-test",
		"createdDate": now, "modifiedDate": now, "restricted": false, "isShared": false, "eTagResponse": newID()[:11]}
	for key, value := range doc {
		full[key] = value
	}
	id, _ := full["id"].(string)
	for key, value := range full {
		if value == Absent {
			delete(full, key)
		}
	}
	if _, known := s.docs[id]; !known {
		s.order = append(s.order, id)
	}
	s.docs[id] = full
	s.changed = append(s.changed, id)
	return id
}

// AddFolder adds a folder and returns its id.
func (s *Store) AddFolder(parent, name string) string {
	return s.Put(Doc{"kind": "FOLDER", "name": name, "parents": []any{parent}})
}

// AddFile adds a file and returns its id.
func (s *Store) AddFile(parent, name, content string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.put(Doc{"kind": "FILE", "name": name, "parents": []any{parent}})
	s.setContent(id, []byte(content))
	return id
}

// Set changes one value of a node. Dots in key lead into inner objects.
func (s *Store) Set(id, key string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	into := map[string]any(s.docs[id])
	parts := strings.Split(key, ".")
	for _, part := range parts[:len(parts)-1] {
		next, ok := into[part].(map[string]any)
		if !ok {
			next = map[string]any{}
			into[part] = next
		}
		into = next
	}
	last := parts[len(parts)-1]
	if value == Absent {
		delete(into, last)
	} else {
		into[last] = value
	}
	s.changed = append(s.changed, id)
}

// Doc returns a copy of a node, or nil if there is no such node.
func (s *Store) Doc(id string) Doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.doc(id)
}

// Content returns the content of a file.
func (s *Store) Content(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.content[id])
}

// Find returns the ids of the live nodes with that name in a folder. Case does not matter.
func (s *Store) Find(parent, name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.siblings(parent, name, "")
}

func (s *Store) doc(id string) Doc {
	doc, ok := s.docs[id]
	if !ok {
		return nil
	}
	return copyValue(map[string]any(doc)).(map[string]any)
}

// siblings returns the ids of the live nodes in a folder whose name equals name without case. It
// leaves the node except out.
func (s *Store) siblings(parent, name, except string) []string {
	var found []string
	for _, id := range s.order {
		doc := s.docs[id]
		if id != except && alive(doc) && hasParent(doc, parent) && strings.EqualFold(text(doc, "name"), name) {
			found = append(found, id)
		}
	}
	return found
}

func (s *Store) setContent(id string, content []byte) {
	sum := md5.Sum(content)
	doc := s.docs[id]
	version := 1
	if old, ok := doc["contentProperties"].(map[string]any); ok {
		version, _ = old["version"].(int)
		version++
	}
	ext := strings.TrimPrefix(path.Ext(text(doc, "name")), ".")
	doc["contentProperties"] = map[string]any{"version": version, "size": len(content), "md5": hex.EncodeToString(sum[:]),
		"contentType": "application/octet-stream", "extension": ext}
	s.content[id] = slices.Clone(content)
	s.touch(id)
}

// touch gives a node a new version and records the change.
func (s *Store) touch(id string) {
	doc := s.docs[id]
	if version, ok := doc["version"].(int); ok {
		doc["version"] = version + 1
	}
	doc["modifiedDate"] = s.now()
	s.changed = append(s.changed, id)
}

func (s *Store) now() string {
	return time.Now().Add(s.skew).UTC().Format("2006-01-02T15:04:05.000Z")
}

func (s *Store) stamp() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Store) used() (bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, content := range s.content {
		if alive(s.docs[id]) {
			bytes += int64(len(content))
		}
	}
	return bytes
}

func (s *Store) liveFiles() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.content {
		if alive(s.docs[id]) {
			n++
		}
	}
	return n
}

func alive(doc Doc) bool { return doc["status"] == "AVAILABLE" }

func text(doc Doc, key string) string {
	value, _ := doc[key].(string)
	return value
}

func hasParent(doc Doc, id string) bool {
	parents, _ := doc["parents"].([]any)
	return slices.Contains(parents, any(id))
}

// newID returns a random version-4 UUID in base64url, the form of the service's ids.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[key] = copyValue(value)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, value := range v {
			l[i] = copyValue(value)
		}
		return l
	}
	return v
}
