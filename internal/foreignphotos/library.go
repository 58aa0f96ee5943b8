package foreignphotos

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Doc is a node in the JSON form of the wire. A test may put any value under any key.
type Doc = map[string]any

// Absent is the value of a key that a node must not have.
const Absent = "\x00absent"

// Library holds the nodes of one account. All of them were created by Photos, and only requests
// with V2 see them.
type Library struct {
	parentMap  bool
	indexLag   int
	processing int

	mu      sync.Mutex
	docs    map[string]Doc
	content map[string][]byte
	tags    map[string]map[string][]string // by id and by search field (people, things, location)
	late    map[string]int                 // by id: how many more searches do not find the node
	refuse  map[string]int                 // by id: how many more additions of the node to an album are refused
	order   []string                       // ids in the order in which the nodes were added
	memo    map[string][]string            // selections since the last change
	root    string
	web     string
	owner   string
}

// WithAlbumsInParentMap puts the ids of a member's albums into its parentMap.VISUAL_COLLECTION
// instead of xAccntParents. The reference names both (docs/wire-photos.md, 4.3).
func WithAlbumsInParentMap() Option { return func(o *settings) { o.parentMap = true } }

// WithIndexLag hides each upload from the first n searches after it, because the real service
// indexes uploads late (docs/wire-photos.md, 4.1).
func WithIndexLag(n int) Option { return func(o *settings) { o.indexLag = n } }

// WithProcessing refuses the first n additions of each upload to an album with "Improper child
// kind" (docs/wire-photos.md, 4.3).
func WithProcessing(n int) Option { return func(o *settings) { o.processing = n } }

func newLibrary(parentMap bool, indexLag, processing int) *Library {
	l := &Library{parentMap: parentMap, indexLag: indexLag, processing: processing, docs: map[string]Doc{},
		content: map[string][]byte{}, tags: map[string]map[string][]string{}, late: map[string]int{},
		refuse: map[string]int{}, owner: "A1FOREIGNOWNER"}
	l.root = l.put(Doc{"kind": "FOLDER", "isRoot": true, "parents": []any{}, "name": Absent})
	pictures := l.put(Doc{"kind": "FOLDER", "name": "Pictures", "parents": []any{l.root}})
	l.web = l.put(Doc{"kind": "FOLDER", "name": "Web", "parents": []any{pictures}})
	return l
}

// Root returns the id of the root folder.
func (l *Library) Root() string { return l.root }

// Web returns the id of /Pictures/Web. The web app puts uploads there (docs/wire-photos.md, 4.5).
func (l *Library) Web() string { return l.web }

// Owner returns the account's own ownerId.
func (l *Library) Owner() string { return l.owner }

// Put adds a node, or replaces the node with the same id, and returns its id. Put sets the keys
// that the service always sets, unless doc has them.
func (l *Library) Put(doc Doc) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.put(doc)
}

func (l *Library) put(doc Doc) string {
	now := stamp(time.Now())
	full := Doc{"id": newID(), "status": "AVAILABLE", "version": 1, "labels": []any{}, "createdBy": "CloudDriveWeb",
		"createdDate": now, "modifiedDate": now, "restricted": false, "isShared": false, "eTagResponse": newID()[:11],
		"ownerId": l.owner, "xAccntParents": []any{}, "settings": Doc{"favorite": false, "hidden": false}}
	maps.Copy(full, doc)
	maps.DeleteFunc(full, func(_ string, value any) bool { return value == Absent })
	id := text(full, "id")
	if _, known := l.docs[id]; !known {
		l.order = append(l.order, id)
	}
	l.docs[id] = full
	l.memo = nil
	return id
}

// AddMedia adds a picture or a video and returns its id. The extension of name decides which of the
// two it is. change replaces values of the node, or removes them with Absent. Dots in the keys of
// change lead into inner objects.
func (l *Library) AddMedia(name, content string, change Doc) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.put(Doc{"kind": "FILE", "name": name, "parents": []any{l.web}})
	l.setContent(id, []byte(content), time.Date(2020, 5, 17, 12, 30, 0, 0, time.UTC))
	for key, value := range change {
		if key != "id" {
			l.set(id, key, value)
		}
	}
	if own := text(change, "id"); own != "" {
		l.rename(id, own)
		return own
	}
	return id
}

// AddMany adds n pictures and videos; every tenth is a video. They were taken seven hours apart,
// from the first of January 2010 on, and each was uploaded one day after it was taken. AddMany
// returns their ids, the oldest first.
func (l *Library) AddMany(n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := make([]string, n)
	for i := range ids {
		name := fmt.Sprintf("IMG_%05d.jpg", i)
		if i%10 == 9 {
			name = fmt.Sprintf("VID_%05d.mp4", i)
		}
		taken := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 7 * time.Hour)
		ids[i] = l.put(Doc{"kind": "FILE", "name": name, "parents": []any{l.web}, "createdDate": stamp(taken.Add(24 * time.Hour))})
		l.setContent(ids[i], []byte("original bytes of "+name), taken)
	}
	return ids
}

// AddLivePhoto adds a still picture with its video. The video is a child of kind ASSET and in no
// other listing (docs/wire-photos.md, 4.4).
func (l *Library) AddLivePhoto(name, still, video string) (stillID, videoID string) {
	stillID = l.AddMedia(name, still, Doc{"childAssetTypeInfo": []any{Doc{"assetType": "LIVE_VIDEO"}}})
	videoName := strings.TrimSuffix(name, path.Ext(name)) + ".mov"
	videoID = l.AddMedia(videoName, video, Doc{"kind": "ASSET", "parents": []any{stillID}, "assetProperties": Doc{"assetType": "LIVE_VIDEO"}})
	return stillID, videoID
}

// AddTwins adds two pictures with the same name. Their ids differ only in the case of one letter,
// so that a file system or a map that ignores case mixes them up. The real service may have such
// ids, because its ids are random base64url.
func (l *Library) AddTwins(name string) (a, b string) {
	id := "Tw1n" + newID()[4:]
	a = l.AddMedia(name, "the first twin", Doc{"id": id})
	b = l.AddMedia(name, "the second twin", Doc{"id": "tw1n" + id[4:]})
	return a, b
}

// AddOdd adds one node for each unusual value of which the reference warns (docs/wire-photos.md,
// 4.4, 4.6, 6). It returns the ids by what is unusual.
func (l *Library) AddOdd() map[string]string {
	ids := map[string]string{}
	for name, change := range map[string]Doc{
		"empty date":      {"contentProperties.contentDate": ""},
		"no date":         {"contentProperties.contentDate": Absent, "contentProperties.image": Absent},
		"zoneless date":   {"contentProperties.contentDate": "2019-07-04T18:45:01"},
		"no md5":          {"contentProperties.md5": Absent},
		"zero md5":        {"contentProperties.md5": strings.Repeat("0", 32)},
		"favorite string": {"settings": Doc{"favorite": "true", "hidden": "false"}},
		"no settings":     {"settings": Absent},
		"hidden":          {"settings": Doc{"favorite": false, "hidden": true}},
		"assets strings":  {"assets": []any{"an-asset-id"}},
		"size string":     {"contentProperties.size": "17"},
		"null fields":     {"labels": nil, "xAccntParents": nil, "description": nil},
		"no properties":   {"contentProperties": Absent},
		"unknown fields":  {"faceRegions": []any{Doc{"x": 0.5}}, "burstId": 7},
		"slash in name":   {"name": "../over/there.jpg"},
		"no name":         {"name": Absent},
	} {
		ids[name] = l.AddMedia(strings.ReplaceAll(name, " ", "-")+".jpg", "the odd one with "+name, change)
	}
	return ids
}

// Set changes one value of a node. Dots in key lead into inner objects. Absent removes the key.
func (l *Library) Set(id, key string, value any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(id, key, value)
}

func (l *Library) set(id, key string, value any) {
	into := l.docs[id]
	parts := strings.Split(key, ".")
	for _, part := range parts[:len(parts)-1] {
		next, isDoc := into[part].(Doc)
		if !isDoc {
			next = Doc{}
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
	l.memo = nil
}

// rename gives a node another id.
func (l *Library) rename(old, id string) {
	l.docs[id], l.content[id] = l.docs[old], l.content[old]
	l.docs[id]["id"] = id
	delete(l.docs, old)
	delete(l.content, old)
	l.order[slices.Index(l.order, old)] = id
	l.memo = nil
}

// Tag sets what recognition found in a node, for searches. field is people, things or location
// (docs/wire-photos.md, 4.1).
func (l *Library) Tag(id, field string, values ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tags[id] == nil {
		l.tags[id] = map[string][]string{}
	}
	l.tags[id][field] = append(l.tags[id][field], values...)
	l.memo = nil
}

// Doc returns a copy of a node, or nil if there is no such node.
func (l *Library) Doc(id string) Doc {
	l.mu.Lock()
	defer l.mu.Unlock()
	if doc, known := l.docs[id]; known {
		return copyValue(doc).(Doc)
	}
	return nil
}

// Content returns the original bytes of a file or an asset.
func (l *Library) Content(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.content[id])
}

// setContent sets a file's content and contentProperties. If taken is zero, the node gets no date
// (docs/wire-photos.md, 4.6).
func (l *Library) setContent(id string, content []byte, taken time.Time) {
	doc := l.docs[id]
	sum := md5.Sum(content)
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(text(doc, "name")), "."))
	kind := contentType(ext)
	properties := Doc{"version": 1, "size": len(content), "md5": hex.EncodeToString(sum[:]), "contentType": kind, "extension": ext}
	if !taken.IsZero() {
		properties["contentDate"] = stamp(taken)
	}
	switch {
	case strings.HasPrefix(kind, "image/"):
		image := Doc{"width": 4032, "height": 3024, "make": "ACME", "model": "Z1"}
		if !taken.IsZero() {
			image["dateTimeOriginal"] = stamp(taken)
		}
		properties["image"] = image
	case strings.HasPrefix(kind, "video/"):
		properties["video"] = Doc{"width": 1920, "height": 1080, "duration": 12.5, "videoCodec": "h264"}
	}
	doc["contentProperties"] = properties
	l.content[id] = slices.Clone(content)
	l.touch(id)
}

func (l *Library) touch(id string) {
	doc := l.docs[id]
	if version, isInt := doc["version"].(int); isInt {
		doc["version"] = version + 1
	}
	doc["modifiedDate"] = stamp(time.Now())
	l.memo = nil
}

// contentType returns the type that the service gives to a file with this extension.
func contentType(ext string) string {
	known := map[string]string{"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "heic": "image/heic",
		"dng": "image/x-adobe-dng", "mp4": "video/mp4", "mov": "video/quicktime"}
	if kind := known[ext]; kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func alive(doc Doc) bool { return doc["status"] == "AVAILABLE" }

// text returns the string at a path of keys, or "" if there is none.
func text(doc Doc, key string) string {
	for {
		first, rest, more := strings.Cut(key, ".")
		if !more {
			value, _ := doc[first].(string)
			return value
		}
		doc, _ = doc[first].(Doc)
		key = rest
	}
}

func contains(list any, id string) bool {
	values, _ := list.([]any)
	return slices.Contains(values, any(id))
}

func without(list any, id string) []any {
	values, _ := list.([]any)
	return slices.DeleteFunc(slices.Clone(values), func(v any) bool { return v == id })
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// newID returns a random version-4 UUID in base64url, the form of the service's ids (docs/wire.md,
// 3.2).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func copyValue(v any) any {
	switch v := v.(type) {
	case Doc:
		m := make(Doc, len(v))
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
