package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// The token goes only to the account's own hosts, whatever led the request to its URL.
func TestCredentialsStayHome(t *testing.T) {
	bases := []string{"https://meta.test/drive/v1/", "https://content.test/cdproxy/", "http://127.0.0.1:8800/drive/v1/"}
	for _, tc := range []struct {
		url     string
		noToken bool
		want    bool
	}{
		{"https://meta.test/drive/v1/nodes", false, true},
		{"https://META.test:443/drive/v1/nodes?x=1", false, true},
		{"https://content.test/cdproxy/nodes/a/content", false, true},
		{"http://127.0.0.1:8800/drive/v1/nodes", false, true},
		{"https://content.test/cdproxy/nodes/a/content", true, false},
		{"https://content.test/cdproxy/templink/abc", false, false},
		{"https://content.test/cdproxy/TempLink/abc", false, false},
		{"https://content.test/cdproxy/x?X-Amz-Algorithm=AWS4", false, false},
		{"https://content.test/cdproxy/x?x-amz-signature=1", false, false},
		{"https://content.test/s3/key", false, false},
		{"https://content.test/cdproxy/../s3/key", false, false},
		{"https://content.test.evil.test/cdproxy/nodes", false, false},
		{"https://evil.test/cdproxy/nodes", false, false},
		{"https://content.test:8443/cdproxy/nodes", false, false},
		{"http://content.test/cdproxy/nodes", false, false},
		{"https://user@content.test/cdproxy/nodes", false, false},
		{"http://127.0.0.1:8801/drive/v1/nodes", false, false},
	} {
		call := &Call{Op: Op{NoToken: tc.noToken}}
		for _, b := range bases {
			u, err := url.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			call.Hosts = append(call.Hosts, u)
		}
		var sent http.Header
		auth := &Auth{Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "sesame"}), Next: roundTripper(func(req *http.Request) (*http.Response, error) {
			sent = req.Header
			return answer(req, 200, ""), nil
		})}
		req, err := http.NewRequestWithContext(WithCall(t.Context(), call), "GET", tc.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", "session=1")
		if _, err := auth.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if got := sent.Get("Authorization") != ""; got != tc.want {
			t.Errorf("%s (no token: %v): token sent %v, want %v", tc.url, tc.noToken, got, tc.want)
		}
		if got := sent.Get("Cookie") != ""; got != tc.want {
			t.Errorf("%s (no token: %v): cookie sent %v, want %v", tc.url, tc.noToken, got, tc.want)
		}
		if req.Header.Get("Authorization") != "" || req.Header.Get("Cookie") == "" {
			t.Error("the caller's request was changed")
		}
	}
}

type slowSource struct{}

func (slowSource) Token() (*oauth2.Token, error) {
	time.Sleep(time.Hour)
	return nil, errors.New("too late")
}

func TestContextEndsTheWaitForAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := (&Auth{Source: slowSource{}}).token(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		time.Sleep(time.Hour) // until the source's goroutine ends
	})
}

func TestTokenSourceErrorIsFinal(t *testing.T) {
	revoked := errors.New("revoked")
	call := &Call{Op: Op{Replay: true}}
	_, err := chain(&script{}, failingSource{revoked}, 5).Do(request(t, call, "GET"), nil)
	if _, ok := errors.AsType[*CredentialsError](err); !ok || !errors.Is(err, revoked) || call.Attempts != 1 {
		t.Errorf("error %v after %d attempts", err, call.Attempts)
	}
}

type failingSource struct{ err error }

func (s failingSource) Token() (*oauth2.Token, error) { return nil, s.err }

// noTokens returns the tokens in first. After that, it returns neither a token nor an error.
type noTokens struct{ first []*oauth2.Token }

func (s *noTokens) Token() (*oauth2.Token, error) {
	if len(s.first) == 0 {
		return nil, nil
	}
	t := s.first[0]
	s.first = s.first[1:]
	return t, nil
}

type noContextTokens struct{ noTokens }

func (s *noContextTokens) TokenContext(context.Context) (*oauth2.Token, error) { return s.Token() }

func TestNoTokenAndNoErrorIsAnError(t *testing.T) {
	one := []*oauth2.Token{{AccessToken: "old"}}
	for name, src := range map[string]oauth2.TokenSource{
		"at first": &noTokens{}, "with a context": &noContextTokens{},
	} {
		call := &Call{Op: Op{Replay: true}}
		_, err := chain(&script{answers: []any{200}}, src, 5).Do(request(t, call, "GET"), nil)
		if _, ok := errors.AsType[*CredentialsError](err); !ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
	call := &Call{Op: Op{Replay: true}}
	_, err := chain(&script{answers: []any{401, 200}}, &noTokens{one}, 5).Do(request(t, call, "GET"), nil)
	if err != nil || call.Verdict != Expired || !errors.Is(call.RenewErr, errNoToken) {
		t.Errorf("in place of a rejected one: error %v, verdict %v, renewal %v", err, call.Verdict, call.RenewErr)
	}
}
