package webdav

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/webdav"
)

// An exchange is one request and its response. It holds what the file system knows about the
// request and cannot pass through the library.
type exchange struct {
	fs     *fileSystem
	view   *view
	answer *answer
	log    *slog.Logger

	method string
	name   string // path of the request
	target string // path of the target of a COPY or MOVE

	shown    map[string]*entry // all entries that a PROPFIND shows, by path
	children []*entry          // entries in its folder

	failure  error // last error that decides the status of the response
	replace  bool  // the target of a COPY or MOVE may be replaced
	replaced bool  // a PUT overwrote a file
	undo     []func(context.Context) error
}

type exchangeKey struct{}

// exchangeOf returns the exchange that a call of the library belongs to.
func exchangeOf(ctx context.Context) *exchange {
	return ctx.Value(exchangeKey{}).(*exchange)
}

// fail keeps an error and returns it. The kept error decides the status of the response. The
// library alone would choose a less exact status.
func (x *exchange) fail(err error) error {
	if err != nil {
		x.failure = err
	}
	return err
}

// refuse answers the request with an error.
func (x *exchange) refuse(err error) {
	x.failure = err
	x.answer.WriteHeader(statusOf(err))
}

// undoTime is how long it may take to undo changes after the request has ended.
const undoTime = time.Minute

// end undoes the changes of a COPY or MOVE that failed.
func (x *exchange) end(ctx context.Context) {
	x.answer.flush()
	if failed := x.answer.status == 0 || x.answer.status >= 400; failed && len(x.undo) > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		for _, undo := range slices.Backward(x.undo) {
			if err := undo(ctx); err != nil {
				x.log.Error("webdav: what a failed "+x.method+" did could not be taken back", "name", x.name, "target", x.target, "error", err)
			}
		}
	}
}

// checkPreconditions compares If-Match and If-None-Match. The library does not check them for
// changes.
func (x *exchange) checkPreconditions(r *http.Request) error {
	match, noneMatch := r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
	if match == "" && noneMatch == "" {
		return nil
	}
	tag := ""
	e, err := x.view.find(r.Context(), x.name)
	switch {
	case err == nil:
		tag = e.tag()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if match != "" && !hasTag(match, tag) || noneMatch != "" && hasTag(noneMatch, tag) {
		return fault(http.StatusPreconditionFailed, "the file is not in the state that the request asks for")
	}
	return nil
}

// hasTag reports whether a list of ETags contains that of a file. The tag "" means that there is no
// file.
func hasTag(list, tag string) bool {
	if tag == "" {
		return false
	}
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// An answer is the response that the library writes. If the drive failed, the answer replaces the
// library's status by that of the failure.
type answer struct {
	http.ResponseWriter
	exchange *exchange
	held     int  // status of a GET until its first byte is known
	status   int  // status that was sent, or 0
	own      bool // the body was written by us; the library's is dropped
}

func (a *answer) WriteHeader(status int) {
	switch {
	case a.held != 0 || a.status != 0: // the library failed in the middle of a response; the client must not take it for complete
		panic(http.ErrAbortHandler)
	case a.exchange.method == http.MethodGet && status < 300:
		a.held = status
	default:
		a.send(status)
	}
}

// flush sends a status that was held. The content was empty, or its first byte could not be read.
func (a *answer) flush() {
	if a.held == 0 {
		return
	}
	status := a.held
	if a.exchange.failure != nil {
		status = http.StatusInternalServerError
		for _, name := range []string{"Accept-Ranges", "Content-Length", "Content-Range", "Content-Type", "ETag", "Last-Modified"} {
			a.Header().Del(name)
		}
	}
	a.held = 0
	a.send(status)
}

// send sends the header, and for a failure also the body.
func (a *answer) send(status int) {
	x := a.exchange
	text := ""
	switch {
	case status >= 400 && x.failure != nil:
		status, text = statusOf(x.failure), textOf(x.failure)
		x.logFailure(status)
		if wait, ok := retryAfter(x.failure); ok {
			a.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		}
	case status >= 400:
		text = webdav.StatusText(status)
	case x.method == http.MethodPut && x.replaced:
		status = http.StatusNoContent
		a.own = true
	}
	// The content of a file must not run as a page of this server, because such a page could read
	// the secret address.
	a.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'")
	a.Header().Set("X-Content-Type-Options", "nosniff")
	a.Header().Set("Referrer-Policy", "no-referrer")
	a.status = status
	if text == "" {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.own = true
	if a.Header().Get("Content-Type") == "" {
		a.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	a.Header().Del("Content-Length")
	a.ResponseWriter.WriteHeader(status)
	if x.method != http.MethodHead {
		_, _ = io.WriteString(a.ResponseWriter, text+"\n") // if the client is gone, the error does not matter
	}
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 && a.held == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.held != 0 {
		status := a.held
		a.held = 0
		a.send(status)
	}
	if a.own {
		return len(p), nil
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap is used by [http.ResponseController].
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
