package acd_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jarcoal/httpmock"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

var testEndpoints = acd.Endpoints{MetadataURL: "https://meta.test/drive/v1/", ContentURL: "https://content.test/cdproxy/"}

const testToken = "Atza|sesame"

// scripted returns a client whose HTTP transport is a mock. Only the requests that the test registered
// get a response.
func scripted(t testing.TB, opts ...acd.Option) (*acd.Client, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	return newClientWith(t, mock, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		append([]acd.Option{acd.WithEndpoints(testEndpoints)}, opts...)...), mock
}

const someID = "s3UjpTtKTuKEY1E3VawOzQ"

// docs/pains.md, B7 (the token was withheld only from URLs that looked like S3's): a redirect to any URL
// outside the account's base URLs carries no credentials.
func TestRedirectedHostSeesNoCredential(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	meta, _ := url.Parse(testEndpoints.MetadataURL)
	jar.SetCookies(meta, []*http.Cookie{{Name: "session-id", Value: "secret-cookie"}})
	mock := httpmock.NewMockTransport()
	client, err := acd.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		acd.WithEndpoints(testEndpoints), acd.WithHTTPClient(&http.Client{Transport: mock, Jar: jar}), acd.WithInsecureHTTP())
	if err != nil {
		t.Fatal(err)
	}
	redirect := func(to string) httpmock.Responder {
		return func(req *http.Request) (*http.Response, error) {
			if req.Header.Get("Authorization") == "" || req.Header.Get("Cookie") == "" {
				t.Errorf("%s got no credentials", req.URL)
			}
			resp := httpmock.NewStringResponse(307, "")
			resp.Header.Set("Location", to)
			return resp, nil
		}
	}
	hops := 0
	noCredentials := func(req *http.Request) (*http.Response, error) {
		hops++
		for _, h := range []string{"Authorization", "Cookie", "X-Amz-Access-Token", "Referer"} {
			if v := req.Header.Get(h); v != "" {
				t.Errorf("%s got %s %q", req.URL.Host, h, v)
			}
		}
		return httpmock.NewStringResponse(200, `{"id":"`+someID+`"}`), nil
	}
	for _, to := range []string{"https://evil.test/x", "https://meta.test/drive/v1/x?X-Amz-Signature=abc", "https://meta.test/elsewhere", "http://meta.test/drive/v1/nodes/x", "https://meta.test/drive/v1/templink/x"} {
		mock.Reset()
		mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, redirect(to))
		mock.RegisterNoResponder(noCredentials)
		if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
	if hops != 5 {
		t.Errorf("%d redirects were followed, want 5", hops)
	}
}

func TestRedirectsDoNotLeaveHTTPS(t *testing.T) {
	client, mock := scripted(t)
	mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(307, "")
		resp.Header.Set("Location", "http://meta.test/drive/v1/nodes/"+someID)
		return resp, nil
	})
	if _, err := client.Nodes.Get(t.Context(), someID); err == nil || mock.GetTotalCallCount() != 1 {
		t.Errorf("error %v after %d requests", err, mock.GetTotalCallCount())
	}
}

// If a write is redirected, the client does not send it to the new location.
func TestWritesAreNotRedirected(t *testing.T) {
	client, mock := scripted(t)
	mock.RegisterResponder("PUT", "https://meta.test/drive/v1/trash/"+someID, func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(307, "")
		resp.Header.Set("Location", "https://evil.test/")
		return resp, nil
	})
	if _, err := client.Nodes.Trash(t.Context(), someID); err == nil || mock.GetTotalCallCount() != 1 {
		t.Errorf("error %v after %d requests", err, mock.GetTotalCallCount())
	}
}

func TestSecretsAreInNoOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		client, mock := scripted(t, acd.WithLogger(log))
		echo := `<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message><ArgumentValue>Bearer ` + testToken + `</ArgumentValue></Error>`
		mock.RegisterResponder("GET", "=~.*/nodes/.*", httpmock.NewStringResponder(400, echo))
		mock.RegisterNoResponder(httpmock.NewErrorResponder(&url.Error{Op: "Get", URL: "https://s3.test/?X-Amz-Signature=" + testToken, Err: errors.New("reset")}))
		_, first := client.Nodes.Get(t.Context(), someID)
		var second error
		for _, second = range client.Nodes.List(t.Context(), acd.ListOptions{}) {
		}
		for _, text := range []string{out.String(), fmt.Sprintf("%v %+v %#v", first, first, first), fmt.Sprintf("%v %+v %#v", second, second, second)} {
			if text == "" || strings.Contains(text, "sesame") {
				t.Errorf("a secret is in %q", text)
			}
		}
		if n := strings.Count(out.String(), `"op":"Nodes.List"`); n != 10 {
			t.Errorf("%d lines for 10 attempts", n)
		}
	})
}

func TestOneRefreshForAHundredCallers(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	if _, err := client.Nodes.Root(t.Context()); err != nil {
		t.Fatal(err)
	}
	drive.ExpireTokens()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := client.Nodes.Get(t.Context(), drive.RootID()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := drive.Counters().ByOp["Nodes.Get"]; n > 200 {
		t.Errorf("%d requests for 100 calls", n)
	}
}

func TestNewClientChecksItsOptions(t *testing.T) {
	for name, opt := range map[string]acd.Option{
		"plain http":           acd.WithDiscoveryURL("http://drive.example/drive/v1/account/endpoint"),
		"no URL":               acd.WithDiscoveryURL("drive"),
		"other scheme":         acd.WithDiscoveryURL("ftp://drive.example/"),
		"user in URL":          acd.WithDiscoveryURL("https://user:secret@drive.example/"),
		"plain http endpoint":  acd.WithEndpoints(acd.Endpoints{MetadataURL: "http://drive.example/", ContentURL: "https://drive.example/"}),
		"missing endpoint":     acd.WithEndpoints(acd.Endpoints{MetadataURL: "https://drive.example/"}),
		"nil client":           acd.WithHTTPClient(nil),
		"nil limiter":          acd.WithLimiter(nil),
		"negative size":        acd.WithMaxUploadSize(-1),
		"negative threshold":   acd.WithTempLinkThreshold(-1),
		"negative wait":        acd.WithUploadWaitPerGiB(-1),
		"no stall time":        acd.WithStallTimeout(0),
		"negative retry field": acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: -1}),
	} {
		if _, err := acd.NewClient(t.Context(), nil, opt); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, opts := range map[string][]acd.Option{
		"loopback":   {acd.WithDiscoveryURL("http://127.0.0.1:8800/drive/v1/account/endpoint")},
		"localhost":  {acd.WithDiscoveryURL("http://localhost:8800/drive/v1/account/endpoint")},
		"insecure":   {acd.WithInsecureHTTP(), acd.WithDiscoveryURL("http://drive.example/drive/v1/account/endpoint")},
		"nil logger": {acd.WithLogger(nil)},
	} {
		if _, err := acd.NewClient(t.Context(), nil, opts...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
