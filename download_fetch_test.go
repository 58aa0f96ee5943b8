package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
)

// contentHost is a service with one file, whose answers to downloads are the test's.
type contentHost struct {
	mu      sync.Mutex
	data    string
	version int
	link    string
	answer  func(req *http.Request, nth int) *http.Response // nil: as it should be
	seen    []*http.Request                                 // downloads
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

// serve answers as the service does.
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

// Peers' bug 2: a page instead of the content was handed to the caller. Nothing here
// is verified, so that only a look at the answer can tell.
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
		for times, want := range map[int]error{2: nil, math.MaxInt: acd.ErrUnavailable} {
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

// A proxy may leave out the size and the length: that is no reason to refuse.
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

// A service that knows no ranges: one stream, not the whole for every part.
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
		// Another machine of the service, with a tag of its own: a look at the node settles it.
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

// A service whose machines each tag the content in their own way.
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

// A link of another content than the one that was opened is not even followed.
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

// A link that answers with something else is asked for anew.
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

// The next hop does not learn the link: net/http would send it as Referer.
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

func TestContentWithoutMD5(t *testing.T) {
	h := &contentHost{data: pattern(100)}
	client, n := h.client(t)
	n.ContentProperties.MD5 = ""
	r, err := client.Content.Open(t.Context(), n) // asks again
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != h.data {
		t.Errorf("%q, %v", got, err)
	}
	r.Close()
}

// silentBody is a body of which nothing comes.
type silentBody struct{ ctx context.Context }

func (b *silentBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b *silentBody) Close() error { return nil }

func TestClosedReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(1000)}
		h.answer = func(req *http.Request, _ int) *http.Response {
			switch from, _, _ := asked(req); from {
			case 500: // no answer
				<-req.Context().Done()
			case 600: // no body
				resp := h.serve(req)
				resp.Body = &silentBody{req.Context()}
				return resp
			}
			return nil
		}
		client, n := h.client(t)
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		for _, off := range []int64{500, 600} {
			ranged, err := client.Content.Open(t.Context(), n, acd.WithRange(off, -1))
			if err != nil {
				t.Fatal(err)
			}
			waiting := make(chan error)
			go func() {
				_, err := ranged.ReadAt(make([]byte, 10), 0)
				waiting <- err
			}()
			synctest.Wait()
			ranged.Close()
			if err := <-waiting; !errors.Is(err, fs.ErrClosed) || errors.Is(err, context.Canceled) {
				t.Errorf("a ReadAt under way at %d: %v", off, err)
			}
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		before := len(h.seen)
		if _, err := r.Read(make([]byte, 10)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Read: %v", err)
		}
		if _, err := r.ReadAt(make([]byte, 10), 5); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("ReadAt: %v", err)
		}
		if len(h.seen) != before {
			t.Error("a closed reader asks")
		}
	})
}

func TestPains23SeeksAreCheap(t *testing.T) {
	h := &contentHost{data: pattern(1 << 20)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]byte, 100)
	for off := int64(0); off < 500_000; off += 50_000 {
		if _, err := r.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seek(off, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, p); err != nil || string(p) != h.data[off:off+100] {
			t.Errorf("at %d: %v", off, err)
		}
	}
	if len(h.seen) != 1 {
		t.Errorf("%d requests to skip through a file", len(h.seen))
	}
}

// Only what was read from the start to the end, in one go, is verified.
func TestVerifiedAfterSeeks(t *testing.T) {
	h := &contentHost{data: pattern(1000)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != h.data {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	// A thousand bytes, but not the thousand bytes.
	p := make([]byte, 500)
	for _, off := range []int64{0, 250} {
		if _, err := r.Seek(off, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(p); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	// A change between two passes is found out by the second.
	h.overwrite(strings.Repeat("x", 1000))
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, acd.ErrChanged) {
		t.Errorf("another content: %v", err)
	}
}

func TestProgressIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(1000)}
		client, n := h.client(t)
		var events []acd.Progress
		r, err := client.Content.Open(t.Context(), n, acd.WithProgress(func(p acd.Progress) { events = append(events, p) }))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(iotest.OneByteReader(r)); err != nil || len(got) != 1000 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		want := []acd.Progress{{Phase: acd.PhaseReceiving, Total: 1000, Attempt: 1}, {Phase: acd.PhaseReceiving, Done: 1000, Total: 1000, Attempt: 1}}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Errorf("events of no time at all (-want +got):\n%s", diff)
		}
	})
}

func TestReadAtBehindTheEnd(t *testing.T) {
	h := &contentHost{data: pattern(1000)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]byte, 10)
	for _, off := range []int64{math.MaxInt64, 50, 1000} {
		if n, err := r.ReadAt(p, off); n != 0 || err != io.EOF {
			t.Errorf("at %d: %d bytes, %v", off, n, err)
		}
	}
	if n, err := r.ReadAt(p, 45); n != 5 || err != io.EOF || string(p[:n]) != h.data[145:150] {
		t.Errorf("%d bytes %q, %v", n, p[:n], err)
	}
	if _, err := r.ReadAt(p, -1); err == nil {
		t.Error("a read before the start")
	}
}

// lateBody hands over nothing until the test lets it, whatever the context says.
type lateBody struct {
	io.ReadCloser
	wait <-chan time.Time
}

func (b *lateBody) Read(p []byte) (int, error) {
	<-b.wait
	return b.ReadCloser.Read(p)
}

// A download that is cancelled while all that is under way succeeds is still a cancelled one.
func TestCancelledBetweenParts(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			h := &contentHost{data: pattern(3 * 64 << 10)}
			h.answer = func(req *http.Request, _ int) *http.Response {
				resp := h.serve(req)
				if from, _, _ := asked(req); from == 64<<10 {
					late := make(chan time.Time)
					time.AfterFunc(time.Second, func() { close(late) })
					resp.Body = &lateBody{resp.Body, late}
				}
				return resp
			}
			client, n := h.client(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := writerFunc(func([]byte, int64) { cancel() })
			if err := client.Content.Download(ctx, n, w, acd.WithPartSize(64<<10), acd.WithConcurrency(2)); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
	}
}
