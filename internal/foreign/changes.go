package foreign

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

func (s *Service) routeChanges() {
	s.mux.HandleFunc("POST /drive/v1/changes", s.changes)
}

// changes answers with the nodes that changed after a checkpoint. Each line of the response holds
// at most chunkSize nodes.
func (s *Service) changes(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Checkpoint string
		ChunkSize  int
	}
	if r.ContentLength != 0 && json.NewDecoder(r.Body).Decode(&order) != nil {
		sayError(w, http.StatusBadRequest, "", "not an object", "")
		return
	}
	from := number(strings.TrimPrefix(order.Checkpoint, "at-"), 0)
	s.Store.mu.Lock()
	var docs []Doc
	told := map[string]bool{}
	for _, id := range s.changed[min(from, len(s.changed)):] {
		if !told[id] {
			told[id] = true
			docs = append(docs, s.doc(id))
		}
	}
	end := "at-" + strconv.Itoa(len(s.changed))
	s.Store.mu.Unlock()

	w.Header().Set("Content-Type", "application/json")
	lines := json.NewEncoder(w)
	reset, checkpoint := order.Checkpoint == "", order.Checkpoint
	size := order.ChunkSize
	if size == 0 {
		size = 100
	}
	for first := true; first || len(docs) > 0; first = false {
		n := min(size, len(docs))
		if n == len(docs) {
			checkpoint = end
		}
		_ = lines.Encode(map[string]any{"checkpoint": checkpoint, "reset": reset && first, "nodes": append([]Doc{}, docs[:n]...), "statusCode": 200})
		docs = docs[n:]
	}
	_ = lines.Encode(map[string]any{"end": true})
}
