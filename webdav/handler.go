package webdav

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// An Option changes what [New] makes.
type Option func(*Handler)

// WithRoot serves what is below a folder instead of the whole drive.
func WithRoot(folderID string) Option { return func(h *Handler) { h.fs.rootID = folderID } }

// WithPrefix says under which path the handler is mounted, such as "/drive". Other paths are a 404. Do not strip it with
// [http.StripPrefix]: answers name the paths of files, with the prefix.
func WithPrefix(prefix string) Option {
	return func(h *Handler) { h.prefix = strings.TrimSuffix(path.Clean("/"+prefix), "/") }
}

// WithLogger writes a line for each request that the service or the connection to it failed: at level
// Error if somebody must sign in again, else at Warn. The prefix is in none of them.
func WithLogger(l *slog.Logger) Option { return func(h *Handler) { h.log = l } }

// A Handler serves a drive by WebDAV, classes 1 and 2. It is safe for concurrent use. Whoever reaches it may read and change
// the drive: put it behind something that checks who asks, as [Listen] does.
type Handler struct {
	fs     *fileSystem
	prefix string
	log    *slog.Logger
	dav    webdav.Handler
}

// New returns a handler for the drive of a client. It does no I/O.
func New(drive *acd.Client, opts ...Option) *Handler {
	h := &Handler{
		fs:  &fileSystem{drive: drive, rootID: acd.RootID, memory: newMemory(), props: newProperties()},
		log: slog.New(slog.DiscardHandler),
	}
	for _, opt := range opts {
		opt(h)
	}
	h.dav = webdav.Handler{Prefix: h.prefix, FileSystem: h.fs, LockSystem: locks{LockSystem: webdav.NewMemLS()}}
	return h
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := h.nameOf(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	x := &exchange{fs: h.fs, view: h.fs.currentView(), method: r.Method, name: name, log: h.log}
	x.answer = &answer{ResponseWriter: w, exchange: x}
	r = r.Clone(context.WithValue(r.Context(), exchangeKey{}, x))
	defer x.end(r.Context())
	r.URL.Path, r.URL.RawPath = h.prefix+name, ""
	if err := h.prepare(x, r); err != nil {
		x.refuse(err)
		return
	}
	dav := h.dav
	if fold(x.target) == fold(x.name) {
		dav.LockSystem = locks{h.dav.LockSystem, x.target}
	}
	dav.ServeHTTP(x.answer, r)
}

// nameOf is the cleaned path below the prefix.
func (h *Handler) nameOf(urlPath string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(path.Clean("/"+urlPath), h.prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return cmp.Or(rest, "/"), true
}

// prepare does for each method what the library leaves out or does too late.
func (h *Handler) prepare(x *exchange, r *http.Request) error {
	const mostXML = 1 << 20
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if strings.Contains(r.Header.Get("Range"), ",") {
			r.Header.Del("Range") // several at once would be read by a goroutine that outlives the request
		}
	case http.MethodPost:
		return fault(http.StatusMethodNotAllowed, "there is nothing to post to")
	case "PROPFIND":
		r.Body = http.MaxBytesReader(x.answer, r.Body, mostXML)
		return x.prefetch(r)
	case "PROPPATCH":
		r.Body = http.MaxBytesReader(x.answer, r.Body, mostXML)
	case "LOCK":
		r.Body = http.MaxBytesReader(x.answer, r.Body, mostXML)
		r.Header.Set("Timeout", lockTimeout(r.Header.Get("Timeout")))
	case "MKCOL":
		if r.ContentLength != 0 {
			return fault(http.StatusUnsupportedMediaType, "MKCOL takes no body")
		}
	case http.MethodPut:
		return x.preparePut(r)
	case http.MethodDelete:
		return x.checkPreconditions(r)
	case "COPY", "MOVE":
		return h.prepareTarget(x, r)
	}
	return nil
}

// prefetch reads what a PROPFIND tells before the first byte of the answer. The library sends the beginning of an answer, and
// shows a folder that could not be read as an empty one: a program that mirrors it would delete its files.
func (x *exchange) prefetch(r *http.Request) error {
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		x.answer.Header().Set("Content-Type", "application/xml; charset=utf-8")
		return &faultError{status: http.StatusForbidden,
			text: `<?xml version="1.0" encoding="utf-8"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>`}
	}
	e, err := x.view.find(r.Context(), x.name)
	if err != nil {
		return err
	}
	x.shown = map[string]*entry{x.name: e}
	if !e.IsDir() || depth == "0" {
		return nil
	}
	if x.children, err = x.view.list(r.Context(), e.node.ID); err != nil {
		return err
	}
	for _, child := range x.children {
		x.shown[path.Join(x.name, child.name)] = child
	}
	return nil
}

// prepareTarget checks what a COPY or MOVE is asked to do with its target.
func (h *Handler) prepareTarget(x *exchange, r *http.Request) error {
	u, err := url.Parse(r.Header.Get("Destination"))
	if err != nil || u.Path == "" {
		return fault(http.StatusBadRequest, "there is no Destination, or it is no URL")
	}
	target, ok := h.nameOf(u.Path)
	if !ok || u.Host != "" && u.Host != r.Host {
		return fault(http.StatusBadGateway, "the Destination is on another server")
	}
	switch from, to := fold(x.name), fold(target); {
	case from == to && (r.Method == "COPY" || x.name == target):
		return fault(http.StatusForbidden, "the Destination is the source")
	case from != to && (isBelow(to, from) || isBelow(from, to)):
		return fault(http.StatusForbidden, "one of source and Destination is in the other")
	}
	x.target = target
	r.Header.Set("Destination", (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: h.prefix + target}).String())
	if r.Header.Get("Overwrite") == "" {
		r.Header.Set("Overwrite", "T") // what RFC 4918 says that its absence means
	}
	return x.checkPreconditions(r)
}

// isBelow says whether a path is strictly below another.
func isBelow(name, above string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(above, "/")+"/")
}
