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

// WithRoot serves only what is below a folder. The default is the whole drive.
func WithRoot(folderID string) Option { return func(h *Handler) { h.fs.rootID = folderID } }

// WithPrefix sets the path under which the handler is mounted, such as "/drive". Requests for other
// paths get a 404. Do not use [http.StripPrefix]: the responses contain the paths of files, and
// these paths need the prefix.
func WithPrefix(prefix string) Option {
	return func(h *Handler) { h.prefix = strings.TrimSuffix(path.Clean("/"+prefix), "/") }
}

// WithLogger makes the handler log a line for each request that failed because of the service or
// the connection to the service. The level is Error if the user must sign in again, otherwise Warn.
// The lines do not contain the prefix.
func WithLogger(l *slog.Logger) Option { return func(h *Handler) { h.log = l } }

// A Handler serves a drive by WebDAV, classes 1 and 2. It is safe for concurrent use. Anybody who
// can send a request to it can read and change the drive. So put it behind something that checks
// who sends the request, as [Listen] does.
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

// nameOf returns the cleaned path below the prefix.
func (h *Handler) nameOf(urlPath string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(path.Clean("/"+urlPath), h.prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return cmp.Or(rest, "/"), true
}

// prepare does what the library does not do, or does too late, for each method.
func (h *Handler) prepare(x *exchange, r *http.Request) error {
	const mostXML = 1 << 20
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if strings.Contains(r.Header.Get("Range"), ",") {
			r.Header.Del("Range") // the library would read several ranges in a goroutine that outlives the request
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

// prefetch reads everything that a PROPFIND needs before the first byte of the response. The
// library would send the beginning of the response first, and then show a folder that could not be
// read as an empty one. A program that mirrors the folder would then delete its own files.
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

// prepareTarget checks the target of a COPY or MOVE.
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
		r.Header.Set("Overwrite", "T") // RFC 4918: without the header, Overwrite is T
	}
	return x.checkPreconditions(r)
}

// isBelow reports whether a path is strictly below another.
func isBelow(name, above string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(above, "/")+"/")
}
