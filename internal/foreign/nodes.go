package foreign

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Service) routeNodes() {
	s.mux.HandleFunc("GET /drive/v1/nodes", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, "", false) })
	s.mux.HandleFunc("GET /drive/v1/nodes/{id}/children", func(w http.ResponseWriter, r *http.Request) {
		s.list(w, r, r.PathValue("id"), false)
	})
	s.mux.HandleFunc("GET /drive/v1/nodes/{id}", s.get)
	s.mux.HandleFunc("POST /drive/v1/nodes", s.create)
	s.mux.HandleFunc("PATCH /drive/v1/nodes/{id}", s.patch)
	s.mux.HandleFunc("POST /drive/v1/nodes/{id}/children", s.move)
	s.mux.HandleFunc("PUT /drive/v1/nodes/{id}/children/{child}", s.addParent)
	s.mux.HandleFunc("DELETE /drive/v1/nodes/{id}/children/{child}", s.removeParent)
	s.mux.HandleFunc("GET /drive/v1/nodes/{id}/properties/{owner}", s.properties)
	s.mux.HandleFunc("PUT /drive/v1/nodes/{id}/properties/{owner}/{key}", s.setProperty)
	s.mux.HandleFunc("DELETE /drive/v1/nodes/{id}/properties/{owner}/{key}", s.deleteProperty)
}

// list answers with a page of the nodes in a folder, or of all nodes if parent is empty. If trashed
// is set, it lists the nodes in the trash.
func (s *Service) list(w http.ResponseWriter, r *http.Request, parent string, trashed bool) {
	q := r.URL.Query()
	clauses, err := parseFilter(q.Get("filters"))
	if err != nil {
		sayError(w, http.StatusBadRequest, "", err.Error(), "")
		return
	}
	s.Store.mu.Lock()
	matches := s.selectDocs(clauses, parent, trashed)
	s.Store.mu.Unlock()
	limit, offset := number(q.Get("limit"), 200), number(q.Get("offset"), 0)
	if token := q.Get("startToken"); token != "" {
		offset = number(strings.TrimPrefix(token, "page-"), -1)
	}
	if offset < 0 || limit < 1 || limit > 200 {
		sayError(w, http.StatusBadRequest, "", "Next token is expired", "")
		return
	}
	page := map[string]any{"count": len(matches)}
	end := min(offset+limit, len(matches))
	page["data"] = matches[min(offset, end):end]
	if end < len(matches) {
		page["nextToken"] = "page-" + strconv.Itoa(end)
	}
	say(w, http.StatusOK, page)
}

func (s *Store) selectDocs(clauses []clause, parent string, trashed bool) []Doc {
	matches := []Doc{}
	anyStatus := slices.ContainsFunc(clauses, func(c clause) bool { return c.field == "status" })
	for _, id := range s.order {
		doc := s.docs[id]
		switch {
		case trashed && doc["status"] != "TRASH",
			!trashed && !anyStatus && (doc["status"] == "TRASH" || doc["status"] == "PURGED"),
			parent != "" && !hasParent(doc, parent),
			slices.ContainsFunc(clauses, func(c clause) bool { return !c.selects(doc) }):
		default:
			matches = append(matches, s.doc(id))
		}
	}
	return matches
}

func (s *Service) get(w http.ResponseWriter, r *http.Request) {
	doc := s.Doc(r.PathValue("id"))
	if doc == nil {
		sayNotFound(w)
		return
	}
	if r.URL.Query().Get("tempLink") == "true" && doc["kind"] == "FILE" {
		doc["tempLink"] = s.URL + "/cdproxy/templink/" + url.PathEscape(text(doc, "id"))
	}
	say(w, http.StatusOK, doc)
}

func (s *Service) create(w http.ResponseWriter, r *http.Request) {
	var doc Doc
	if json.NewDecoder(r.Body).Decode(&doc) != nil || doc["kind"] != "FOLDER" {
		sayError(w, http.StatusBadRequest, "", "a folder is wanted", "")
		return
	}
	s.Store.mu.Lock()
	defer s.Store.mu.Unlock()
	id, ok := s.add(w, doc)
	if ok {
		say(w, http.StatusCreated, s.doc(id))
	}
}

// add puts a new node that a client described into the store. If the description is wrong, add
// answers with an error and returns false.
func (s *Service) add(w http.ResponseWriter, doc Doc) (id string, ok bool) {
	if parents, _ := doc["parents"].([]any); len(parents) == 0 {
		doc["parents"] = []any{s.root}
	}
	name := text(doc, "name")
	if name == "" || len([]rune(name)) > 280 {
		sayError(w, http.StatusBadRequest, "", "1 validation error detected: Value at 'name' failed to satisfy constraint: "+
			"Member must have length less than or equal to 280", "")
		return "", false
	}
	for _, parent := range doc["parents"].([]any) {
		parent, _ := parent.(string)
		if !alive(s.docs[parent]) || s.docs[parent]["kind"] != "FOLDER" {
			sayError(w, http.StatusBadRequest, "", "One of the parentId doesn't exists", "")
			return "", false
		}
		if taken := s.siblings(parent, name, ""); len(taken) > 0 {
			sayTaken(w, name, parent, taken[0])
			return "", false
		}
	}
	return s.put(doc), true
}

func (s *Service) patch(w http.ResponseWriter, r *http.Request) {
	var change Doc
	if json.NewDecoder(r.Body).Decode(&change) != nil {
		sayError(w, http.StatusBadRequest, "", "not an object", "")
		return
	}
	s.withNode(w, r.PathValue("id"), func(doc Doc) bool {
		if name, ok := change["name"].(string); ok && alive(doc) {
			for _, parent := range doc["parents"].([]any) {
				if taken := s.siblings(parent.(string), name, text(doc, "id")); len(taken) > 0 {
					sayTaken(w, name, parent.(string), taken[0])
					return false
				}
			}
		}
		for key, value := range change {
			doc[key] = value
		}
		return true
	})
}

func (s *Service) move(w http.ResponseWriter, r *http.Request) {
	var order struct{ FromParent, ChildID string }
	if json.NewDecoder(r.Body).Decode(&order) != nil {
		sayError(w, http.StatusBadRequest, "", "not an object", "")
		return
	}
	to := r.PathValue("id")
	s.withNode(w, order.ChildID, func(doc Doc) bool {
		if !alive(doc) || !hasParent(doc, order.FromParent) {
			sayError(w, http.StatusBadRequest, "", "the node is not there", "")
			return false
		}
		if taken := s.siblings(to, text(doc, "name"), text(doc, "id")); len(taken) > 0 {
			sayTaken(w, text(doc, "name"), to, taken[0])
			return false
		}
		doc["parents"] = append(without(doc["parents"], order.FromParent), to)
		return true
	})
}

func (s *Service) addParent(w http.ResponseWriter, r *http.Request) {
	to := r.PathValue("id")
	s.withNode(w, r.PathValue("child"), func(doc Doc) bool {
		if taken := s.siblings(to, text(doc, "name"), text(doc, "id")); len(taken) > 0 {
			sayTaken(w, text(doc, "name"), to, taken[0])
			return false
		}
		doc["parents"] = append(without(doc["parents"], to), to)
		return true
	})
}

func (s *Service) removeParent(w http.ResponseWriter, r *http.Request) {
	from := r.PathValue("id")
	s.withNode(w, r.PathValue("child"), func(doc Doc) bool {
		if !hasParent(doc, from) {
			sayNotFound(w)
			return false
		}
		doc["parents"] = without(doc["parents"], from)
		return true
	})
}

func (s *Service) properties(w http.ResponseWriter, r *http.Request) {
	doc := s.Doc(r.PathValue("id"))
	if doc == nil {
		sayNotFound(w)
		return
	}
	all, _ := doc["properties"].(map[string]any)
	own, _ := all[r.PathValue("owner")].(map[string]any)
	say(w, http.StatusOK, map[string]any{"count": len(own), "data": own})
}

func (s *Service) setProperty(w http.ResponseWriter, r *http.Request) {
	var body struct{ Value string }
	id, owner, key := r.PathValue("id"), r.PathValue("owner"), r.PathValue("key")
	if s.Doc(id) == nil {
		sayNotFound(w)
		return
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		sayError(w, http.StatusBadRequest, "", "not an object", "")
		return
	}
	s.Set(id, "properties."+owner+"."+key, body.Value)
	say(w, http.StatusCreated, map[string]any{"key": key, "value": body.Value})
}

func (s *Service) deleteProperty(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.Doc(id) == nil {
		sayNotFound(w)
		return
	}
	s.Set(id, "properties."+r.PathValue("owner")+"."+r.PathValue("key"), Absent)
	w.WriteHeader(http.StatusNoContent)
}

// withNode calls change with a node. If change returns true, withNode answers with the new version
// of the node. If change returns false, change has already answered.
func (s *Service) withNode(w http.ResponseWriter, id string, change func(Doc) bool) {
	s.Store.mu.Lock()
	defer s.Store.mu.Unlock()
	doc, ok := s.docs[id]
	if !ok {
		sayNotFound(w)
		return
	}
	if change(doc) {
		s.touch(id)
		say(w, http.StatusOK, s.doc(id))
	}
}

func sayNotFound(w http.ResponseWriter) {
	sayError(w, http.StatusNotFound, "NODE_NOT_FOUND", "no such node", "")
}

func sayTaken(w http.ResponseWriter, name, parent, id string) {
	sayError(w, http.StatusConflict, "NAME_ALREADY_EXISTS", "Node with the name "+strings.ToLower(name)+
		" already exists under parentId "+parent+" conflicting NodeId: "+id, id)
}

func without(list any, value string) []any {
	old, _ := list.([]any)
	return slices.DeleteFunc(slices.Clone(old), func(v any) bool { return v == value })
}

func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}
