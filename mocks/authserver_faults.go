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

// AuthFault is what an [AuthServer] answers instead of the truth.
type AuthFault struct {
	Path  string        // [TokenPath], [AuthPath] …; empty: any
	Skip  int           // matching requests that go well first
	Times int           // how many then fail; 0: one, -1: all
	Delay time.Duration // before the answer; the request's context ends it

	Commit bool // do what was asked first, and lose the answer
	Reset  bool // break the connection instead of answering

	Status int // 503 by default
	Header http.Header
	Body   string
}

// AuthInjected is a fault in place.
type AuthInjected struct {
	AuthFault
	seen  int // under the server's lock
	fired atomic.Int64
}

// Fired is how many requests the fault has hit.
func (f *AuthInjected) Fired() int { return int(f.fired.Load()) }

// Inject puts a fault in place. Of several that match, the first one acts.
func (s *AuthServer) Inject(f AuthFault) *AuthInjected {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &AuthInjected{AuthFault: f}
	s.faults = append(s.faults, in)
	return in
}

// AuthRequest is a request that came. Its Form holds secrets, of a test.
type AuthRequest struct {
	Method, Path string
	Header       http.Header
	Form         url.Values
	Time         time.Time
}

// Journal returns all requests so far, for one path or, if that is empty, for all.
func (s *AuthServer) Journal(path string) []AuthRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.journal), func(r AuthRequest) bool {
		return path != "" && r.Path != path
	})
}

// record writes the journal and finds the fault that the request meets.
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
