package acd_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestTempLinkURLs(t *testing.T) {
	content := pattern(1000)
	for name, tc := range map[string]struct {
		link string
		want bool
	}{
		"https":       {"https://s3.test/key?X-Amz-Signature=1", true},
		"plain http":  {"http://s3.test/key?X-Amz-Signature=1", false},
		"loopback":    {"http://127.0.0.1:9/key", true},
		"a file":      {"file:///etc/passwd", false},
		"no URL":      {"%zz", false},
		"relative":    {"/key", false},
		"javascript:": {"javascript:alert(1)", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := &contentHost{data: content, link: tc.link}
			client, n := h.client(t, acd.WithTempLinkThreshold(0))
			r, err := client.Content.Open(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if (err == nil) != tc.want || err == nil && string(got) != content || (len(h.seen) > 0) != tc.want {
				t.Errorf("%d bytes, %d requests, %v", len(got), len(h.seen), err)
			}
			for _, req := range h.seen {
				if req.Header.Get("Authorization") != "" || req.Header.Get("Accept-Encoding") != "identity" {
					t.Errorf("header %v", req.Header)
				}
			}
			if err != nil && strings.Contains(err.Error(), "Signature") {
				t.Errorf("the link is in %q", err)
			}
		})
	}
}

// If the content has changed since the node was read, the client does not use its new tempLink.
func TestTempLinkOfOtherContent(t *testing.T) {
	h := &contentHost{data: pattern(1000), link: "https://s3.test/key"}
	client, n := h.client(t, acd.WithTempLinkThreshold(0))
	h.overwrite(strings.Repeat("x", 1000))
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, acd.ErrChanged) || len(h.seen) != 0 {
		t.Errorf("%v after %d requests", err, len(h.seen))
	}
}

// If a tempLink returns something other than the content, the client requests a new tempLink.
func TestTempLinkOfNoUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(1000), link: "https://s3.test/old"}
		h.answer = func(req *http.Request, _ int) *http.Response {
			if req.URL.Path != "/old" {
				return nil
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			h.link = "https://s3.test/new"
			return respond(req, 200, nil, "<html>link expired</html>", 25)
		}
		client, n := h.client(t, acd.WithTempLinkThreshold(0))
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || string(got) != h.data {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// After a redirect, the next host does not get the tempLink. By default net/http would send it as
// Referer.
func TestTempLinkIsNotTold(t *testing.T) {
	h := &contentHost{data: pattern(1000), link: "https://s3.test/secret?X-Amz-Signature=sesame"}
	h.answer = func(req *http.Request, nth int) *http.Response {
		if nth == 1 {
			return respond(req, 307, http.Header{"Location": {"https://elsewhere.test/x"}}, "", 0)
		}
		return nil
	}
	client, n := h.client(t, acd.WithTempLinkThreshold(0))
	r, err := client.Content.Open(t.Context(), n, acd.WithRange(10, 20))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != pattern(1000)[10:30] {
		t.Errorf("%q, %v", got, err)
	}
	if hop := h.seen[1]; hop.Header.Get("Referer") != "" || hop.Header.Get("Authorization") != "" || hop.Header.Get("Range") != "bytes=10-29" {
		t.Errorf("the second hop got %v", hop.Header)
	}
}

// A request for a tempLink carries no credentials. An expired tempLink is replaced. An XML page is never
// taken for content.
func TestTempLinks(t *testing.T) {
	content := pattern(200_000)
	for name, tc := range map[string]struct {
		faults []mocks.Fault
		opts   []mocks.Option
		links  int
		want   error
	}{
		"straight":                 {nil, nil, 1, nil},
		"reset in mid-body":        {[]mocks.Fault{{At: mocks.InAnswer, Reset: true, Times: 1}}, nil, 1, nil},
		"runs out at once":         {[]mocks.Fault{{Status: 403, Body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", Times: 1}}, nil, 2, nil},
		"runs out in mid-transfer": {[]mocks.Fault{{At: mocks.InAnswer, Reset: true, Times: 1}, {Nth: 2, Status: 403, Body: "<Error/>"}}, nil, 2, nil},
		"never works":              {[]mocks.Fault{{Status: 403, Body: "<Error><Code>AccessDenied</Code></Error>"}}, nil, 3, acd.ErrForbidden},
		"on S3":                    {nil, []mocks.Option{mocks.WithRedirectFrom(1)}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(tc.opts...)
				id, err := drive.WriteFile("f", []byte(content))
				if err != nil {
					t.Fatal(err)
				}
				client := newClient(t, drive, acd.WithTempLinkThreshold(1000))
				n, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range tc.faults {
					f.Op = "Content.TempLink"
					drive.Inject(f)
				}
				r, err := client.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if !errors.Is(err, tc.want) || err == nil && string(got) != content {
					t.Errorf("%d bytes, error %v, want %v", len(got), err, tc.want)
				}
				links := 0
				for _, q := range drive.Journal() {
					if q.Op == "Nodes.Get" && q.Query.Get("tempLink") == "true" {
						links++
					}
					if q.Op == "Content.TempLink" && q.Token != mocks.NoToken {
						t.Error("a tempLink got a token")
					}
				}
				if links != tc.links {
					t.Errorf("asked for %d links, want %d", links, tc.links)
				}
				mocks.AssertNoLeaks(t, drive)
			})
		})
	}
}

// All parts that are downloaded at the same time use the same tempLink, and later the same new one.
func TestPartsShareATempLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(1 << 20)
		drive := mocks.NewDrive(mocks.WithTempLinkLifetime(time.Minute))
		id, err := drive.WriteFile("f", []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, drive, acd.WithTempLinkThreshold(1))
		n, err := client.Nodes.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var w slowly
		err = client.Content.Download(t.Context(), n, &w, acd.WithPartSize(64<<10), acd.WithConcurrency(4))
		if err != nil || string(w.data) != content {
			t.Errorf("%d bytes, %v", len(w.data), err)
		}
		links := 0
		for _, q := range drive.Journal() {
			if q.Query.Get("tempLink") == "true" {
				links++
			}
		}
		if links < 2 || links > 6 {
			t.Errorf("%d links for a transfer of 16 parts and some three minutes", links)
		}
	})
}

// slowly waits before every write, so that tempLinks expire during the download.
type slowly struct{ buffer }

func (s *slowly) WriteAt(p []byte, off int64) (int, error) {
	time.Sleep(10 * time.Second)
	return s.buffer.WriteAt(p, off)
}
