package oauth_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// person is somebody in front of a browser, who signs in to a mock.
type person struct {
	t        *testing.T
	server   *mocks.AuthServer
	cfg      oauth.Config
	store    oauth.Store
	out      syncBuffer
	begin    string // the address with which the browser is opened
	callback *url.URL
	cancel   context.CancelCauseFunc
}

// signIn runs a sign-in in which act plays the person. An error of the person fails the test.
// signIn also checks that the port is free afterwards.
func signIn(t *testing.T, act func(p *person), opts ...mocks.AuthOption) (*oauth2.Token, *person, error) {
	t.Helper()
	p := &person{t: t, store: oauth.NewMemoryStore(nil)}
	opts = append([]mocks.AuthOption{mocks.WithAuthRedirects("http://127.0.0.1:0/cb"), mocks.WithAuthApproval()}, opts...)
	p.server = mocks.NewAuthServer(opts...)
	return p.login(act)
}

func (p *person) login(act func(p *person)) (*oauth2.Token, *person, error) {
	p.t.Helper()
	server := httptest.NewServer(p.server)
	defer server.Close()
	p.cfg = oauth.Config{
		ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret,
		AuthURL: server.URL + mocks.AuthPath, TokenURL: server.URL + mocks.TokenPath,
		RedirectURL: "http://127.0.0.1:0/cb",
	}
	ctx, cancel := context.WithCancelCause(p.t.Context())
	defer cancel(nil)
	p.cancel = cancel
	acted := make(chan struct{})
	tok, err := oauth.Login(ctx, p.cfg, oauth.LoginOptions{
		Store: p.store, Output: &p.out, AppName: "the test",
		OpenBrowser: func(begin string) error {
			defer close(acted)
			p.begin = begin
			u, err := url.Parse(begin)
			if err != nil {
				p.t.Error(err)
				return err
			}
			p.callback = &url.URL{Scheme: "http", Host: u.Host, Path: "/cb"}
			act(p)
			return nil
		},
	})
	<-acted
	ln, listenErr := net.Listen("tcp4", p.callback.Host)
	if listenErr != nil {
		p.t.Errorf("the port is not free: %v", listenErr)
	} else {
		ln.Close()
	}
	return tok, p, err
}

// visit loads a page. It follows redirects only if follow is set.
func (p *person) visit(address string, follow bool) *http.Response {
	p.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if !follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	resp, err := client.Get(address)
	if err != nil {
		p.t.Error(err)
		return &http.Response{Header: http.Header{}}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Error(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.Request.URL.Host == p.callback.Host && resp.StatusCode != http.StatusSeeOther {
		checkPage(p.t, resp, string(body))
	}
	return resp
}

// answer makes the browser come back with a query that the test chooses.
func (p *person) answer(query string) *http.Response {
	p.t.Helper()
	return p.visit(p.callback.String()+"?"+query, false)
}

var linkPattern = regexp.MustCompile(`(?m)^https?://\S+$`)

// link returns the link that was printed.
func (p *person) link() string { return linkPattern.FindString(p.out.String()) }

func (p *person) state() string {
	u, err := url.Parse(p.link())
	if err != nil || u.Query().Get("state") == "" {
		p.t.Errorf("no link with a state in %q", p.out.String())
		return ""
	}
	return u.Query().Get("state")
}

// finish signs in successfully.
func (p *person) finish() {
	p.t.Helper()
	if resp := p.visit(p.link(), true); resp.StatusCode != http.StatusOK {
		p.t.Errorf("the sign-in ends on status %d", resp.StatusCode)
	}
}

// checkPage checks the rules that every page must keep.
func checkPage(t *testing.T, resp *http.Response, body string) {
	t.Helper()
	for header, want := range map[string]string{
		"Cache-Control":   "no-store",
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html",
	} {
		if !strings.Contains(resp.Header.Get(header), want) {
			t.Errorf("%s is %q, want %q", header, resp.Header.Get(header), want)
		}
	}
	for _, rule := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, rule) || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy %q lacks %q, or is unsafe", policy, rule)
		}
	}
	for _, s := range []string{"http:", "https:", "//", "src=", "<script", "@import", "url(", "Atza", "Atzr"} {
		if strings.Contains(strings.TrimPrefix(body, "<!DOCTYPE html>"), s) {
			t.Errorf("the page holds %q: %s", s, body)
		}
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
