package foreign

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"time"
)

// A Hook is one misbehaviour of the service. It wraps the service, or the service with other hooks
// around it.
type Hook func(http.Handler) http.Handler

// A Match says to which requests a hook applies. An example is "GET nodes/*/children". "*" stands
// for any one element of the path, or for any method. A path on the content host begins with
// "cdproxy/". Several patterns are separated by "|". The empty Match applies to every request.
type Match string

func (m Match) path(method, p string) bool {
	for _, one := range strings.Split(string(m), "|") {
		wantMethod, wantPath, _ := strings.Cut(strings.TrimSpace(one), " ")
		if m == "" {
			return true
		}
		ok, _ := path.Match(wantPath, p)
		if ok && (wantMethod == "*" || wantMethod == method) {
			return true
		}
	}
	return false
}

func (m Match) request(r *http.Request) bool { return m.path(r.Method, wirePath(r)) }

// Instead answers the matching requests with answer. The service does not get these requests.
func Instead(on Match, answer http.HandlerFunc) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Times applies a hook only to the first n requests that match.
func Times(n int64, on Match, hook Hook) Hook {
	return Only(on, func(call int64) bool { return call <= n }, hook)
}

// Only applies a hook only to those matching requests for which wanted returns true. call is the
// number of the matching request, from 1 on.
func Only(on Match, wanted func(call int64) bool, hook Hook) Hook {
	var calls atomic.Int64
	return func(next http.Handler) http.Handler {
		rude := hook(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) && wanted(calls.Add(1)) {
				rude.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// After lets the service do its work, drops the service's response, and calls answer to respond
// instead. answer gets the service's response as real.
func After(on Match, answer func(w http.ResponseWriter, r *http.Request, real *httptest.ResponseRecorder)) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !on.request(r) {
				next.ServeHTTP(w, r)
				return
			}
			real := httptest.NewRecorder()
			next.ServeHTTP(real, r)
			answer(w, r, real)
		})
	}
}

// AlterJSON lets the service answer, and changes the JSON object in its response.
func AlterJSON(on Match, alter func(body map[string]any)) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		decoder := json.NewDecoder(real.Body)
		decoder.UseNumber()
		var body map[string]any
		if decoder.Decode(&body) == nil {
			alter(body)
		}
		say(w, real.Code, body)
	})
}

// Lose lets the service do its work, and then drops the connection without a response.
func Lose(on Match) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) { Reset(w) })
}

// Head sets a header in every response to a matching request.
func Head(on Match, key string, value func() string) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		for k, v := range real.Header() {
			w.Header()[k] = v
		}
		w.Header().Set(key, value())
		w.WriteHeader(real.Code)
		_, _ = w.Write(real.Body.Bytes())
	})
}

// Say returns a handler that reads the body of the request and then answers with the given status,
// content type and body.
func Say(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = nil // nil: without it net/http would choose a type
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// SayJSON returns a handler that reads the body of the request and then answers with the given
// status and JSON value.
func SayJSON(status int, body any) http.HandlerFunc {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(body)
	return Say(status, "application/json", b.String())
}

// Hang reads the body of the request and then waits, without a response, until the client closes
// the connection.
func Hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// Reset drops the connection with a TCP reset.
func Reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// ResetAtEnd reads the request to its end, does nothing with it, and drops the connection. The
// client cannot tell this from a response that was lost.
func ResetAtEnd(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	Reset(w)
}

// Drip returns a handler that sends the headers and the beginning of a body. Then it sends one byte
// after each pause until the client closes the connection.
func Drip(status int, contentType, beginning string, pause time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		Say(status, contentType, beginning)(w, r)
		flush := http.NewResponseController(w)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(w, " "); err != nil || flush.Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// Raw returns a handler that sends bytes that net/http would not send, and closes the connection.
func Raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}
