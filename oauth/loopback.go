package oauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

const (
	beginPath    = "/begin/"
	maxHeader    = 64 << 10
	headerTime   = 10 * time.Second
	farewellTime = time.Second // how long run waits until the last page is sent
)

// loopback signs in through a browser on this machine: it listens and waits until the browser comes
// back.
func (a *attempt) loopback(ctx context.Context, opts LoginOptions) (*oauth2.Token, error) {
	addr, redirect, err := listenAddr(a.conf.RedirectURL)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp4", addr)
	if err != nil {
		return nil, fmt.Errorf("oauth: signing in needs to listen on %s: %w (if another sign-in is running, finish it or end it; "+
			"or use another registered RedirectURL, or sign in headless)", addr, err)
	}
	if redirect.Port() == "0" {
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		redirect.Host = net.JoinHostPort(redirect.Hostname(), port)
		conf := *a.conf
		conf.RedirectURL = redirect.String()
		a.conf = &conf
	}
	w := &waiting{
		attempt: a, ctx: ctx, redirect: redirect, app: opts.AppName,
		ticket: rand.Text(), result: make(chan result, 1),
	}
	return w.run(ln, opts)
}

// waiting is a sign-in that waits until the browser comes back.
type waiting struct {
	*attempt
	ctx      context.Context
	redirect *url.URL
	app      string
	result   chan result // holds the result of the one answer that counts

	mu      sync.Mutex
	ticket  string // opens the address of begin once; then empty
	claimed bool   // whether an answer that counts has come
	last    error  // the error of the last answer that did not count
}

type result struct {
	token *oauth2.Token
	err   error
}

// run serves until there is a result or ctx is done. When run returns, the port is free.
func (w *waiting) run(ln net.Listener, opts LoginOptions) (*oauth2.Token, error) {
	srv := &http.Server{
		Handler:           w,
		ReadHeaderTimeout: headerTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // a browser leaves connections half-open, and those errors help nobody
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	defer func() {
		_ = ln.Close() // Serve may not have begun
		// A browser keeps spare connections open, and Shutdown waits for them: hence the timeout.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), farewellTime)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close()
		}
	}()

	printf(opts.Output, "Sign in in the browser. If none opens, open this link:\n\n%s\n\n", w.link())
	begin := "http://" + ln.Addr().String() + beginPath + w.ticket
	opened := make(chan error, 1)
	go func() { opened <- opts.OpenBrowser(begin) }()
	for {
		select {
		case r := <-w.result:
			return r.token, r.err
		case err := <-opened:
			if err != nil {
				printf(opts.Output, "No browser could be opened (%v): use the link.\n", err)
			}
		case err := <-served:
			return nil, &Error{Op: opSignIn, Err: err}
		case <-w.ctx.Done():
			w.mu.Lock()
			defer w.mu.Unlock()
			return nil, ended(w.ctx, w.last)
		}
	}
}

func (w *waiting) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	// A kept connection would stay open after the sign-in.
	rw.Header().Set("Connection", "close")
	path := w.redirect.Path
	if path == "" {
		path = "/"
	}
	switch {
	case !w.ownHost(r.Host):
		// The request names another host, which a stranger's DNS resolves to this machine.
		showPage(rw, http.StatusMisdirectedRequest, failed("This address is not for that name.", w.app))
	case r.Method != http.MethodGet:
		showPage(rw, http.StatusMethodNotAllowed, failed("Only a browser's visit is expected here.", w.app))
	case len(r.URL.Path) > len(beginPath) && r.URL.Path[:len(beginPath)] == beginPath:
		w.begin(rw, r.URL.Path[len(beginPath):])
	case r.URL.Path == path:
		w.answer(rw, r.URL.Query())
	default:
		showPage(rw, http.StatusNotFound, failed("There is nothing here.", w.app))
	}
}

// ownHost reports whether the Host header of a request names this server.
func (w *waiting) ownHost(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, ""
	}
	return (name == "127.0.0.1" || name == "localhost") && port == w.redirect.Port()
}

// begin redirects the browser to the link. It works once, so that another user who reads the
// address in the list of processes comes too late.
func (w *waiting) begin(rw http.ResponseWriter, ticket string) {
	w.mu.Lock()
	ok := w.ticket != "" && ticket == w.ticket
	if ok {
		w.ticket = ""
	}
	w.mu.Unlock()
	if !ok {
		showPage(rw, http.StatusGone, failed("This address works once. Use the link that was printed.", w.app))
		return
	}
	h := rw.Header()
	h.Set("Location", w.link())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	rw.WriteHeader(http.StatusSeeOther)
}

// answer handles the request with which the browser comes back.
func (w *waiting) answer(rw http.ResponseWriter, v url.Values) {
	code, err := w.readAnswer(v)
	w.mu.Lock()
	if _, ours := errors.AsType[*Error](err); err != nil && !ours {
		w.last = err
		w.mu.Unlock()
		showPage(rw, http.StatusBadRequest, failed("This answer belongs to another sign-in. Use the link that was printed last.", w.app))
		return
	}
	second := w.claimed
	w.claimed = true
	w.mu.Unlock()
	if second {
		showPage(rw, http.StatusConflict, failed("This sign-in has been answered already.", w.app))
		return
	}

	var r result
	if r.err = err; err == nil {
		r.token, r.err = w.finish(w.ctx, code)
	}
	if r.err == nil {
		showPage(rw, http.StatusOK, signedIn(w.app))
	} else {
		showPage(rw, http.StatusForbidden, failed(explain(r.err), w.app))
	}
	_ = http.NewResponseController(rw).Flush()
	w.result <- r
}

// explain returns the text about err that the page shows.
func explain(err error) string {
	switch {
	case errors.Is(err, ErrAccessDenied):
		return "Access to the drive was not given."
	case errors.Is(err, ErrNoCode):
		return "The answer held no authorization code."
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code != "" {
		return "The sign-in was refused: " + e.Code + ". " + e.Description
	}
	return "The sign-in could not be completed. The program says why."
}
