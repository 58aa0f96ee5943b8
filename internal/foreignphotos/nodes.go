package foreignphotos

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// WithoutDiscovery answers account/endpoint with 404. Only one public client is known to call it
// with cookies, and that client falls back on the table in section 2 of docs/wire-photos.md.
func WithoutDiscovery() Option { return func(o *settings) { o.noDiscovery = true } }

func (s *Service) routeAccount(mux *http.ServeMux) {
	s.handle(mux, "GET account/endpoint", func(*http.Request, Doc) reply {
		if s.opt.noDiscovery {
			return reply{status: http.StatusNotFound, body: Doc{"message": "Not Found"}}
		}
		h := s.site.hosts()
		return ok(Doc{"customerExists": true, "region": strings.ToUpper(s.site.region), "contentUrl": "https://" + h.Content + "/cdproxy/",
			"metadataUrl": "https://" + h.WWW + api, "retailUrl": "https://" + h.WWW, "uploadServiceUrl": "https://" + h.Upload + "/",
			"downloadServiceUrl": "https://" + h.Download + "/", "thumbnailServiceUrl": "https://" + h.Thumbnails + "/"})
	})
	s.handle(mux, "GET account/info", func(*http.Request, Doc) reply {
		return ok(Doc{"termsOfUse": "1.0.0", "status": "ACTIVE"})
	})
	s.handle(mux, "GET account/quota", func(*http.Request, Doc) reply {
		const room = int64(5) << 30 // the size of the free plan
		return ok(Doc{"quota": room, "available": room, "lastCalculated": stamp(time.Now())})
	})
	s.handle(mux, "GET account/usage", s.usage)
}

// usage counts live files. With Prime, photos are counted but not billable (docs/wire-photos.md,
// 4.6). The video of a live photo and the files of other owners are not counted.
func (s *Service) usage(*http.Request, Doc) reply {
	type amount struct {
		Bytes int64 `json:"bytes"`
		Count int   `json:"count"`
	}
	total := map[string]amount{"photo": {}, "video": {}, "doc": {}, "other": {}}
	for id, doc := range s.docs {
		if !alive(doc) || doc["kind"] != "FILE" || doc["ownerId"] != s.owner {
			continue
		}
		kind := strings.ToLower(strings.TrimSuffix(mediaType(doc), "S"))
		if kind == "" {
			kind = "other"
		}
		a := total[kind]
		total[kind] = amount{a.Bytes + int64(len(s.content[id])), a.Count + 1}
	}
	answer := Doc{"lastCalculated": stamp(time.Now())}
	for kind, sum := range total {
		billable := sum
		if kind == "photo" {
			billable = amount{}
		}
		answer[kind] = Doc{"total": sum, "billable": billable}
	}
	return ok(answer)
}

func (s *Service) routeNodes(mux *http.ServeMux) {
	s.handle(mux, "GET nodes", func(r *http.Request, _ Doc) reply { return s.list(r, "", "AVAILABLE") })
	s.handle(mux, "GET nodes/{id}/children", func(r *http.Request, _ Doc) reply {
		if s.docs[r.PathValue("id")] == nil {
			return notFound()
		}
		return s.list(r, r.PathValue("id"), "AVAILABLE")
	})
	s.handle(mux, "GET nodes/{id}", func(r *http.Request, _ Doc) reply {
		if doc := s.docs[r.PathValue("id")]; doc != nil && doc["status"] != "PURGED" {
			return ok(s.withTempLink(r, doc))
		}
		return notFound()
	})
	s.handle(mux, "POST nodes", func(_ *http.Request, body Doc) reply {
		switch body["kind"] {
		case "VISUAL_COLLECTION":
			return s.createAlbum(body)
		case "FOLDER":
			return s.createFolder(body)
		}
		return fail(http.StatusBadRequest, "", fmt.Sprintf("Invalid Kind %v", body["kind"]))
	})
	s.handle(mux, "PATCH nodes/{id}", s.patch)
	s.handle(mux, "PATCH nodes/{id}/children", s.patchChildren)
	s.handle(mux, "PUT nodes/{id}/children/{child}", s.putChild)
	s.handle(mux, "DELETE nodes/{id}/children/{child}", s.deleteChild)
}

// nodeFields returns the fields that a filter of nodes, children and trash can have (docs/wire.md,
// 4.2). The value is what a field allows in addition to equality: a prefix or a range of dates. The
// stars in kind:(FILE* OR FOLDER*) AND status:(TRASH*), from docs/wire-photos.md, 4.2, are
// prefixes.
func nodeFields() map[string]string {
	return map[string]string{"isRoot": "", "name": "prefix", "kind": "prefix", "status": "prefix", "createdDate": "date",
		"modifiedDate": "date", "labels": "", "description": "", "parents": "", "contentProperties.contentType": "prefix",
		"contentProperties.md5": "", "contentProperties.contentDate": "date", "contentProperties.extension": "",
		"contentProperties.size": ""}
}

func nodeValues(field, _ string, doc Doc) []string {
	switch field {
	case "isRoot":
		return []string{fmt.Sprint(doc["isRoot"] == true)}
	case "labels", "parents":
		list, _ := stringList(doc[field])
		return list
	case "contentProperties.size":
		properties, _ := doc["contentProperties"].(Doc)
		return []string{fmt.Sprint(properties["size"])}
	}
	if value := text(doc, field); value != "" {
		return []string{value}
	}
	return nil
}

// list answers a listing. The parameter asset filters nothing (docs/wire-photos.md, 4.2). The video
// of a live photo is listed only as a child of its still picture (docs/wire-photos.md, 4.4). Files
// of other owners are listed only as members of their albums.
func (s *Service) list(r *http.Request, parent, status string) reply {
	q := r.URL.Query()
	clauses, err := parseFilter(q.Get("filters"))
	if err == nil {
		err = check(clauses, nodeFields())
	}
	sort, falling, sortErr := parseSort(q.Get("sort"), "name", "kind", "createdDate", "modifiedDate", "contentProperties.contentDate",
		"contentProperties.size", "contentProperties.contentType", "contentProperties.extension")
	if err == nil {
		err = sortErr
	}
	if err != nil {
		return fail(http.StatusBadRequest, "", err.Error())
	}
	anyStatus := status == "AVAILABLE" && slices.ContainsFunc(clauses, func(c clause) bool { return c.field == "status" })
	ids := s.choose("nodes "+parent+" "+status+" "+q.Get("filters")+" "+q.Get("sort"), selection{clauses: clauses, values: nodeValues,
		sort: sort, falling: falling, within: func(doc Doc) bool {
			switch {
			case doc["status"] != status && !anyStatus, doc["status"] == "PURGED":
				return false
			case parent != "":
				return s.childOf(doc, parent)
			}
			return doc["kind"] != "ASSET" && (doc["kind"] != "FILE" || doc["ownerId"] == s.owner)
		}})
	return s.page(r, ids, false)
}

func (s *Service) createFolder(body Doc) reply {
	parent := s.root
	if parents, good := stringList(body["parents"]); good {
		parent = parents[0]
	}
	name := text(body, "name")
	if refusal := s.place(parent, name); refusal != nil {
		return *refusal
	}
	id := s.put(Doc{"kind": "FOLDER", "name": name, "parents": []any{parent}})
	return reply{status: http.StatusCreated, body: s.docs[id]}
}

// place returns the refusal if a name cannot be put into a folder, and otherwise nil (docs/wire.md,
// 3.5, 8.2).
func (s *Service) place(parent, name string) *reply {
	var refusal reply
	folder := s.docs[parent]
	sibling := s.sibling(parent, name)
	switch {
	case name == "" || len([]rune(name)) > 280:
		refusal = invalid("Value at 'name' failed to satisfy constraint: Member must have length less than or equal to 280")
	case folder == nil || folder["kind"] != "FOLDER":
		refusal = fail(http.StatusBadRequest, "", "One of the parentId doesn't exists")
	case !alive(folder):
		refusal = fail(http.StatusBadRequest, "", "A node cannot be added to trashed parent")
	case sibling != "":
		refusal = taken(sibling)
	default:
		return nil
	}
	return &refusal
}

// sibling returns the id of the live node with that name in a folder, or "" if there is none.
func (l *Library) sibling(parent, name string) string {
	if name == "" {
		return ""
	}
	for _, id := range l.order {
		doc := l.docs[id]
		if alive(doc) && strings.EqualFold(text(doc, "name"), name) && contains(doc["parents"], parent) {
			return id
		}
	}
	return ""
}

// freeName returns name, or the first "name (n)" that the folder does not have. It is for
// conflictResolution=RENAME (docs/wire-photos.md, 4.5).
func (l *Library) freeName(parent, name string) string {
	free, ext := name, path.Ext(name)
	for n := 1; l.sibling(parent, free) != ""; n++ {
		free = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext)
	}
	return free
}

// patch changes a node: name, labels and description (docs/wire.md, 4.5), and settings
// (docs/wire-photos.md, 4.6).
func (s *Service) patch(r *http.Request, body Doc) reply {
	id := r.PathValue("id")
	doc := s.docs[id]
	if doc == nil || doc["status"] == "PURGED" {
		return notFound()
	}
	for key, value := range body {
		if refusal := refuseChange(key, value); refusal != nil {
			return *refusal
		}
	}
	if name, given := body["name"].(string); given && alive(doc) {
		parents, _ := stringList(doc["parents"])
		for _, parent := range parents {
			if other := s.sibling(parent, name); other != "" && other != id {
				return taken(other)
			}
		}
	}
	for key, value := range body {
		switch key {
		case "name", "description", "labels", "properties":
			doc[key] = value
		case "settings":
			for setting, on := range value.(Doc) {
				s.set(id, "settings."+setting, on)
			}
		}
	}
	s.touch(id)
	return ok(doc)
}

// refuseChange returns the refusal if a value cannot be patched, and otherwise nil.
func refuseChange(key string, value any) *reply {
	refusal := invalid("Value at '" + key + "'")
	name, isText := value.(string)
	switch {
	case key == "name" && (name == "" || len([]rune(name)) > 280):
	case key == "contentProperties":
		refusal = fail(http.StatusForbidden, "", "contentProperties cannot be changed")
	case key == "resourceVersion", key == "ContentType", key == "labels", key == "properties",
		isText && (key == "name" || key == "description"),
		key == "settings" && areSettings(value):
		return nil
	}
	return &refusal
}

func areSettings(v any) bool {
	settings, isDoc := v.(Doc)
	for key, value := range settings {
		_, isBool := value.(bool)
		isDoc = isDoc && isBool && (key == "favorite" || key == "hidden")
	}
	return isDoc && len(settings) > 0
}
