// Package foreign is a second implementation of the drive/v1 service, for tests only.
//
// Package mocks and the client were developed together, so both may contain the same mistake, and
// tests with both would not show it. Therefore this service was written only from the wire
// reference (docs/wire.md). It imports nothing of this module, and is small enough to be read in
// one sitting. It answers correctly. A test can make it misbehave by wrapping it in hooks (see
// Hook), one hook for each misbehaviour.
package foreign

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Token is the only access token that a Service accepts.
const Token = "Atza|foreign-secret-token-0123456789"

// Service is one account behind a real socket on loopback. The nodes in its Store may be changed
// while it runs.
type Service struct {
	*Store
	URL string // the server's address, without a slash at its end

	mu    sync.Mutex
	hooks []Hook
	seen  []Seen
	mux   *http.ServeMux
}

// Seen is a request that arrived. A request is recorded even if a hook answers it.
type Seen struct {
	Method string
	Path   string // without drive/v1/; on the content host it begins with cdproxy/
	Query  string
	Header http.Header
}

// Start runs a service until the test ends.
func Start(tb testing.TB, hooks ...Hook) *Service {
	s := New(hooks...)
	server := httptest.NewServer(s)
	tb.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL
	return s
}

// New returns a service that no server runs yet. URL must be set before a client asks for the
// endpoints.
func New(hooks ...Hook) *Service {
	s := &Service{Store: newStore(), hooks: hooks, mux: http.NewServeMux()}
	s.routeAccount()
	s.routeNodes()
	s.routeTrash()
	s.routeContent()
	s.routeChanges()
	return s
}

// Discovery returns the URL at which a client asks for the account's endpoints.
func (s *Service) Discovery() string { return s.URL + "/drive/v1/account/endpoint" }

// Hook adds hooks to a running service. The hook that was added last gets a request first.
func (s *Service) Hook(hooks ...Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, hooks...)
}

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, Seen{r.Method, wirePath(r), r.URL.RawQuery, r.Header.Clone()})
	var h http.Handler = http.HandlerFunc(s.serve)
	for _, hook := range s.hooks {
		h = hook(h)
	}
	s.mu.Unlock()
	h.ServeHTTP(w, r)
}

// Requests returns the matching requests that have arrived so far.
func (s *Service) Requests(on Match) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Seen
	for _, r := range s.seen {
		if on.path(r.Method, r.Path) {
			found = append(found, r)
		}
	}
	return found
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-amzn-RequestId", newID())
	open := strings.HasPrefix(wirePath(r), "cdproxy/templink/")
	if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); !open && token != Token {
		sayError(w, http.StatusUnauthorized, "", "No Auth Method Provided", "")
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Service) routeAccount() {
	const room = int64(1) << 40 // bytes
	s.mux.HandleFunc("GET /drive/v1/account/endpoint", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, map[string]any{"customerExists": true, "region": "NA",
			"contentUrl": s.URL + "/cdproxy/", "metadataUrl": s.URL + "/drive/v1/"})
	})
	s.mux.HandleFunc("GET /drive/v1/account/info", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, map[string]any{"termsOfUse": "1.0.0", "status": "ACTIVE"})
	})
	s.mux.HandleFunc("GET /drive/v1/account/quota", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, map[string]any{"quota": room, "available": room - s.used(),
			"lastCalculated": s.stamp()})
	})
	s.mux.HandleFunc("GET /drive/v1/account/usage", func(w http.ResponseWriter, _ *http.Request) {
		files, bytes := s.liveFiles(), s.used()
		amount := map[string]any{"bytes": bytes, "count": files}
		say(w, http.StatusOK, map[string]any{"lastCalculated": s.stamp(),
			"other": map[string]any{"total": amount, "billable": amount}})
	})
}

// wirePath returns the path without drive/v1/. On the content host it begins with cdproxy/.
func wirePath(r *http.Request) string {
	return strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"), "drive/v1/")
}

// say answers with JSON.
func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// sayError answers with an error in the service's own form.
func sayError(w http.ResponseWriter, status int, code, message, conflictID string) {
	say(w, status, ErrorBody(code, message, conflictID))
}

// ErrorBody returns an error in the form that the Drive service uses.
func ErrorBody(code, message, conflictID string) map[string]any {
	body := map[string]any{"logref": "91485e44-e730-11f1-b5be-f82def7d9967", "message": message, "code": code}
	if conflictID != "" {
		body["info"] = map[string]any{"nodeId": conflictID}
	}
	return body
}
