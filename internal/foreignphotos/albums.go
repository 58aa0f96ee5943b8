package foreignphotos

import (
	"net/http"
	"slices"
)

// AddAlbum adds an album with members. The parents of a member still name only its folder
// (docs/wire-photos.md, 4.3).
func (l *Library) AddAlbum(name string, members ...string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.put(Doc{"kind": "VISUAL_COLLECTION", "name": name, "parents": Absent, "collectionProperties": Doc{"covers": []any{}}})
	for _, member := range members {
		l.join(id, member)
	}
	return id
}

// AddSharedAlbum adds an album of another owner, with one member for each content. These members
// are in no listing of this account's files. A request for their content must give the owner's id
// (docs/wire-photos.md, 4.3, 4.4).
func (l *Library) AddSharedAlbum(owner, name string, contents ...string) (album string, members []string) {
	for i, content := range contents {
		members = append(members, l.AddMedia("shared-"+string(rune('a'+i%26))+".jpg", content, Doc{"ownerId": owner, "parents": []any{newID()}}))
	}
	album = l.AddAlbum(name, members...)
	l.Set(album, "ownerId", owner)
	l.Set(album, "isShared", true)
	return album, members
}

// albums returns the list of the albums that a node is in, and the key that holds this list.
func (l *Library) albums(doc Doc) (list any, key string) {
	if l.parentMap {
		m, _ := doc["parentMap"].(Doc)
		return m["VISUAL_COLLECTION"], "parentMap.VISUAL_COLLECTION"
	}
	return doc["xAccntParents"], "xAccntParents"
}

func (l *Library) join(album, member string) {
	doc := l.docs[member]
	list, key := l.albums(doc)
	l.set(member, key, append(without(list, album), album))
	properties, _ := l.docs[album]["collectionProperties"].(Doc)
	if covers, _ := properties["covers"].([]any); len(covers) == 0 {
		l.set(album, "collectionProperties.covers", []any{Doc{"id": member, "ownerId": doc["ownerId"], "isDefault": true}})
	}
	l.touch(album)
}

func (l *Library) leave(album, member string) {
	list, key := l.albums(l.docs[member])
	l.set(member, key, without(list, album))
	l.touch(album)
}

// childOf reports whether a node is listed among the children of parent: as a file in a folder, as
// a member of an album, or as the asset of a still picture.
func (l *Library) childOf(doc Doc, parent string) bool {
	if albums, _ := l.albums(doc); contains(albums, parent) {
		return true
	}
	return contains(doc["parents"], parent)
}

// createAlbum makes an album. The name of an album may have at most 200 characters
// (docs/wire-photos.md, 4.3).
func (s *Service) createAlbum(body Doc) reply {
	name := text(body, "name")
	if name == "" || len([]rune(name)) > 200 {
		return invalid("Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 200")
	}
	if body["parents"] != nil {
		return fail(http.StatusBadRequest, "", "An album has no parents")
	}
	id := s.put(Doc{"kind": "VISUAL_COLLECTION", "name": name, "parents": Absent, "collectionProperties": Doc{"covers": []any{}}})
	return reply{status: http.StatusCreated, body: s.docs[id]}
}

// patchChildren adds members to an album or removes them. It changes all of them or none
// (docs/wire-photos.md, 4.3).
func (s *Service) patchChildren(r *http.Request, body Doc) reply {
	ids, good := stringList(body["value"])
	op := text(body, "op")
	if !good || op != "add" && op != "remove" {
		return invalid("Value at 'op' or 'value'")
	}
	return s.changeMembers(r.PathValue("id"), ids, op == "add")
}

// putChild is another request that adds one member. deleteChild is another request that removes one
// (docs/wire-photos.md, 4.3, docs/wire.md, 4.6).
func (s *Service) putChild(r *http.Request, _ Doc) reply {
	return s.changeMembers(r.PathValue("id"), []string{r.PathValue("child")}, true)
}

func (s *Service) deleteChild(r *http.Request, _ Doc) reply {
	return s.changeMembers(r.PathValue("id"), []string{r.PathValue("child")}, false)
}

func (s *Service) changeMembers(album string, ids []string, add bool) reply {
	if doc := s.docs[album]; doc == nil || !alive(doc) {
		return notFound()
	} else if doc["kind"] != "VISUAL_COLLECTION" {
		return fail(http.StatusBadRequest, "", "Not an album")
	}
	for _, id := range ids {
		switch doc := s.docs[id]; {
		case doc == nil || !alive(doc):
			return notFound()
		case !add && !s.childOf(doc, album):
			return notFound()
		case add && (doc["kind"] != "FILE" || s.refuse[id] > 0):
			s.refuse[id]--
			return fail(http.StatusBadRequest, "", "Improper child kind")
		}
	}
	for _, id := range ids {
		if add {
			s.join(album, id)
		} else {
			s.leave(album, id)
		}
	}
	if len(ids) == 1 {
		return ok(s.docs[ids[0]])
	}
	return ok(s.docs[album])
}

func stringList(v any) (list []string, good bool) {
	values, isList := v.([]any)
	for _, value := range values {
		one, isString := value.(string)
		list = append(list, one)
		isList = isList && isString
	}
	return list, isList && len(list) > 0 && !slices.Contains(list, "")
}
