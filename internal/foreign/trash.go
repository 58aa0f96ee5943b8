package foreign

import (
	"encoding/json"
	"net/http"
)

func (s *Service) routeTrash() {
	s.mux.HandleFunc("GET /drive/v1/trash", func(w http.ResponseWriter, r *http.Request) { s.list(w, r, "", true) })
	s.mux.HandleFunc("PUT /drive/v1/trash/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.withNode(w, r.PathValue("id"), func(doc Doc) bool {
			switch {
			case doc["isRoot"] == true:
				sayError(w, http.StatusForbidden, "", "the root cannot be trashed", "")
			case !alive(doc):
				sayError(w, http.StatusConflict, "", "Node is already in trash", "")
			default:
				doc["status"] = "TRASH"
				return true
			}
			return false
		})
	})
	s.mux.HandleFunc("POST /drive/v1/trash/{id}/restore", func(w http.ResponseWriter, r *http.Request) {
		s.withNode(w, r.PathValue("id"), func(doc Doc) bool {
			doc["status"] = "AVAILABLE"
			return true
		})
	})
	s.mux.HandleFunc("PATCH /drive/v1/trash", s.bulkTrash)
	s.mux.HandleFunc("DELETE /drive/v1/nodes/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.setStatus([]string{r.PathValue("id")}, "PURGED")
		say(w, http.StatusOK, map[string]any{})
	})
	s.mux.HandleFunc("POST /drive/v1/bulk/nodes/purge", s.bulkPurge)
}

func (s *Service) bulkTrash(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Op    string
		Value []string
	}
	if json.NewDecoder(r.Body).Decode(&order) != nil || len(order.Value) > 50 {
		sayError(w, http.StatusBadRequest, "", "1 validation error detected", "")
		return
	}
	status := map[string]string{"add": "TRASH", "remove": "AVAILABLE"}[order.Op]
	s.setStatus(order.Value, status)
	say(w, http.StatusOK, map[string]any{"errorMap": map[string]any{}})
}

func (s *Service) bulkPurge(w http.ResponseWriter, r *http.Request) {
	var order struct{ NodeIDs []string }
	if json.NewDecoder(r.Body).Decode(&order) != nil || len(order.NodeIDs) > 50 {
		sayError(w, http.StatusBadRequest, "", "1 validation error detected", "")
		return
	}
	s.setStatus(order.NodeIDs, "PURGED")
	say(w, http.StatusOK, map[string]any{"errorMap": map[string]any{}})
}

func (s *Store) setStatus(ids []string, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if doc, ok := s.docs[id]; ok {
			doc["status"] = status
			s.touch(id)
		}
	}
}
