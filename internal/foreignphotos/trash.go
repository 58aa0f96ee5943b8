package foreignphotos

import (
	"net/http"
)

// maxBulk is the number of ids that one bulk request may have (docs/wire-photos.md, 4.2,
// docs/wire.md, 6.5).
const maxBulk = 50

func (s *Service) routeTrash(mux *http.ServeMux) {
	s.handle(mux, "GET trash", func(r *http.Request, _ Doc) reply { return s.list(r, "", "TRASH") })
	s.handle(mux, "PUT trash/{id}", func(r *http.Request, _ Doc) reply {
		id := r.PathValue("id")
		if status := s.setStatus(id, "AVAILABLE", "TRASH"); status != http.StatusOK {
			return fail(status, codeOf(status), "Node cannot be put into the trash")
		}
		return ok(s.docs[id])
	})
	s.handle(mux, "POST trash/{id}/restore", func(r *http.Request, _ Doc) reply {
		id := r.PathValue("id")
		if s.docs[id] != nil && alive(s.docs[id]) { // unknown; docs/wire.md, 6.3 says that nothing changes
			return ok(s.docs[id])
		}
		if status := s.setStatus(id, "TRASH", "AVAILABLE"); status != http.StatusOK {
			return fail(status, codeOf(status), "Node cannot be restored")
		}
		return ok(s.docs[id])
	})
	s.handle(mux, "PATCH trash", s.bulkTrash)
	s.handle(mux, "POST bulk/nodes/purge", s.bulkPurge)
	s.handle(mux, "DELETE nodes/{id}", func(*http.Request, Doc) reply {
		return reply{status: http.StatusForbidden, body: Doc{"message": "Insufficient permissions granted for operation: purgeNode"}}
	})
}

// bulkTrash puts nodes into the trash or takes them out (docs/wire.md, 6.5). The form of the
// response is unknown. It is the same here as the response of a purge.
func (s *Service) bulkTrash(_ *http.Request, body Doc) reply {
	from, to := "AVAILABLE", "TRASH"
	switch body["op"] {
	case "add":
	case "remove":
		from, to = to, from
	default:
		return invalid("Value at 'op'")
	}
	return s.bulk(body, "value", from, to)
}

// bulkPurge removes nodes for good. It is allowed with cookies (docs/wire-photos.md, 4.2). Only
// nodes in the trash are removed.
func (s *Service) bulkPurge(_ *http.Request, body Doc) reply {
	return s.bulk(body, "nodeIds", "TRASH", "PURGED")
}

func (s *Service) bulk(body Doc, key, from, to string) reply {
	ids, good := stringList(body[key])
	recurse, isText := body["recurse"].(string)
	if !good || len(ids) > maxBulk || !isText || recurse != "true" && recurse != "false" {
		return invalid("Value at '" + key + "' or 'recurse'")
	}
	failed := Doc{}
	for _, id := range ids {
		if status := s.setStatus(id, from, to); status != http.StatusOK {
			failed[id] = status
		}
	}
	return ok(Doc{"errorMap": failed})
}

// setStatus moves a node from one status to another. It returns the HTTP status of the result: 200
// if it worked.
func (l *Library) setStatus(id, from, to string) int {
	doc := l.docs[id]
	switch {
	case doc == nil, doc["status"] == "PURGED":
		return http.StatusNotFound
	case doc["isRoot"] == true:
		return http.StatusForbidden
	case doc["status"] != from:
		return http.StatusConflict
	case to == "AVAILABLE":
		parents, _ := stringList(doc["parents"])
		for _, parent := range parents {
			if l.sibling(parent, text(doc, "name")) != "" {
				return http.StatusConflict
			}
		}
	}
	doc["status"] = to
	l.touch(id)
	return http.StatusOK
}

func codeOf(status int) string {
	if status == http.StatusNotFound {
		return "NODE_NOT_FOUND"
	}
	return ""
}
