package acd_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
)

// cookies is an authenticator with several cookies. When the service rejects one, it uses the next.
type cookies struct {
	mu     sync.Mutex
	values []string // the first is in use
	asked  int
	err    error // the error when no cookie is left
}

func (c *cookies) Authorize(req *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if len(c.values) == 0 {
		return c.err
	}
	req.Header.Set("Cookie", "at-main="+c.values[0])
	req.Header.Set("X-Amzn-Sessionid", "session-of-"+c.values[0])
	req.Header.Set("User-Agent", "not its business")
	req.URL.Host = "elsewhere.test"
	return nil
}

func (c *cookies) Answered(resp *http.Response) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if resp.StatusCode != http.StatusUnauthorized {
		return false
	}
	if len(c.values) > 0 && resp.Request.Header.Get("Cookie") == "at-main="+c.values[0] {
		c.values = c.values[1:]
	}
	return len(c.values) > 0
}

// cookieService returns a client of a service that answers every call with a node if the cookie is right,
// and with 401 otherwise. sent returns the headers of all requests.
func cookieService(t *testing.T, right string, a acd.Authenticator, opts ...acd.Option) (client *acd.Client, sent func() []http.Header) {
	t.Helper()
	var mu sync.Mutex
	var headers []http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		headers = append(headers, r.Header.Clone())
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Cookie") != "at-main="+right {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"Message":"No Auth Method Provided, not ` + r.Header.Get("Cookie") + `"}`))
			return
		}
		_, _ = w.Write([]byte(`{"id":"n","kind":"FILE","status":"AVAILABLE","name":"f","version":1}`))
	}))
	t.Cleanup(srv.Close)
	client, err := acd.NewClient(t.Context(), nil, append([]acd.Option{acd.WithAuthenticator(a),
		acd.WithEndpoints(acd.Endpoints{MetadataURL: srv.URL + "/drive/v1/", ContentURL: srv.URL + "/cdproxy/"})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client, func() []http.Header { mu.Lock(); defer mu.Unlock(); return headers }
}

func TestAuthenticatorSignsRequests(t *testing.T) {
	a := &cookies{values: []string{"first-cookie"}}
	client, sent := cookieService(t, "first-cookie", a, acd.WithUserAgent("mine"))
	if _, err := client.Nodes.Get(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	h := sent()[0]
	if len(sent()) != 1 || h.Get("X-Amzn-Sessionid") != "session-of-first-cookie" || h.Get("User-Agent") != "mine" || h.Get("Authorization") != "" {
		t.Errorf("%d requests, the first with %v", len(sent()), h)
	}
}

func TestAuthenticatorIsAskedOnceMoreAfterA401(t *testing.T) {
	a := &cookies{values: []string{"first-cookie", "second-cookie"}}
	client, sent := cookieService(t, "second-cookie", a)
	if _, err := client.Nodes.Get(t.Context(), "n"); err != nil {
		t.Fatal(err)
	}
	if len(sent()) != 2 {
		t.Errorf("%d requests", len(sent()))
	}
}

func TestAuthenticatorWithoutCredentials(t *testing.T) {
	ended := errors.New("the session has ended")
	tests := []struct {
		name     string
		values   []string
		requests int
	}{
		{"none from the start", nil, 0},
		{"none after the rejected ones", []string{"old-cookie-value"}, 1},
		{"others that are rejected too", []string{"old-cookie-value", "other-cookie-value"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, sent := cookieService(t, "right", &cookies{values: tt.values, err: ended})
			_, err := client.Nodes.Get(t.Context(), "n")
			if !errors.Is(err, acd.ErrUnauthorized) || acd.IsRetryable(err) || len(sent()) != tt.requests {
				t.Errorf("%d requests, %v", len(sent()), err)
			}
			if tt.requests < 2 && !errors.Is(err, ended) {
				t.Errorf("the authenticator's own reason is lost: %v", err)
			}
			if strings.Contains(err.Error(), "cookie-value") {
				t.Errorf("a cookie in an error: %v", err)
			}
		})
	}
}

func TestAuthenticatorIsTheOnlyOne(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	ts := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"})
	a := acd.WithAuthenticator(&cookies{})
	if _, err := acd.NewClient(context.Background(), ts, a); err == nil || !strings.Contains(err.Error(), "token source") {
		t.Errorf("with a token source: %v", err)
	}
	if _, err := acd.NewClient(context.Background(), nil, a, acd.WithHTTPClient(&http.Client{Jar: jar})); err == nil || !strings.Contains(err.Error(), "cookie jar") {
		t.Errorf("with a cookie jar: %v", err)
	}
	if _, err := acd.NewClient(context.Background(), nil, acd.WithAuthenticator(nil)); err == nil {
		t.Error("a nil authenticator is taken")
	}
}

// The client does not call Authorize for a request that must not carry credentials, such as a redirect to
// another host.
func TestAuthenticatorIsNotAskedForOtherHosts(t *testing.T) {
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		_, _ = w.Write([]byte("content"))
	}))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/x", http.StatusFound)
	}))
	defer home.Close()
	a := &cookies{values: []string{"first-cookie"}}
	client, err := acd.NewClient(t.Context(), nil, acd.WithAuthenticator(a),
		acd.WithEndpoints(acd.Endpoints{MetadataURL: home.URL + "/drive/v1/", ContentURL: home.URL + "/cdproxy/"}))
	if err != nil {
		t.Fatal(err)
	}
	n := &acd.Node{ID: "n", Kind: acd.KindFile, ContentProperties: acd.ContentProperties{Size: 7, MD5: "9a0364b9e99bb480dd25e1f0284c8555"}}
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Read(make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	if a.asked != 1 || got.Get("Cookie") != "" || got.Get("X-Amzn-Sessionid") != "" {
		t.Errorf("asked %d times; the other host got %v", a.asked, got)
	}
}
