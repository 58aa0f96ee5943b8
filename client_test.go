package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

var testEndpoints = acd.Endpoints{MetadataURL: "https://meta.test/drive/v1/", ContentURL: "https://content.test/cdproxy/"}

const testToken = "Atza|sesame"

// scripted is a client whose every exchange is one that the test registered.
func scripted(t testing.TB, opts ...acd.Option) (*acd.Client, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	return newClientWith(t, mock, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}),
		append([]acd.Option{acd.WithEndpoints(testEndpoints)}, opts...)...), mock
}

const someID = "s3UjpTtKTuKEY1E3VawOzQ"

func TestOneExchange(t *testing.T) {
	client, mock := scripted(t, acd.WithUserAgent("backup/1.0"))
	mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, func(req *http.Request) (*http.Response, error) {
		if diff := cmp.Diff(http.Header{"Authorization": {"Bearer " + testToken}, "User-Agent": {"backup/1.0"}}, req.Header); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
		return httpmock.NewStringResponse(200, `{"id":"`+someID+`","name":"a\uff0fb","kind":"FILE","status":"Available","unknown":{"x":1}}`), nil
	})
	n, err := client.Nodes.Get(t.Context(), someID)
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "a/b" || n.RawName != "a\uff0fb" || n.Status != acd.StatusAvailable || n.Kind != acd.KindFile {
		t.Errorf("node %+v", n)
	}
}

func TestErrorsAreSorted(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   []error
		code   string
	}{
		"unknown id":       {404, `{"logref":"l","message":"m","code":"NODE_NOT_FOUND"}`, []error{acd.ErrNotFound, fs.ErrNotExist}, "NODE_NOT_FOUND"},
		"unknown route":    {404, `<UnknownOperationException/>`, []error{acd.ErrNotFound}, "UnknownOperationException"},
		"no permission":    {403, `{"message":"Insufficient permissions granted for operation: purgeNode"}`, []error{acd.ErrForbidden, fs.ErrPermission}, ""},
		"full":             {403, `{"code":"NO_ACTIVE_SUBSCRIPTION_FOUND","message":"File size exceeds account allowance."}`, []error{acd.ErrQuotaExceeded}, "NO_ACTIVE_SUBSCRIPTION_FOUND"},
		"conflict":         {409, `{"code":"NAME_ALREADY_EXISTS","info":{"nodeId":"mCO-sea6SteN5FMhrZFaNg"}}`, []error{acd.ErrExists, fs.ErrExist}, "NAME_ALREADY_EXISTS"},
		"bad request":      {400, `{"message":"Invalid filter: x"}`, []error{acd.ErrInvalid}, ""},
		"precondition":     {412, ``, []error{acd.ErrChanged}, ""},
		"rate":             {429, `{}`, []error{acd.ErrRateLimited}, ""},
		"outage":           {503, `<html>oops</html>`, []error{acd.ErrUnavailable}, ""},
		"timeout":          {504, ``, []error{acd.ErrUnavailable}, ""},
		"token":            {401, `{"message":"Token has expired"}`, []error{acd.ErrUnauthorized, fs.ErrPermission}, ""},
		"token in a 400":   {400, `{"message":"com.amazon...: HTTP status code=[401] Token has expired"}`, []error{acd.ErrUnauthorized}, ""},
		"stray redirect":   {304, ``, []error{acd.ErrUnavailable}, ""},
		"storage (upload)": {507, `{"errorCode":"InsufficientStorage"}`, []error{acd.ErrQuotaExceeded}, "InsufficientStorage"},
	} {
		t.Run(name, func(t *testing.T) {
			client, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
			mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, func(*http.Request) (*http.Response, error) {
				resp := httpmock.NewStringResponse(tc.status, tc.body)
				resp.Header.Set("x-amzn-RequestId", "req-1")
				return resp, nil
			})
			_, err := client.Nodes.Get(t.Context(), someID)
			for _, want := range tc.want {
				if !errors.Is(err, want) {
					t.Errorf("error %v is no %v", err, want)
				}
			}
			var e *acd.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T is no *Error", err)
			}
			if e.Op != "Nodes.Get" || e.Target != someID || e.StatusCode != tc.status || e.Code != tc.code || e.RequestID != "req-1" || e.Attempts != 1 {
				t.Errorf("%#v", e)
			}
			if text := err.Error(); !strings.Contains(text, someID) || !strings.Contains(text, "Nodes.Get") || strings.Contains(text, "sesame") {
				t.Errorf("text %q", text)
			}
		})
	}
}

func TestIsRetryable(t *testing.T) {
	for err, want := range map[error]bool{
		acd.ErrUnavailable: true, acd.ErrRateLimited: true, acd.ErrIncomplete: true, acd.ErrNotFound: false, acd.ErrOutcomeUnknown: false,
		fmt.Errorf("%w: %w", acd.ErrNotReplayable, acd.ErrUnavailable): false, errors.Join(context.Canceled, acd.ErrUnavailable): false,
	} {
		if got := acd.IsRetryable(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestExhaustionTellsTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		mock.RegisterResponder("GET", "=~.*", httpmock.NewStringResponder(429, `{"message":"Rate exceeded"}`))
		_, err := client.Nodes.Get(t.Context(), someID)
		var e *acd.Error
		if !errors.Is(err, acd.ErrRateLimited) || !errors.As(err, &e) || e.Attempts != 10 || e.Message != "Rate exceeded" {
			t.Errorf("error %v", err)
		}
	})
}

func TestCancelledWaitHoldsBothCauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		mock.RegisterResponder("GET", "=~.*", httpmock.NewStringResponder(503, ``))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := client.Nodes.Get(ctx, someID)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, acd.ErrUnavailable) {
			t.Errorf("error %v, want the deadline and the service's failure", err)
		}
	})
}

// Peers' bug 7: the token was kept only from URLs that looked like S3's.
func TestPains04RedirectedHostSeesNoCredential(t *testing.T) {
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
		return httpmock.NewStringResponse(200, `{"id":"x"}`), nil
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

// A write that is redirected is not repeated elsewhere.
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

func TestPains15SecretsAreInNoOutput(t *testing.T) {
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

func TestPains18DiscoveryComesFirstAndOnce(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := client.Nodes.Get(t.Context(), drive.RootID()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := drive.Counters().ByOp["Account.Endpoints"]; n != 1 {
		t.Errorf("%d discoveries for 50 callers", n)
	}
}

func TestPains12OneRefreshForAHundredCallers(t *testing.T) {
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

func TestIDsCannotLeaveTheirPlaceInThePath(t *testing.T) {
	client, mock := scripted(t)
	var paths []string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		paths = append(paths, req.URL.EscapedPath())
		return httpmock.NewStringResponse(404, ""), nil
	})
	for _, id := range []string{"", ".", ".."} {
		if _, err := client.Nodes.Get(t.Context(), id); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("id %q: error %v, want invalid", id, err)
		}
	}
	for _, id := range []string{"../account", "a/b", "a?b=c", "a#b", "%2e%2e", "a b"} {
		client.Nodes.Get(t.Context(), id)
	}
	want := []string{"/drive/v1/nodes/..%2Faccount", "/drive/v1/nodes/a%2Fb", "/drive/v1/nodes/a%3Fb=c", "/drive/v1/nodes/a%23b", "/drive/v1/nodes/%252e%252e", "/drive/v1/nodes/a%20b"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestOperationTravelsInTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		var got []acd.Operation
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			op, _ := acd.OperationFromContext(req.Context())
			got = append(got, op)
			return httpmock.NewStringResponse([]int{503, 200}[len(got)-1], `{"id":"x"}`), nil
		})
		if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
			t.Fatal(err)
		}
		op := acd.Operation{Name: "Nodes.Get", Method: "GET", Path: "nodes/{id}", Attempt: 1}
		again := op
		again.Attempt = 2
		if diff := cmp.Diff([]acd.Operation{op, again}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	if _, ok := acd.OperationFromContext(t.Context()); ok {
		t.Error("an operation without a call")
	}
}
