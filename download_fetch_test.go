package acd_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// contentHost is a service with one file. The test decides how it answers downloads.
type contentHost struct {
	mu      sync.Mutex
	data    string
	version int
	link    string
	answer  func(req *http.Request, nth int) *http.Response // nil, or a nil response: the normal response
	seen    []*http.Request                                 // the requests for downloads
}

func (h *contentHost) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.URL.Host == "meta.test" {
		h.mu.Lock()
		defer h.mu.Unlock()
		link := ""
		if req.URL.Query().Get("tempLink") == "true" {
			link = fmt.Sprintf(`"tempLink":%q,`, h.link)
		}
		body := fmt.Sprintf(`{"id":%q,"name":"f","kind":"FILE","status":"AVAILABLE",%s"contentProperties":{"version":%d,"size":%d,"md5":%q,"contentType":"application/octet-stream"}}`,
			someID, link, h.version, len(h.data), sum(h.data))
		return respond(req, 200, http.Header{"Content-Type": {"application/json"}}, body, int64(len(body))), nil
	}
	h.mu.Lock()
	h.seen = append(h.seen, req)
	nth := len(h.seen)
	h.mu.Unlock()
	if h.answer != nil {
		if resp := h.answer(req, nth); resp != nil {
			return resp, nil
		}
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return h.serve(req), nil
}

// serve returns the response of a service that works normally.
func (h *contentHost) serve(req *http.Request) *http.Response {
	h.mu.Lock()
	defer h.mu.Unlock()
	from, to, ranged := asked(req)
	if !ranged {
		return respond(req, 200, nil, h.data, int64(len(h.data)))
	}
	if from >= len(h.data) {
		return respond(req, 416, nil, "", 0)
	}
	to = min(to, len(h.data))
	return respond(req, 206, http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(h.data))}}, h.data[from:to], int64(to-from))
}

func asked(req *http.Request) (from, to int, ok bool) {
	_, err := fmt.Sscanf(req.Header.Get("Range"), "bytes=%d-%d", &from, &to)
	return from, to + 1, err == nil
}

func respond(req *http.Request, status int, header http.Header, body string, length int64) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: length, Request: req}
}

func (h *contentHost) client(t testing.TB, opts ...acd.Option) (*acd.Client, *acd.Node) {
	t.Helper()
	h.version = max(h.version, 1)
	client := newClientWith(t, h, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}), append([]acd.Option{acd.WithEndpoints(testEndpoints)}, opts...)...)
	n, err := client.Nodes.Get(t.Context(), someID)
	if err != nil {
		t.Fatal(err)
	}
	return client, n
}

func (h *contentHost) overwrite(data string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.data, h.version = data, h.version+1
}

// A response that is not the content, such as an error page, is not passed to the caller. The test does
// not verify the MD5, so that only the check of the response can find the fault.
func TestAnswersThatAreNotTheContent(t *testing.T) {
	content := pattern(1000)
	const xml = `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`
	part := func(contentRange, body string, length int64) func(*http.Request) *http.Response {
		return func(req *http.Request) *http.Response {
			return respond(req, 206, http.Header{"Content-Range": {contentRange}}, body, length)
		}
	}
	for name, answer := range map[string]func(*http.Request) *http.Response{
		"a page that tells its length": func(req *http.Request) *http.Response {
			return respond(req, 200, http.Header{"Content-Type": {"application/xml"}}, xml, int64(len(xml)))
		},
		"a page that does not": func(req *http.Request) *http.Response {
			return respond(req, 200, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, strings.Repeat(xml, 20), -1)
		},
		"compressed": func(req *http.Request) *http.Response {
			return respond(req, 206, http.Header{"Content-Encoding": {"gzip"}, "Content-Range": {"bytes 100-149/1000"}}, content[:50], 50)
		},
		"another start":             part("bytes 0-49/1000", content[:50], 50),
		"an earlier start":          part("bytes 90-149/1000", content[90:150], -1),
		"another end":               part("bytes 100-199/1000", content[100:200], 100),
		"another size":              part("bytes 100-149/1001", content[200:250], 50),
		"a length that is no range": part("bytes 100-149/1000", content[200:260], 60),
		"no Content-Range":          part("", content[:50], 50),
		"Content-Range in words":    part("bytes some", content[:50], 50),
		"several parts":             part("", "--x", -1),
		"nothing":                   func(req *http.Request) *http.Response { return respond(req, 204, nil, "", 0) },
		"not satisfiable":           func(req *http.Request) *http.Response { return respond(req, 416, nil, "", 0) },
	} {
		end := acd.ErrUnavailable
		if name == "a page that does not" {
			end = acd.ErrUnauthorized // an HTML page at every attempt means that the session has ended
		}
		for times, want := range map[int]error{2: nil, math.MaxInt: end} {
			t.Run(fmt.Sprintf("%s, %d times", name, times), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := &contentHost{data: content}
					h.answer = func(req *http.Request, nth int) *http.Response {
						if nth <= times {
							return answer(req)
						}
						return nil
					}
					client, n := h.client(t)
					r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50), acd.WithoutVerification())
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					got, err := io.ReadAll(r)
					if !errors.Is(err, want) || (want == nil) != (err == nil) || !strings.HasPrefix(content[100:150], string(got)) || err == nil && len(got) != 50 {
						t.Errorf("read %q, error %v, want %v", got, err, want)
					}
					if errors.Is(err, acd.ErrChanged) {
						t.Errorf("nothing changed: %v", err)
					}
				})
			})
		}
	}
}

// A proxy may remove the size or the length from the response. The response is still accepted.
func TestAnswersThatTellLess(t *testing.T) {
	content := pattern(1000)
	for name, answer := range map[string]func(*http.Request) *http.Response{
		"size unknown": func(req *http.Request) *http.Response {
			return respond(req, 206, http.Header{"Content-Range": {"Bytes 100-149/*"}}, content[100:150], -1)
		},
		"the whole":          func(req *http.Request) *http.Response { return respond(req, 200, nil, content, 1000) },
		"the whole, chunked": func(req *http.Request) *http.Response { return respond(req, 200, nil, content, -1) },
	} {
		h := &contentHost{data: content, answer: func(req *http.Request, _ int) *http.Response { return answer(req) }}
		client, n := h.client(t)
		r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != content[100:150] {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if len(h.seen) != 1 {
			t.Errorf("%s: %d requests", name, len(h.seen))
		}
		r.Close()
	}
}

// If the service ignores ranges, a download uses one stream. It does not fetch the whole content for each
// part.
func TestServiceWithoutRanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(1 << 20)
		h := &contentHost{data: content}
		h.answer = func(req *http.Request, _ int) *http.Response {
			return respond(req, 200, nil, content, int64(len(content)))
		}
		client, n := h.client(t)
		w := &buffer{}
		if err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(64<<10), acd.WithConcurrency(4)); err != nil || string(w.data) != content {
			t.Errorf("%d bytes, %v", len(w.data), err)
		}
		if len(h.seen) > 6 {
			t.Errorf("%d requests for one stream", len(h.seen))
		}
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := r.ReadAt(make([]byte, 10), 900_000); err == nil || got != 0 || !errors.Is(err, acd.ErrUnavailable) {
			t.Errorf("ReadAt: %d bytes, %v", got, err)
		}
	})
}

func TestStrongETagsGuardEveryPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, other := pattern(3<<20), strings.Repeat("x", 3<<20)
		h := &contentHost{data: old}
		var suffix atomic.Value
		suffix.Store("")
		h.answer = func(req *http.Request, _ int) *http.Response {
			resp := h.serve(req)
			h.mu.Lock()
			defer h.mu.Unlock()
			resp.Header.Set("ETag", fmt.Sprintf(`"v%d%s"`, h.version, suffix.Load()))
			return resp
		}
		client, n := h.client(t)
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := make([]byte, 100)
		if _, err := r.ReadAt(p, 0); err != nil || string(p) != old[:100] {
			t.Errorf("%q, %v", p, err)
		}
		// Another machine of the service has its own ETag for the same content. The client reads the node
		// again and sees that the content has not changed.
		suffix.Store("b")
		if _, err := r.ReadAt(p, 1<<20); err != nil || string(p) != old[1<<20:1<<20+100] {
			t.Errorf("%q, %v", p, err)
		}
		if got := h.seen[1].Header.Get("If-Range"); got != `"v1"` {
			t.Errorf("If-Range %q", got)
		}
		h.overwrite(other)
		if got, err := r.ReadAt(p, 2<<20); !errors.Is(err, acd.ErrChanged) || got != 0 {
			t.Errorf("%d bytes of another content, %v", got, err)
		}
		if _, err := r.Read(p); !errors.Is(err, acd.ErrChanged) {
			t.Errorf("the reader goes on: %v", err)
		}
	})
}

// Each machine of the service has its own ETag for the same content.
func TestTagsThatProveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(2 << 20)}
		var nth atomic.Int64
		h.answer = func(req *http.Request, _ int) *http.Response {
			resp := h.serve(req)
			resp.Header.Set("ETag", fmt.Sprintf(`"tag-%d"`, nth.Add(1)))
			return resp
		}
		client, n := h.client(t)
		w := &buffer{}
		if err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(64<<10)); err != nil || string(w.data) != h.data {
			t.Errorf("%d bytes, %v", len(w.data), err)
		}
		if got := len(h.seen); got > 32+4 {
			t.Errorf("%d requests for 32 parts", got)
		}
	})
}

func TestChangesAreToldFromCorruption(t *testing.T) {
	for name, now := range map[string]string{"same size": strings.Repeat("x", 1000), "shorter": "x", "longer": pattern(2000)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &contentHost{data: pattern(1000)}
				client, stale := h.client(t)
				h.overwrite(now)
				r, err := client.Content.Open(t.Context(), stale)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				if _, err := io.ReadAll(r); !errors.Is(err, acd.ErrChanged) {
					t.Errorf("error %v", err)
				}
				if _, err := r.ReadAt(make([]byte, 10), 500); name == "shorter" && !errors.Is(err, acd.ErrChanged) {
					t.Errorf("ReadAt: %v", err)
				}
			})
		})
	}
}

func TestContentWithoutMD5(t *testing.T) {
	h := &contentHost{data: pattern(100)}
	client, n := h.client(t)
	n.ContentProperties.MD5 = ""
	r, err := client.Content.Open(t.Context(), n) // requests the node again
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != h.data {
		t.Errorf("%q, %v", got, err)
	}
	r.Close()
}

// This test tries every kind of fault in a download, both with a reader and with a download to a file.
func TestBrokenDownloads(t *testing.T) {
	content := pattern(300_000)
	for name, tc := range map[string]struct {
		fault mocks.Fault
		want  error
	}{
		"reset in mid-body":           {mocks.Fault{At: mocks.InAnswer, Reset: true, Times: 2}, nil},
		"truncated":                   {mocks.Fault{At: mocks.InAnswer, Truncate: true, Times: 2}, nil},
		"503 first":                   {mocks.Fault{Status: 503, Times: 2}, nil},
		"reset before the answer":     {mocks.Fault{Reset: true, Times: 2}, nil},
		"reset at the first byte":     {mocks.Fault{At: mocks.InAnswer, After: 1, Reset: true, Times: 3}, nil},
		"a bit flipped":               {mocks.Fault{At: mocks.InAnswer, Corrupt: true, Times: 1}, acd.ErrChecksum},
		"for ever cut":                {mocks.Fault{At: mocks.InAnswer, After: 1, Reset: true}, nil}, // each attempt brings a byte
		"an error page that says 200": {mocks.Fault{Status: 200, Body: "<Error><Code>AccessDenied</Code></Error>"}, acd.ErrUnavailable},
		"an error page once":          {mocks.Fault{Status: 200, Body: "<html>busy</html>", Times: 2}, nil},
		"gone":                        {mocks.Fault{Status: 404}, acd.ErrNotFound},
		"stalled":                     {mocks.Fault{At: mocks.InAnswer, Delay: mocks.Duration(2 * time.Minute), Times: 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			size := len(content)
			if name == "for ever cut" {
				size = 20
			}
			synctest.Test(t, func(t *testing.T) {
				drive, client, n := onDrive(t, content[:size])
				tc.fault.Op = "Content.Download"
				injected := drive.Inject(tc.fault)
				r, err := client.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if !errors.Is(err, tc.want) || err == nil && string(got) != content[:size] {
					t.Errorf("read %d bytes, error %v, want %v", len(got), err, tc.want)
				}
				if injected.Fired() == 0 {
					t.Error("the fault did not fire")
				}
			})
			synctest.Test(t, func(t *testing.T) {
				drive, client, n := onDrive(t, content[:size])
				drive.Inject(tc.fault)
				dir := t.TempDir()
				err := client.Content.DownloadFile(t.Context(), n, filepath.Join(dir, "f"), acd.WithPartSize(64<<10))
				got, readErr := os.ReadFile(filepath.Join(dir, "f"))
				if !errors.Is(err, tc.want) || err == nil && string(got) != content[:size] || err != nil && readErr == nil {
					t.Errorf("file of %d bytes (%v), error %v, want %v", len(got), readErr, err, tc.want)
				}
			})
		})
	}
}

func TestContentThatChangesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive, client, n := onDrive(t, pattern(1000))
		drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Reset: true, Times: 1})
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Content.Overwrite(t.Context(), n, strings.NewReader(strings.Repeat("x", 1000))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, acd.ErrChanged) {
			t.Errorf("error %v, want changed", err)
		}
	})
}

func TestRedirectedDownloadKeepsItsRange(t *testing.T) {
	content := pattern(1000)
	drive, client, n := onDrive(t, content, mocks.WithRedirectFrom(1))
	r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != content[100:150] {
		t.Errorf("%q, %v", got, err)
	}
	mocks.AssertNoLeaks(t, drive)
}

func TestWhatHasNoContent(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	root, err := client.Nodes.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Content.Open(t.Context(), root); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a folder: %v", err)
	}
}
