package acd_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

const postContent = "POST cdproxy/nodes"

// If every name is taken for ever, an upload must send a limited number of bodies and requests, and
// fail with the error of the step that failed. In each case, the next name is taken for a different
// reason.
func TestUploadUnderTakenNamesEnds(t *testing.T) {
	long := strings.Repeat("n", 276) + ".txt"
	taken := func(id string) http.HandlerFunc {
		return foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "Node with the name already exists", id))
	}
	tests := []struct {
		name  string
		file  string
		hooks []foreign.Hook
	}{
		{"name at the limit, numbered names are too long", long, nil},
		{"409 for every name, listings show nothing", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken("AAAAAAAAAAAAAAAAAAAAAA")),
			foreign.Instead("GET nodes|GET nodes/*/children", foreign.SayJSON(200, map[string]any{"count": 0, "data": []any{}}))}},
		{"409 with an id that does not exist", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken("AAAAAAAAAAAAAAAAAAAAAA"))}},
		{"409 without an id", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken(""))}},
		{"409 with an empty body", "a.txt", []foreign.Hook{foreign.Instead(postContent, foreign.Say(409, "", ""))}},
		{"409 with a duplicate's body", "a.txt", []foreign.Hook{foreign.Instead(postContent, foreign.Say(409, "application/json",
			`{"errorCode":"DuplicatesConflictError","errorDetails":{"conflictNodeIds":["AAAAAAAAAAAAAAAAAAAAAA"]}}`))}},
		{"409, listings are forbidden", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken("")),
			foreign.Instead("GET nodes|GET nodes/*/children", foreign.SayJSON(403, foreign.ErrorBody("", "no listings today", "")))}},
		{"409, listings fail", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken("")),
			foreign.Instead("GET nodes|GET nodes/*/children", foreign.SayJSON(503, foreign.ErrorBody("", "no listings today", "")))}},
		{"409, everything else is 404", "a.txt", []foreign.Hook{foreign.Instead(postContent, taken("AAAAAAAAAAAAAAAAAAAAAA")),
			foreign.Instead("GET nodes|GET nodes/*|GET nodes/*/children", foreign.SayJSON(404, foreign.ErrorBody("NODE_NOT_FOUND", "gone", "")))}},
	}
	policies := map[string]acd.ExistsPolicy{"KeepBoth": acd.KeepBoth, "Overwrite": acd.OverwriteIfExists, "SkipIdentical": acd.SkipIdentical}
	for _, test := range tests {
		for policy, p := range policies {
			t.Run(policy+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				s := foreign.Start(t, test.hooks...)
				there := s.AddFile(s.Root(), test.file, "already here")
				c := foreignClient(t, s)
				err := finish(t, 2*time.Second, func(ctx context.Context) error {
					_, err := c.Content.Upload(ctx, "", test.file, strings.NewReader("new content"), acd.IfExists(p))
					return err
				})
				// If the name has the maximum length, a shorter name is as good as an error. A file
				// that a listing shows may be overwritten.
				overwritten := p == acd.OverwriteIfExists && s.Content(there) == "new content"
				if test.hooks != nil && err == nil && !overwritten {
					t.Error("no error, though nothing was stored")
				}
				if n := len(s.Requests(postContent)); n > 5 {
					t.Errorf("%d bodies were sent", n)
				}
				if n := len(s.Requests("")); n > 100 {
					t.Errorf("%d requests were sent", n)
				}
				if strings.Contains(test.name, "forbidden") && p == acd.KeepBoth && !errors.Is(err, acd.ErrForbidden) && !errors.Is(err, acd.ErrExists) {
					t.Errorf("the error of the refused step is lost: %v", err)
				}
			})
		}
	}
}

// KeepBoth finds the next free name without sending the body for each name that is taken.
func TestKeepBothLooksBeforeItSends(t *testing.T) {
	s := foreign.Start(t)
	s.AddFile(s.Root(), "a.txt", "0")
	for _, name := range []string{"a (1).txt", "a (2).txt", "A (3).TXT", "a (4).txt", "a (5).txt", "a (6).txt"} {
		s.AddFile(s.Root(), name, name)
	}
	n, err := foreignClient(t, s).Content.Upload(t.Context(), "", "a.txt", strings.NewReader("new"), acd.IfExists(acd.KeepBoth))
	if err != nil || n.Name != "a (7).txt" {
		t.Errorf("got %v, %v, want a (7).txt", n, err)
	}
	if sent := len(s.Requests(postContent)); sent > 2 {
		t.Errorf("%d bodies were sent for one file", sent)
	}
}

// CreateFolder, MkdirAll and Move also must not loop for ever if a name is taken by a node that
// nobody can see.
func TestFoldersUnderTakenNamesEnd(t *testing.T) {
	invisible := foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "taken", "AAAAAAAAAAAAAAAAAAAAAA"))
	nameless := foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "taken", ""))
	for name, answer := range map[string]http.HandlerFunc{"with an unknown id": invisible, "without an id": nameless} {
		for call, fn := range map[string]func(ctx context.Context, s *foreign.Service, c *acd.Client) error{
			"MkdirAll": func(ctx context.Context, _ *foreign.Service, c *acd.Client) error {
				_, err := c.Nodes.MkdirAll(ctx, "", "a/b")
				return err
			},
			"CreateFolder": func(ctx context.Context, _ *foreign.Service, c *acd.Client) error {
				_, err := c.Nodes.CreateFolder(ctx, "", "a")
				return err
			},
			"Move as": func(ctx context.Context, s *foreign.Service, c *acd.Client) error {
				_, err := c.Nodes.Move(ctx, s.AddFile(s.Root(), "f", "x"), s.Root(), s.AddFolder(s.Root(), "to"), acd.MoveAs("g"))
				return err
			},
		} {
			t.Run(call+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := foreign.Start(t, foreign.Instead("POST nodes|PATCH nodes/*|POST nodes/*/children", answer))
				c := foreignClient(t, s)
				err := finish(t, 15*time.Second, func(ctx context.Context) error { return fn(ctx, s, c) })
				if !errors.Is(err, acd.ErrExists) && !errors.Is(err, acd.ErrNotFound) {
					t.Errorf("got %v, want ErrExists", err)
				}
				if n := len(s.Requests("")); n > 100 {
					t.Errorf("%d requests were sent", n)
				}
			})
		}
	}
}

// If the Read of a source blocks, the upload must end soon after it is cancelled, or after the
// server closed the connection or refused the request. The limit is half a second, so that the test
// also passes on a busy machine.
func TestUploadFromBlockedSourceEnds(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		foreign.SayJSON(403, foreign.ErrorBody("", "refused", ""))(w, &http.Request{Body: http.NoBody})
	}
	reset := func(w http.ResponseWriter, _ *http.Request) { foreign.Reset(w) }
	tests := []struct {
		name   string
		answer http.HandlerFunc // nil: the service keeps reading, and the caller cancels
	}{{"cancelled", nil}, {"peer resets", reset}, {"peer refuses at once", refuse}}
	sources := map[string][]acd.UploadOption{"length unknown": nil, "length known": {acd.WithSize(1 << 20)}, "with resume": {acd.WithSize(1 << 20), acd.WithResume()}}
	for _, test := range tests {
		for source, opts := range sources {
			if source == "with resume" && test.answer != nil {
				continue // the source is read first, for its MD5, so the service receives nothing
			}
			for _, call := range []string{"Upload", "Overwrite"} {
				t.Run(call+"/"+test.name+"/"+source, func(t *testing.T) {
					t.Parallel()
					s := foreign.Start(t)
					arrived := make(chan struct{}, 100)
					s.Hook(foreign.Instead(postContent+"|PUT cdproxy/nodes/*/content", func(w http.ResponseWriter, r *http.Request) {
						_, _ = io.ReadFull(r.Body, make([]byte, 10))
						arrived <- struct{}{}
						if test.answer != nil {
							test.answer(w, r)
							return
						}
						_, _ = io.Copy(io.Discard, r.Body)
					}))
					c := foreignClient(t, s)
					file := s.AddFile(s.Root(), "old.txt", "old")
					src, feed := io.Pipe()
					defer feed.Close()
					go feed.Write([]byte(strings.Repeat("x", 1000)))
					cause := errors.New("enough")
					ctx, cancel := context.WithCancelCause(context.Background())
					defer cancel(nil)
					done := make(chan error, 1)
					go func() {
						var err error
						if call == "Upload" {
							_, err = c.Content.Upload(ctx, "", "new.txt", src, opts...)
						} else {
							var fit []acd.OverwriteOption
							for _, opt := range opts {
								if o, ok := opt.(acd.OverwriteOption); ok {
									fit = append(fit, o)
								}
							}
							_, err = c.Content.Overwrite(ctx, fileNode(file), src, fit...)
						}
						done <- err
					}()
					select {
					case <-arrived:
					case err := <-done:
						if err == nil || source != "with resume" { // it is right to refuse a source that cannot be read twice
							t.Errorf("ended before it began: %v", err)
						}
						return
					case <-time.After(2 * time.Second):
						if source != "with resume" { // with resume, the source is read first, for its MD5
							t.Fatal("nothing was sent")
						}
					}
					if test.answer == nil {
						cancel(cause)
					}
					select {
					case err := <-done:
						if ctx.Err() != nil && (!errors.Is(err, context.Canceled) || !errors.Is(err, cause)) {
							t.Errorf("got %v, want the context's error and its cause", err)
						}
						if err == nil {
							t.Error("no error")
						}
					case <-time.After(500 * time.Millisecond):
						t.Error("still hanging after 500 ms")
					}
				})
			}
		}
	}
}

// Endpoints that are four days old still work. If discovery fails, calls use them without delay,
// and discovery is not asked again for each call.
func TestOldEndpointsServeWhileDiscoveryFails(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := map[string]http.HandlerFunc{
		"503":       foreign.SayJSON(503, map[string]any{}),
		"429":       foreign.SayJSON(429, map[string]any{"message": "Rate exceeded"}),
		"500":       foreign.SayJSON(500, map[string]any{"message": "Internal failure"}),
		"403":       foreign.SayJSON(403, map[string]any{"message": "Not Registered"}),
		"404":       foreign.Say(404, "application/xml", "<UnknownOperationException/>"),
		"{}":        foreign.SayJSON(200, map[string]any{}),
		"HTML":      foreign.Say(502, "text/html", "<html>Bad gateway</html>"),
		"hangs":     foreign.Hang,
		"drips":     foreign.Drip(200, "application/json", `{"customerExists":`, 50*time.Millisecond),
		"resets":    func(w http.ResponseWriter, _ *http.Request) { foreign.Reset(w) },
		"no server": nil,
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t)
			discovery := s.Discovery()
			if answer == nil {
				discovery = "http://" + closed.Addr().String() + "/drive/v1/account/endpoint"
			} else {
				s.Hook(foreign.Instead("GET account/endpoint", answer))
			}
			c := foreignClient(t, s, acd.WithDiscoveryURL(discovery), acd.WithRetryPolicy(acd.RetryPolicy{}),
				acd.WithEndpoints(acd.Endpoints{CustomerExists: true, ContentURL: s.URL + "/cdproxy/", MetadataURL: s.URL + "/drive/v1/",
					FetchedAt: time.Now().Add(-4 * 24 * time.Hour)}))
			for i := range 10 {
				ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
				_, err := c.Nodes.Get(ctx, s.Root())
				cancel()
				if err != nil {
					t.Fatalf("call %d: %v", i, err)
				}
			}
			if n := len(s.Requests("GET account/endpoint")); n > 5 {
				t.Errorf("ten calls asked for the endpoints %d times", n)
			}
		})
	}
}

// A call must not wait for the rest of a body that it does not need: of an error, of a redirect, or
// of a response that is already complete. The service sends one byte every 20 ms for ever, so that
// the stall time-out never ends the request.
func TestDrippingBodiesDoNotHoldCalls(t *testing.T) {
	const pause = 20 * time.Millisecond
	node := `{"id":"s3UjpTtKTuKEY1E3VawOzQ","name":"a","kind":"FILE","status":"AVAILABLE","parents":["Vmv518VaRfiRpuVem5sTJQ"],"version":1}`
	tests := map[string]http.HandlerFunc{
		"error 400 with JSON":     foreign.Drip(400, "application/json", `{"message":"Invalid filter: x"}`, pause),
		"error 404 unfinished":    foreign.Drip(404, "application/json", `{"message":"no such`, pause),
		"error 403 text":          foreign.Drip(403, "text/plain", `no`, pause),
		"error 401 empty":         foreign.Drip(401, "", ``, pause),
		"error 409":               foreign.Drip(409, "application/json", `{"code":"NAME_ALREADY_EXISTS"`, pause),
		"error 429":               foreign.Drip(429, "application/json", `{`, pause),
		"error 500 HTML":          foreign.Drip(500, "text/html", `<html>`, pause),
		"error 503":               foreign.Drip(503, "", ``, pause),
		"complete, then blanks":   foreign.Drip(200, "application/json", node, pause),
		"sign-in page":            foreign.Drip(200, "text/html", `<html>`, pause),
		"redirect to nowhere":     dripLocation(302, "http://127.0.0.1:1/", pause),
		"redirect without target": dripLocation(302, "", pause),
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t, foreign.Instead("GET nodes/*|POST cdproxy/nodes|DELETE nodes/*/properties/*/*|GET cdproxy/nodes/*/content", answer))
			c := foreignClient(t, s, quickRetries(1))
			file := s.AddFile(s.Root(), "file.jpg", "some content")
			calls := map[string]func(ctx context.Context) error{
				"Get": func(ctx context.Context) error { _, err := c.Nodes.Get(ctx, "s3UjpTtKTuKEY1E3VawOzQ"); return err },
				"Upload": func(ctx context.Context) error {
					_, err := c.Content.Upload(ctx, "", "a", strings.NewReader("x"))
					return err
				},
				"DeleteProperty": func(ctx context.Context) error { return c.Nodes.DeleteProperty(ctx, file, "o", "k") },
				"Download":       func(ctx context.Context) error { return c.Content.Download(ctx, fileNode(file), atWriter{}) },
			}
			if strings.HasPrefix(name, "complete") {
				delete(calls, "Download") // this is content, and the download needs it
			}
			// The calls run at the same time, so that the test takes only one time limit.
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var all sync.WaitGroup
			for call, fn := range calls {
				all.Go(func() {
					err := fn(ctx)
					if ctx.Err() != nil {
						t.Errorf("%s: held until the context ended: %v", call, err)
						return
					}
					if strings.HasPrefix(name, "complete") && call == "Get" && err != nil {
						t.Errorf("a complete answer was lost: %v", err)
					}
					if strings.HasPrefix(name, "error 404") && !errors.Is(err, acd.ErrNotFound) {
						t.Errorf("%s: got %v, want ErrNotFound", call, err)
					}
				})
			}
			all.Wait()
		})
	}
}

func dripLocation(status int, location string, pause time.Duration) http.HandlerFunc {
	drip := foreign.Drip(status, "", "", pause)
	return func(w http.ResponseWriter, r *http.Request) {
		if location != "" {
			w.Header().Set("Location", location)
		}
		drip(w, r)
	}
}

// signInPages are the responses when a session has ended, or when a captive portal answers.
func signInPages() map[string]http.HandlerFunc {
	const page = "<!doctype html>\n<html><head><title>Amazon Sign-In</title></head><body><form action=\"/ap/signin\"></form></body></html>"
	to := func(status int, location string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/ap/signin") {
				foreign.Say(200, "text/html;charset=UTF-8", page)(w, r)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			http.Redirect(w, r, location, status)
		}
	}
	return map[string]http.HandlerFunc{
		"302 to /ap/signin":           to(302, "/ap/signin?openid.return_to=x"),
		"303 to /ap/signin":           to(303, "/ap/signin"),
		"307 to /ap/signin":           to(307, "/ap/signin"),
		"301 to /ap/signin/":          to(301, "/ap/signin/131-0000000-0000000"),
		"200 text/html":               foreign.Say(200, "text/html", page),
		"200 text/html, charset":      foreign.Say(200, "text/html;charset=UTF-8", page),
		"200 Text/HTML":               foreign.Say(200, "Text/HTML", page),
		"200 xhtml":                   foreign.Say(200, "application/xhtml+xml", page),
		"200 HTML called JSON":        foreign.Say(200, "application/json", page),
		"200 HTML without a type":     foreign.Say(200, "", page),
		"200 HTML after blanks":       foreign.Say(200, "text/html", "\r\n\r\n   "+page),
		"200 HTML after a mark":       foreign.Say(200, "text/html", "\ufeff"+page),
		"200 text/html, empty":        foreign.Say(200, "text/html", ""),
		"201 text/html":               foreign.Say(201, "text/html", page),
		"200 portal":                  foreign.Say(200, "text/html", "<HTML><meta http-equiv='refresh' content='0; url=http://portal.example/login'></HTML>"),
		"200 comment before the page": foreign.Say(200, "text/html", "<!-- portal --><html></html>"),
	}
}

// signInPath serves page for the paths below /ap/signin, to which redirects lead.
func signInPath(page http.HandlerFunc) foreign.Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/ap/signin") {
				page(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// If a sign-in page comes instead of a response, every method must fail with ErrUnauthorized at
// once: a retry would bring the page again.
func TestSignInPageIsUnauthorizedAtOnce(t *testing.T) {
	for name, page := range signInPages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t)
			all := methods(t)
			var on atomic.Value
			on.Store(foreign.Match("GET nowhere"))
			s.Hook(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					foreign.Instead(on.Load().(foreign.Match), page)(next).ServeHTTP(w, r)
				})
			}, signInPath(page))
			for _, m := range all {
				if strings.HasPrefix(string(m.on), "GET cdproxy") && strings.HasPrefix(name, "20") {
					continue // content may have any type; if it is not the file, it is requested again, after the node
				}
				t.Run(m.name, func(t *testing.T) {
					c := foreignClient(t, s, quickRetries(5))
					call := m.ready(s)
					if _, err := c.Account.Endpoints(t.Context()); err != nil {
						t.Fatal(err)
					}
					on.Store(m.on)
					defer on.Store(foreign.Match("GET nowhere"))
					before := len(s.Requests(m.on))
					err := finish(t, 2*time.Second, func(ctx context.Context) error { return call(ctx, c) })
					if !errors.Is(err, acd.ErrUnauthorized) || acd.IsRetryable(err) {
						t.Errorf("got %v (retryable: %v), want ErrUnauthorized", err, acd.IsRetryable(err))
					}
					if n := len(s.Requests(m.on)) - before; n > 2 {
						t.Errorf("%d attempts", n)
					}
				})
			}
		})
	}
}

// HTML with status 5xx is a temporary outage, and the request is retried.
func TestHTMLOfAnOutageIsRetried(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504} {
		s := foreign.Start(t)
		s.Hook(foreign.Times(2, "GET nodes/*", foreign.Instead("", foreign.Say(status, "text/html", "<html>Service Unavailable</html>"))))
		if _, err := foreignClient(t, s).Nodes.Get(t.Context(), s.Root()); err != nil {
			t.Errorf("%d twice, then right: %v", status, err)
		}
		s = foreign.Start(t, foreign.Instead("GET nodes/*", foreign.Say(status, "text/html", "<html>Service Unavailable</html>")))
		if _, err := foreignClient(t, s).Nodes.Get(t.Context(), s.Root()); !errors.Is(err, acd.ErrUnavailable) || !acd.IsRetryable(err) {
			t.Errorf("%d for ever: got %v, want ErrUnavailable", status, err)
		}
	}
}

// A file that is a web page is downloaded as content.
func TestHTMLFileIsContent(t *testing.T) {
	const page = "<!doctype html><html><head><title>Amazon Sign-In</title></head></html>"
	s := foreign.Start(t, foreign.After("GET cdproxy/nodes/*/content", func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(real.Code)
		_, _ = w.Write(real.Body.Bytes())
	}))
	id := s.AddFile(s.Root(), "page.html", page)
	s.Set(id, "contentProperties.contentType", "text/html")
	c := foreignClient(t, s)
	n, err := c.Nodes.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != page {
		t.Errorf("got %q, %v", got, err)
	}
}

// Watch must end when the session has ended: it would poll the sign-in page for ever, and nobody
// would notice.
func TestWatchEndsAtASignInPage(t *testing.T) {
	for name, page := range signInPages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t, foreign.Instead("POST changes", page), signInPath(page))
			c := foreignClient(t, s)
			err := finish(t, 2*time.Second, func(ctx context.Context) error {
				return c.Changes.Watch(ctx, &acd.MemoryCheckpointStore{}, func(context.Context, *acd.ChangeSet) error { return nil },
					acd.WatchOptions{Interval: time.Millisecond})
			})
			if !errors.Is(err, acd.ErrUnauthorized) {
				t.Errorf("got %v, want ErrUnauthorized", err)
			}
		})
	}
}
