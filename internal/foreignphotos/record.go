package foreignphotos

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

// Seen is a request that arrived. Refused requests are recorded, too.
type Seen struct {
	Method string
	Host   string
	Path   string
	Query  url.Values
	Header http.Header
	Body   string // on the metadata host only

	Label       string   // the host's role and the path after drive/v1/ or cdproxy/, for example "www/search"
	Secure      bool     // whether the request came over TLS
	V2          bool     // resourceVersion=V2 in the query, or in the body of a write (docs/wire-photos.md, 3)
	Cookies     []string // the names of the cookies
	Credentials []string // the names of the headers that hold a credential
}

// credentialHeaders returns the headers that only the hosts in section 2 of docs/wire-photos.md may
// get.
func credentialHeaders() []string {
	return []string{"Cookie", "Authorization", "X-Amz-Access-Token", "X-Amzn-Sessionid"}
}

// A Match selects requests. An example is "GET www/nodes/*/children": a method or "*", and a label
// of Seen, in which "*" stands for any one element. Several patterns are separated by "|". The
// empty Match selects every request.
type Match string

func (m Match) label(method, label string) bool {
	for one := range strings.SplitSeq(string(m), "|") {
		wantMethod, wantLabel, _ := strings.Cut(strings.TrimSpace(one), " ")
		fits, err := path.Match(wantLabel, label)
		if err != nil {
			panic(err)
		}
		if m == "" || fits && (wantMethod == "*" || wantMethod == method) {
			return true
		}
	}
	return false
}

type labelKey struct{}

func (m Match) request(r *http.Request) bool {
	label, _ := r.Context().Value(labelKey{}).(string)
	method, label, _ := strings.Cut(label, " ")
	return m.label(method, label)
}

// Requests returns the matching requests that have arrived so far, in their order.
func (s *Service) Requests(on Match) []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Seen
	for _, r := range s.seen {
		if on.label(r.Method, r.Label) {
			found = append(found, r)
		}
	}
	return found
}

func (s *Service) record(role string, r *http.Request) Seen {
	seen := Seen{Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(),
		Label: label(role, r.URL.Path), Secure: r.TLS != nil}
	seen.V2 = seen.Query.Get("resourceVersion") == "V2"
	if role == roleWWW && r.Method != http.MethodGet && r.Body != nil {
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		seen.Body = string(b)
		if doc, err := parseDoc(b); err == nil && doc["resourceVersion"] == "V2" {
			seen.V2 = true
		}
	}
	for _, c := range rawCookies(r.Header) {
		seen.Cookies = append(seen.Cookies, c.name)
	}
	for _, name := range credentialHeaders() {
		if r.Header.Get(name) != "" {
			seen.Credentials = append(seen.Credentials, name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, seen)
	return seen
}

func label(role, p string) string {
	p = strings.TrimPrefix(strings.TrimPrefix(p, api), "/cdproxy/")
	return role + "/" + strings.TrimPrefix(p, "/")
}

// Faults returns what is wrong with the requests that have arrived so far. These are faults:
// credentials that are sent without TLS or to a host that is not in section 2 (docs/wire-photos.md,
// 1.1, 4.4), calls of drive/v1 and cdproxy without V2 (docs/wire-photos.md, 3), and cookie names
// that no site uses (docs/wire-photos.md, 1.1). A fault names hosts, paths and header names, but
// never a value.
func (s *Service) Faults() []string {
	var faults []string
	for _, r := range s.Requests("") {
		where := r.Method + " " + r.Host + r.Path
		if len(r.Credentials) > 0 && !takesCredentials(s.site.role(r.Host)) {
			faults = append(faults, fmt.Sprintf("%s: %v sent to a host that is not the account's", where, r.Credentials))
		}
		if len(r.Credentials) > 0 && !r.Secure {
			faults = append(faults, fmt.Sprintf("%s: %v sent without TLS", where, r.Credentials))
		}
		if role := s.site.role(r.Host); !r.V2 && s.wantsV2(role, r) {
			faults = append(faults, where+": no resourceVersion=V2")
		}
		if i := slices.IndexFunc(r.Cookies, underscored); i >= 0 {
			faults = append(faults, where+": the cookie "+r.Cookies[i]+" is written with an underscore")
		}
	}
	return faults
}

// wantsV2 reports whether a request needed V2. It looks up the route: a request without a route was
// refused anyway and is no fault.
func (s *Service) wantsV2(role string, r Seen) bool {
	mux := s.muxes[role]
	if mux == nil {
		return false
	}
	_, pattern := mux.Handler(&http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: r.Path}})
	return pattern != "" && needsV2(role, pattern)
}

func underscored(name string) bool {
	return strings.HasPrefix(name, "at_") || strings.HasPrefix(name, "ubid_") || strings.HasPrefix(name, "session_")
}

// Check fails a test with an error for each of Faults.
func (s *Service) Check(tb testing.TB) {
	tb.Helper()
	for _, fault := range s.Faults() {
		tb.Error(fault)
	}
}
