package foreignphotos

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Redirection is the target of contentRedirection. Which host the real service redirects to is
// unknown (docs/wire-photos.md, 8).
type Redirection int

const (
	ToContentHost  Redirection = iota // cdproxy, which needs the cookies (docs/wire-photos.md, 4.4)
	ToDownloadHost                    // download-photos, which needs the cookies (docs/wire-photos.md, 2)
	ToSignedURL                       // storage, which refuses an Authorization header (docs/wire.md, 5.5)
	ToOutside                         // a host outside of docs/wire-photos.md, 2; it needs no credentials
	ToLookAlike                       // a host whose name begins with the name of the content host
	ToPlainHTTP                       // the content host without TLS
	ToItself                          // the same URL again, without end
)

// WithRedirection sets the target of contentRedirection from the start; see Redirect.
func WithRedirection(to Redirection) Option { return func(o *settings) { o.redirection = to } }

// WithRangeIgnored answers a request for a range with all bytes and status 200. Whether the real
// service supports Range is unknown (docs/wire-photos.md, 8).
func WithRangeIgnored() Option { return func(o *settings) { o.rangeIgnored = true } }

// Redirect sets the target of contentRedirection.
func (s *Service) Redirect(to Redirection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirection = to
}

// ExpireLinks makes all signed URLs that were given out invalid.
func (s *Service) ExpireLinks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, l := range s.links {
		l.expired = true
		s.links[key] = l
	}
}

// link is the target of a signed URL.
type link struct {
	id      string
	query   url.Values // the querySuffix
	expired bool
}

func (s *Service) routeContent(mux *http.ServeMux) {
	for _, pattern := range []string{"GET /cdproxy/nodes/{id}/content", "GET /cdproxy/nodes/{id}"} { // docs/wire-photos.md, 4.4
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.serveContent(w, r, r.PathValue("id"), r.URL.Query())
		})
	}
	mux.HandleFunc("POST /cdproxy/nodes", s.uploadRaw)
	mux.HandleFunc("POST /cdproxy/v2/upload", s.uploadV2) // below contentUrl (docs/wire.md, 0.2)
	mux.HandleFunc("POST /v2/upload", s.uploadV2)         // as in docs/wire-photos.md, 2
}

// contentRedirection redirects to the content of a node (docs/wire-photos.md, 4.4). For a node of
// another owner the request must give the owner's id.
func (s *Service) contentRedirection(w http.ResponseWriter, r *http.Request) {
	id, q := r.PathValue("id"), r.URL.Query()
	suffix, err := url.ParseQuery(strings.TrimPrefix(q.Get("querySuffix"), "?"))
	if err != nil || q.Has("querySuffix") && !strings.HasPrefix(q.Get("querySuffix"), "?") {
		invalid("Value at 'querySuffix'").write(w)
		return
	}
	if s.readable(id, q.Get("ownerId")) == nil {
		notFound().write(w)
		return
	}
	w.Header().Set("Location", s.location(r, id, suffix))
	w.WriteHeader(http.StatusFound)
}

// location returns the URL to which contentRedirection redirects.
func (s *Service) location(r *http.Request, id string, suffix url.Values) string {
	h := s.site.hosts()
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := r.URL.Query().Get("ownerId"); owner != "" {
		suffix.Set("ownerId", owner)
	}
	switch s.redirection {
	case ToDownloadHost:
		if suffix.Get("ownerId") == "" {
			suffix.Set("ownerId", s.owner)
		}
		return "https://" + h.Download + "/v2/download/signed/" + id + "?" + suffix.Encode()
	case ToSignedURL, ToOutside, ToLookAlike:
		host := map[Redirection]string{ToSignedURL: h.Signed, ToOutside: h.Outside, ToLookAlike: h.LookAlike}[s.redirection]
		key := newID()
		s.links[key] = link{id: id, query: suffix}
		signature := url.Values{"X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Expires": {"3600"}, "X-Amz-Signature": {key}}
		return "https://" + host + "/" + key + "?" + signature.Encode()
	case ToItself:
		return "https://" + h.WWW + r.URL.RequestURI()
	}
	suffix.Set("resourceVersion", "V2")
	scheme := "https"
	if s.redirection == ToPlainHTTP {
		scheme = "http"
	}
	return scheme + "://" + h.Content + "/cdproxy/nodes/" + id + "/content?" + suffix.Encode()
}

// readable returns a copy of a node that has content. It returns nil if there is no such node, or
// if owner is not the owner of the node. An empty owner means this account.
func (s *Service) readable(id, owner string) Doc {
	doc := s.Doc(id)
	switch {
	case doc == nil, doc["kind"] != "FILE" && doc["kind"] != "ASSET", doc["status"] == "PURGED",
		owner != "" && doc["ownerId"] != owner, owner == "" && doc["ownerId"] != s.owner:
		return nil
	}
	return doc
}

// downloadSigned serves the web app's download: status 200, no redirect, with cookies
// (docs/wire-photos.md, 2). The request must give the owner's id.
func (s *Service) downloadSigned(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("ownerId") == "" {
		invalid("Value at 'ownerId'").write(w)
		return
	}
	s.serveContent(w, r, r.PathValue("id"), r.URL.Query())
}

// signedContent serves a signed URL. The URL alone is enough to read the content. A request that
// also has an Authorization header is refused.
func (s *Service) signedContent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	l, known := s.links[r.PathValue("key")]
	s.mu.Unlock()
	refusal := func(status int, code, message string) {
		reply{status: status, raw: "<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>",
			contentType: "application/xml"}.write(w)
	}
	switch {
	case !known || l.expired:
		refusal(http.StatusForbidden, "AccessDenied", "Request has expired")
	case r.Header.Get("Authorization") != "":
		refusal(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed")
	default:
		s.serveContent(w, r, l.id, l.query)
	}
}

// serveContent sends the original bytes, or the rendition for which the query asks
// (docs/wire-photos.md, 4.4).
func (s *Service) serveContent(w http.ResponseWriter, r *http.Request, id string, q url.Values) {
	doc := s.readable(id, q.Get("ownerId"))
	if doc == nil {
		notFound().write(w)
		return
	}
	original := []byte(s.Content(id))
	kind, content := text(doc, "contentProperties.contentType"), original
	switch {
	case q.Has("viewBox"):
		kind, content = "image/jpeg", Rendition(id, q.Get("viewBox"))
	case q.Get("videoTranscodeView") == "true":
		kind, content = "video/mp4", append([]byte("transcoded: "), original...)
	case q.Get("download") == "true":
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": text(doc, "name")}))
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	if s.opt.rangeIgnored {
		r = r.Clone(r.Context())
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// thumbnail serves a rendition, never the original (docs/wire-photos.md, 2, 4.4).
func (s *Service) thumbnail(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if s.readable(r.PathValue("id"), q.Get("ownerId")) == nil {
		notFound().write(w)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(Rendition(r.PathValue("id"), q.Get("viewBox")))
}

// Rendition returns the JPEG that is served for a node at a viewBox. It has one colour and is at
// most 16 pixels wide.
func Rendition(id, viewBox string) []byte {
	side, err := strconv.Atoi(viewBox)
	if err != nil || side < 1 {
		side = 1
	}
	side = min(side, 16)
	h := fnv.New32()
	_, _ = h.Write([]byte(id))
	sum := h.Sum32()
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		picture.Set(i%side, i/side, color.RGBA{R: uint8(sum), G: uint8(sum >> 8), B: uint8(sum >> 16), A: 255})
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture, nil) // a bytes.Buffer never fails
	return b.Bytes()
}
