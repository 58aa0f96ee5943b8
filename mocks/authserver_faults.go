package mocks

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
)

var errAuthReset error = syscall.ECONNRESET

// AuthFault is a fault: what an [AuthServer] does instead of answering normally.
type AuthFault struct {
	Path  string        // [TokenPath], [AuthPath] …; if empty, every path matches
	Skip  int           // how many matching requests succeed first
	Times int           // how many requests then fail; 0: one, -1: all
	Delay time.Duration // time before the response; it ends early if the request's context ends

	Commit bool // do what was asked first, then send the fault instead of the response
	Reset  bool // break the connection instead of sending a response

	Status int // 503 by default
	Header http.Header
	Body   string
}

// AuthInjected is a fault that was injected into an [AuthServer].
type AuthInjected struct {
	AuthFault
	seen  int // guarded by the server's lock
	fired atomic.Int64
}

// Fired returns how many requests the fault has hit.
func (f *AuthInjected) Fired() int { return int(f.fired.Load()) }

// Inject adds a fault. If several faults match a request, the one that was injected first happens.
func (s *AuthServer) Inject(f AuthFault) *AuthInjected {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &AuthInjected{AuthFault: f}
	s.faults = append(s.faults, in)
	return in
}

// AuthRequest is a request that the server has received. Its Form contains the secrets of the test.
type AuthRequest struct {
	Method, Path string
	Header       http.Header
	Form         url.Values
	Time         time.Time
}

// Journal returns the requests to a path so far. If path is empty, it returns all requests.
func (s *AuthServer) Journal(path string) []AuthRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.journal), func(r AuthRequest) bool {
		return path != "" && r.Path != path
	})
}

// record adds the request to the journal and returns the fault that happens to it, or nil.
func (s *AuthServer) record(r *http.Request) *AuthInjected {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = append(s.journal, AuthRequest{
		Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Form: maps.Clone(r.Form), Time: s.opt.Now(),
	})
	for _, f := range s.faults {
		if f.Path != "" && f.Path != r.URL.Path {
			continue
		}
		f.seen++
		n := f.seen - f.Skip
		if n >= 1 && (f.Times < 0 || n <= max(f.Times, 1)) {
			f.fired.Add(1)
			return f
		}
	}
	return nil
}

func (f *AuthInjected) serve(w http.ResponseWriter, r *http.Request) {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if f.Reset {
		panic(http.ErrAbortHandler)
	}
	for k, v := range f.Header {
		w.Header()[http.CanonicalHeaderKey(k)] = v
	}
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, f.Body)
}
