package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

func (s *Service) routeContent() {
	s.mux.HandleFunc("POST /cdproxy/nodes", s.upload)
	s.mux.HandleFunc("PUT /cdproxy/nodes/{id}/content", s.overwrite)
	s.mux.HandleFunc("GET /cdproxy/nodes/{id}/content", s.download)
	s.mux.HandleFunc("GET /cdproxy/templink/{id}", s.download)
	s.mux.HandleFunc("GET /cdproxy/resume", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}

func (s *Service) upload(w http.ResponseWriter, r *http.Request) {
	parts, err := readParts(r)
	var doc Doc
	if err != nil || json.Unmarshal(parts["metadata"], &doc) != nil || doc["kind"] != "FILE" {
		sayError(w, http.StatusBadRequest, "", "Cannot read the upload", "")
		return
	}
	s.Store.mu.Lock()
	defer s.Store.mu.Unlock()
	if id, ok := s.add(w, doc); ok {
		s.setContent(id, parts["content"])
		say(w, http.StatusCreated, s.doc(id))
	}
}

func (s *Service) overwrite(w http.ResponseWriter, r *http.Request) {
	parts, err := readParts(r)
	if err != nil {
		sayError(w, http.StatusBadRequest, "", "Cannot read the upload", "")
		return
	}
	s.Store.mu.Lock()
	defer s.Store.mu.Unlock()
	id := r.PathValue("id")
	if doc, ok := s.docs[id]; !ok || doc["kind"] != "FILE" {
		sayNotFound(w)
		return
	}
	s.setContent(id, parts["content"])
	say(w, http.StatusOK, s.doc(id))
}

// download answers with the content, or with a range of it. If the request asks for a thumbnail
// (viewBox), the response is only the first four bytes of a JPEG.
func (s *Service) download(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	doc := s.Doc(id)
	if doc == nil || doc["kind"] != "FILE" {
		sayNotFound(w)
		return
	}
	if r.URL.Query().Has("viewBox") {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write([]byte("\xff\xd8\xff\xe0"))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader([]byte(s.Content(id))))
}

// readParts reads a form to its end. It returns the contents of the parts by their names.
func readParts(r *http.Request) (map[string][]byte, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	parts := map[string][]byte{}
	for form := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		if parts[part.FormName()], err = io.ReadAll(part); err != nil {
			return nil, err
		}
	}
}
