package mocks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// bareGet requests a link without a token, as it must be requested.
func (r *rig) bareGet(link, rng string) result {
	r.t.Helper()
	token := r.token
	r.token = ""
	req := r.request("GET", link, nil)
	r.token = token
	if rng != "" {
		req.Header.Set("Range", rng)
	}
	return r.send(req)
}

func TestTempLinks(t *testing.T) {
	for name, from := range map[string]int64{"small": 1 << 30, "signed": 5} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, mocks.WithRedirectFrom(from), mocks.WithTempLinkLifetime(time.Minute))
				id := r.mustUpload("f.txt", r.drive.RootID(), "0123456789")
				link := r.want(200, "GET", "nodes/"+id+"?tempLink=true", "")["tempLink"].(string)
				if signed := strings.Contains(link, "X-Amz-Algorithm"); signed != (name == "signed") {
					t.Errorf("link %s", link)
				}
				if res := r.bareGet(link, ""); res.status != 200 || res.body != "0123456789" {
					t.Errorf("%d %s", res.status, res.body)
				}
				if res := r.bareGet(link, "bytes=7-"); res.status != 206 || res.body != "789" {
					t.Errorf("range: %d %s", res.status, res.body)
				}
				if res := r.bareGet(link, "bytes=10-"); res.status != 416 || !strings.Contains(res.body, "<Code>InvalidRange</Code>") {
					t.Errorf("behind the end: %d %s", res.status, res.body)
				}
				mocks.AssertNoLeaks(t, r.drive)
				if res := r.do("GET", link, ""); res.status != 400 || !strings.Contains(res.body, "Only one auth mechanism allowed") {
					t.Errorf("with a token: %d %s", res.status, res.body)
				}
				broken := link[:len(link)-1] + map[bool]string{true: "0", false: "1"}[link[len(link)-1] != '0']
				if res := r.bareGet(broken, ""); res.status < 400 || !strings.Contains(res.body, "<Error>") {
					t.Errorf("a link of another make: %d %s", res.status, res.body)
				}
				time.Sleep(time.Minute)
				if res := r.bareGet(link, ""); res.status != 403 || !strings.Contains(res.body, "Request has expired") {
					t.Errorf("expired: %d %s", res.status, res.body)
				}
			})
		})
	}
}

// TestRedirect follows the redirect of a large download first as http.Client does, and then with a
// token, which must not be sent there.
func TestRedirect(t *testing.T) {
	r := newRig(t, mocks.WithRedirectFrom(5), mocks.WithHosts(mocks.Hosts{Metadata: "meta.test", Content: "content.test", Storage: "s3.test"}))
	r.base = "https://meta.test"
	id, err := r.drive.WriteFile("f", []byte("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	r.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res := r.do("GET", "https://content.test/cdproxy/nodes/"+id+"/content", "")
	location := res.header.Get("Location")
	if res.status != http.StatusTemporaryRedirect || !strings.HasPrefix(location, "https://s3.test/s3/") {
		t.Fatalf("%d %s", res.status, location)
	}
	if res := r.bareGet(location, "bytes=1-2"); res.body != "12" {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := r.do("GET", "/cdproxy/nodes/"+id+"/content", ""); res.status != 404 {
		t.Errorf("content on the metadata host: %d", res.status)
	}
	if res := r.do("GET", "https://content.test/drive/v1/nodes", ""); res.status != 404 {
		t.Errorf("metadata on the content host: %d", res.status)
	}
	mocks.AssertNoLeaks(t, r.drive)
	r.do("GET", location, "")
	rec := &recorder{}
	mocks.AssertNoLeaks(rec, r.drive)
	if len(rec.lines) != 1 || !strings.Contains(rec.lines[0], "s3.test") || strings.Contains(rec.lines[0], "tok") {
		t.Errorf("leaks: %q", rec.lines)
	}
}

type recorder struct{ lines []string }

func (r *recorder) Helper() {}

func (r *recorder) Errorf(_ string, args ...any) { r.lines = append(r.lines, args[0].(string)) }

func TestLeakToForeignHost(t *testing.T) {
	r := newRig(t)
	r.want(200, "GET", "account/endpoint", "")
	r.drive.Inject(mocks.Fault{Op: "Nodes.Get", Nth: 1, Status: 302, Header: http.Header{"Location": {"https://evil.test/x"}}})
	r.meta("GET", "nodes/"+r.drive.RootID(), "") // http.Client removes the Authorization header when the host changes
	mocks.AssertNoLeaks(t, r.drive)
	r.do("GET", "https://evil.test/x", "")
	r.do("GET", "/drive/v1/nodes?access_token=tok", "")
	rec := &recorder{}
	mocks.AssertNoLeaks(rec, r.drive)
	if len(rec.lines) != 2 {
		t.Errorf("leaks: %q", rec.lines)
	}
}

func TestContentRedirection(t *testing.T) {
	r := newRig(t)
	id := r.mustUpload("harbour ü.jpg", r.drive.RootID(), "x")
	r.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res := r.meta("GET", "nodes/"+id+"/contentRedirection?querySuffix="+url.QueryEscape("?download=true"), "")
	res = r.bareGet(res.header.Get("Location"), "")
	if res.body != "x" || !strings.HasPrefix(res.header.Get("Content-Disposition"), "attachment; filename*=UTF-8''harbour") {
		t.Errorf("%d %v", res.status, res.header)
	}
}

func TestRanges(t *testing.T) {
	r := newRig(t)
	id := r.mustUpload("f", r.drive.RootID(), "0123456789")
	for rng, want := range map[string]string{
		"bytes=0-0": "0", "bytes=3-": "3456789", "bytes=8-100": "89", "bytes=-3": "789", "bytes=-100": "0123456789",
		"bytes=": "all", "bytes=x-": "all", "bytes=5-3": "all", "lines=1-2": "all", "bytes=1-2,4-5": "all", "bytes=10-": "none", "bytes=-0": "none",
	} {
		req := r.request("GET", "/cdproxy/nodes/"+id+"/content", nil)
		req.Header.Set("Range", rng)
		res := r.send(req)
		status, body := 206, want
		switch want {
		case "all":
			status, body = 200, "0123456789"
		case "none":
			status, body = 416, res.body
		}
		if res.status != status || res.body != body {
			t.Errorf("%s: %d %q", rng, res.status, res.body)
		}
	}
}
