package acd_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// moody makes a service that never fails for good. It delays some responses, pauses in the middle
// of others, and answers some requests with 429. It also breaks the connection of some reads.
func moody(next http.Handler) http.Handler {
	tooMany := foreign.SayJSON(429, map[string]any{"message": "Rate exceeded"})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch mood := rand.IntN(10); {
		case mood < 2:
			tooMany(w, r)
		case mood < 3 && r.Method == http.MethodGet:
			foreign.Reset(w)
		case mood < 6:
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
			next.ServeHTTP(w, r)
		case mood < 8:
			real := httptest.NewRecorder()
			next.ServeHTTP(real, r)
			sendInHalves(w, real)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// sendInHalves sends a response in two halves.
func sendInHalves(w http.ResponseWriter, real *httptest.ResponseRecorder) {
	for k, v := range real.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(real.Code)
	body := real.Body.Bytes()
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
	_, _ = w.Write(body[len(body)/2:])
}

// checkCancelled returns what is wrong with the error of a call whose context ended with cause.
func checkCancelled(err, ctxErr, cause error) (wrong []string) {
	if !errors.Is(err, ctxErr) {
		wrong = append(wrong, fmt.Sprintf("is not %q", ctxErr))
	}
	if !errors.Is(err, cause) {
		wrong = append(wrong, "does not hold the cause")
	}
	if acd.IsRetryable(err) {
		wrong = append(wrong, "is retryable")
	}
	var e *acd.Error
	if errors.As(err, &e) && e.Err == nil {
		wrong = append(wrong, "holds an *Error with a nil Err")
	}
	return wrong
}

// Every method is cancelled 200 times at random moments, or its deadline passes, each time with a
// cause. The error must match the context's error and the cause, and IsRetryable must be false:
// programs must not take it for a temporary outage.
func TestCancelledMethodsSaySo(t *testing.T) {
	for _, m := range methods(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t, moody)
			transport := &http.Transport{MaxIdleConnsPerHost: 16}
			defer transport.CloseIdleConnections()
			began := time.Now()
			if err := m.ready(s)(t.Context(), foreignClient(t, s, quickRetries(1000))); err != nil {
				t.Fatal(err)
			}
			usual := max(time.Since(began), 2*time.Millisecond)
			var mu sync.Mutex
			wrong, example := map[string]int{}, map[string]string{}
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for i := range 25 {
						opts := []acd.Option{quickRetries(1000), acd.WithHTTPClient(&http.Client{Transport: transport})}
						if i%5 > 0 { // every fifth call begins with discovery instead
							opts = append(opts, acd.WithEndpoints(acd.Endpoints{MetadataURL: s.URL + "/drive/v1/", ContentURL: s.URL + "/cdproxy/"}))
						}
						what, text := cancelOnce(m.ready(s), foreignClient(t, s, opts...), usual)
						mu.Lock()
						for _, w := range what {
							wrong[w]++
							example[w] = text
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
			for w, n := range wrong {
				t.Errorf("%d of 200: %s, such as %s", n, w, example[w])
			}
		})
	}
}

// cancelOnce makes a call and cancels it at a random moment. It returns what is wrong with the
// error, and the error's text.
func cancelOnce(call func(context.Context, *acd.Client) error, c *acd.Client, usual time.Duration) (wrong []string, text string) {
	cause := errors.New("the caller's own reason")
	after := time.Duration(rand.Int64N(int64(usual << rand.IntN(5)))) // some are cancelled during the first request, some long after
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	want := context.Canceled
	if rand.IntN(2) == 0 {
		deadline, stop := context.WithTimeoutCause(ctx, after, cause)
		defer stop()
		ctx, want = deadline, context.DeadlineExceeded
	} else {
		timer := time.AfterFunc(after, func() { cancel(cause) })
		defer timer.Stop()
	}
	err := call(ctx, c)
	switch {
	case err == nil:
		return nil, ""
	case ctx.Err() == nil:
		return []string{"failed without being cancelled"}, err.Error()
	}
	return checkCancelled(err, want, cause), err.Error()
}

// If a call is cancelled while it waits for its next attempt, its error must contain both the
// context's error with its cause, and the last response.
func TestCancelledWaitHoldsTheLastAnswer(t *testing.T) {
	for _, m := range methods(t) {
		for _, status := range []int{429, 503} {
			if status == 503 && (strings.HasPrefix(string(m.on), "POST") || m.name == "Content.Overwrite") && m.name != "Changes.Since" && m.name != "Changes.Watch" {
				continue // the outcome is then unknown, and the client looks for the node
			}
			t.Run(fmt.Sprintf("%s/%d", m.name, status), func(t *testing.T) {
				t.Parallel()
				s := foreign.Start(t)
				arrived := make(chan struct{}, 100)
				answer := foreign.SayJSON(status, foreign.ErrorBody("", "the last answer", ""))
				s.Hook(foreign.Instead(m.on, func(w http.ResponseWriter, r *http.Request) {
					answer(w, r)
					arrived <- struct{}{}
				}))
				c := foreignClient(t, s, acd.WithRetryPolicy(acd.RetryPolicy{Backoff: func(int) time.Duration { return time.Hour }}))
				cause := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				call := m.ready(s)
				done := make(chan error, 1)
				go func() { done <- call(ctx, c) }()
				select {
				case <-arrived:
				case err := <-done:
					t.Fatalf("did not wait: %v", err)
				case <-time.After(3 * time.Second):
					t.Fatal("no request")
				}
				time.Sleep(30 * time.Millisecond) // the client is receiving the response
				cancel(cause)
				select {
				case err := <-done:
					if wrong := checkCancelled(err, context.Canceled, cause); len(wrong) > 0 {
						t.Errorf("%v %v", err, wrong)
					}
					var e *acd.Error
					if !errors.As(err, &e) || e.StatusCode != status || e.Message != "the last answer" {
						t.Errorf("the last answer is lost: %v", err)
					}
				case <-time.After(2 * time.Second):
					t.Error("still waiting")
				}
			})
		}
	}
}

// Several calls share one discovery. If one of them is cancelled with a cause, that cause must not
// be in the error of another.
func TestSharedDiscoveryKeepsCausesApart(t *testing.T) {
	for _, cancelled := range []string{"first", "second"} {
		s := foreign.Start(t)
		release := make(chan struct{})
		s.Hook(foreign.Times(1, "GET account/endpoint", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-release:
				case <-r.Context().Done():
					return
				}
				next.ServeHTTP(w, r)
			})
		}))
		c := foreignClient(t, s)
		mine := errors.New("the cause of one caller")
		ctx, cancel := context.WithCancelCause(t.Context())
		results := map[string]chan error{"first": make(chan error, 1), "second": make(chan error, 1)}
		for _, who := range []string{"first", "second"} {
			callCtx := t.Context()
			if who == cancelled {
				callCtx = ctx
			}
			go func() {
				_, err := c.Nodes.Get(callCtx, s.Root())
				results[who] <- err
			}()
			time.Sleep(50 * time.Millisecond) // so that the first call starts first
		}
		cancel(mine)
		time.Sleep(50 * time.Millisecond)
		close(release)
		for who, result := range results {
			select {
			case err := <-result:
				if who == cancelled && (!errors.Is(err, context.Canceled) || !errors.Is(err, mine) || acd.IsRetryable(err)) {
					t.Errorf("%s cancelled: its own error is %v", cancelled, err)
				}
				if who != cancelled && err != nil {
					t.Errorf("%s cancelled: the other call got %v", cancelled, err)
				}
			case <-time.After(3 * time.Second):
				t.Errorf("%s cancelled: the %s call hangs", cancelled, who)
			}
		}
	}
}

// clocks starts a service whose metadata host and content host are different and have different
// clocks.
func clocks(t *testing.T, metaAhead, contentAhead, datesAhead time.Duration) (*foreign.Service, *acd.Client) {
	t.Helper()
	s := foreign.Start(t)
	s.SetSkew(datesAhead)
	content := httptest.NewServer(s)
	t.Cleanup(content.Close)
	s.Hook(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ahead := metaAhead
			if strings.HasPrefix(r.URL.Path, "/cdproxy") {
				ahead = contentAhead
			}
			w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
			next.ServeHTTP(w, r)
		})
	}, func(next http.Handler) http.Handler { // Lose records responses, and that needs no Date
		return foreign.Times(1, postContent+"|POST nodes", foreign.Lose(""))(next)
	})
	c, err := acd.NewClient(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: foreign.Token}), quickRetries(3),
		acd.WithLimiter(noLimiter{}), acd.WithUploadWaitPerGiB(0),
		acd.WithEndpoints(acd.Endpoints{CustomerExists: true, MetadataURL: s.URL + "/drive/v1/", ContentURL: content.URL + "/cdproxy/"}))
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// The clocks of the hosts differ from each other, from the local one, and from the one that dates
// nodes. After a lost response, a file or folder that the call made must still be recognized as its
// own.
func TestOwnNodeIsFoundWhateverTheClocksSay(t *testing.T) {
	tests := []struct{ meta, content, dates time.Duration }{
		{0, 0, 0},
		{2 * time.Second, 0, 0},
		{2 * time.Second, 2 * time.Second, 0},
		{0, 2 * time.Second, 0},
		{0, 0, -2 * time.Second},
		{0, 0, 2 * time.Second},
		{time.Second, time.Second, -time.Second},
		{5 * time.Second, 0, 0},
		{-5 * time.Second, 5 * time.Second, 0},
		{time.Hour, time.Hour, time.Hour},
		{-time.Hour, -time.Hour, -time.Hour},
		{time.Hour, time.Hour, time.Hour - 2*time.Second},
		{time.Hour, 0, 0},
		{time.Hour, 0, time.Hour},
		{0, time.Hour, 0},
	}
	for _, test := range tests {
		s, c := clocks(t, test.meta, test.content, test.dates)
		// The first call lets the client learn the clock of the metadata host.
		if _, err := c.Nodes.Get(t.Context(), s.Root()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Content.Upload(t.Context(), s.Root(), "new.txt", strings.NewReader("content")); err != nil {
			t.Errorf("meta %v, content %v, dates %v: upload: %v", test.meta, test.content, test.dates, err)
		}
		s, c = clocks(t, test.meta, test.content, test.dates)
		if _, err := c.Nodes.Get(t.Context(), s.Root()); err != nil {
			t.Fatal(err)
		}
		if test.dates-test.meta < -3*time.Second { // the dates that the metadata host itself gives are too far off
			continue
		}
		if _, err := c.Nodes.CreateFolder(t.Context(), s.Root(), "new"); err != nil {
			t.Errorf("meta %v, content %v, dates %v: folder: %v", test.meta, test.content, test.dates, err)
		}
	}
}

// An upload must not report its own file as another's. In this test, a response is lost and
// listings lag behind, so the 409 of the second attempt names the upload's own file.
func TestOwnFileIsNoConflict(t *testing.T) {
	s := foreign.Start(t, foreign.Times(1, postContent, foreign.Lose("")),
		foreign.Instead(listings, foreign.SayJSON(200, map[string]any{"count": 0, "data": []any{}})))
	n, err := foreignClient(t, s).Content.Upload(t.Context(), s.Root(), "new.txt", strings.NewReader("content"))
	if errors.Is(err, acd.ErrExists) {
		t.Errorf("our own file: %v", err)
	}
	if err == nil && s.Content(n.ID) != "content" {
		t.Errorf("not our file: %+v", n)
	}
}

// If a name is taken and the source cannot be read again for what the policy would do next, the
// error must still be ErrExists, with the id.
func TestConflictSurvivesASourceThatCannotBeReadAgain(t *testing.T) {
	for policy, p := range map[string]acd.ExistsPolicy{"Fail": acd.FailIfExists, "Overwrite": acd.OverwriteIfExists, "KeepBoth": acd.KeepBoth, "SkipIdentical": acd.SkipIdentical} {
		for _, lag := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/lag %v", policy, lag), func(t *testing.T) {
				s := foreign.Start(t)
				if lag {
					s.Hook(foreign.Instead(listings, foreign.SayJSON(200, map[string]any{"count": 0, "data": []any{}})))
				}
				id := s.AddFile(s.Root(), "new.txt", "precious")
				_, err := foreignClient(t, s).Content.Upload(t.Context(), s.Root(), "new.txt", onlyReader{strings.NewReader("content")}, acd.IfExists(p))
				if err == nil && p != acd.FailIfExists && p != acd.SkipIdentical {
					return // it looked for the name first
				}
				var e *acd.Error
				if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
					t.Errorf("got %v, want ErrExists with the id", err)
				}
			})
		}
	}
}

// If a node is already in the trash, Trash must not fail with ErrExists.
func TestTrashOfATrashedNode(t *testing.T) {
	for _, body := range []any{foreign.ErrorBody("", "Node is already in trash", ""), map[string]any{}, foreign.ErrorBody("NODE_ALREADY_TRASHED", "x", "")} {
		s := foreign.Start(t)
		id := s.AddFile(s.Root(), "a", "a")
		s.Set(id, "status", "TRASH")
		s.Hook(foreign.Instead("PUT trash/*", foreign.SayJSON(409, body)))
		n, err := foreignClient(t, s).Nodes.Trash(t.Context(), id)
		if errors.Is(err, acd.ErrExists) || err != nil && strings.Contains(err.Error(), "exists") {
			t.Errorf("got %v", err)
		}
		if err == nil && n.Status != acd.StatusTrash {
			t.Errorf("got %+v", n)
		}
	}
}

// If an overwrite was not applied, that must not be reported as a change by someone else: the
// overwrite is retried, or its outcome is unknown. The caller may know only the id of the base
// node.
func TestOverwriteThatDidNotApplyIsNoChange(t *testing.T) {
	for _, status := range []int{500, 502, 504, 408, 0} {
		for _, base := range []string{"only the id", "the whole node"} {
			s := foreign.Start(t)
			id := s.AddFile(s.Root(), "a.txt", "old")
			c := foreignClient(t, s)
			answer := foreign.SayJSON(max(status, 200), map[string]any{})
			if status == 0 {
				answer = func(w http.ResponseWriter, _ *http.Request) { foreign.Reset(w) }
			}
			s.Hook(foreign.Times(1, "PUT cdproxy/nodes/*/content", foreign.Instead("", answer)))
			n := &acd.Node{ID: id}
			if base == "the whole node" {
				var err error
				if n, err = c.Nodes.Get(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			_, err := c.Content.Overwrite(t.Context(), n, strings.NewReader("new"))
			if errors.Is(err, acd.ErrChanged) {
				t.Errorf("%d, %s: nothing changed, but %v", status, base, err)
			} else if err != nil && !errors.Is(err, acd.ErrOutcomeUnknown) || err == nil && s.Content(id) != "new" {
				t.Errorf("%d, %s: content %q, %v", status, base, s.Content(id), err)
			}
		}
	}
}

// Overwrite must refuse a node that is trashed or purged, because nobody sees its content.
func TestOverwriteOfAnUnseenNodeIsRefused(t *testing.T) {
	for _, status := range []string{"TRASH", "PURGED"} {
		for _, base := range []string{"only the id", "as it was before"} {
			s := foreign.Start(t)
			id := s.AddFile(s.Root(), "a.txt", "old")
			c := foreignClient(t, s)
			n, err := c.Nodes.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if base == "only the id" {
				n = &acd.Node{ID: id}
			}
			s.Set(id, "status", status)
			_, err = c.Content.Overwrite(t.Context(), n, strings.NewReader("new"))
			if err == nil || s.Content(id) != "old" {
				t.Errorf("%s, %s: content %q, error %v", status, base, s.Content(id), err)
			}
		}
	}
}

// If an upload fails because its source cannot be read again, the error must still contain the
// response.
func TestNotReplayableKeepsWhatHappened(t *testing.T) {
	for _, status := range []int{500, 503, 429} {
		s := foreign.Start(t, foreign.Instead(postContent, foreign.SayJSON(status, foreign.ErrorBody("", "what happened", ""))))
		_, err := foreignClient(t, s).Content.Upload(t.Context(), "", "a", onlyReader{strings.NewReader("x")})
		var e *acd.Error
		if !errors.As(err, &e) || e.StatusCode != status || e.Message != "what happened" {
			t.Errorf("%d: got %v, want the answer in it", status, err)
		}
		if !errors.Is(err, acd.ErrNotReplayable) && (status == 429 || !errors.Is(err, acd.ErrOutcomeUnknown)) {
			t.Errorf("%d: got %v, want ErrNotReplayable", status, err)
		}
	}
}

// The text of an error must be one line and have the prefix "acd: " once, whatever the service
// wrote.
func TestErrorTextsAreOneLineWithOnePrefix(t *testing.T) {
	messages := []string{"two\nlines", "acd: with our prefix", "\r\n\x1b[31mred\x1b[0m\u2028", strings.Repeat("long ", 3000)}
	for _, m := range methods(t) {
		if m.name == "Changes.Watch" {
			continue // Watch goes on after most errors
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{400, 403, 404, 409, 429, 500, 503} {
				for i, message := range messages {
					s := foreign.Start(t)
					call := m.ready(s)
					s.Hook(foreign.Instead(m.on, foreign.SayJSON(status, foreign.ErrorBody(message, message, ""))))
					err := finish(t, 5*time.Second, func(ctx context.Context) error { return call(ctx, foreignClient(t, s)) })
					if err == nil {
						continue
					}
					text := err.Error()
					if strings.ContainsAny(text, "\n\r\x1b\u2028") {
						t.Errorf("%d, message %d: not one line: %q", status, i, text[:min(300, len(text))])
					}
					if strings.Count(text, "acd: ") > 1 && i != 1 {
						t.Errorf("%d, message %d: repeats its prefix: %q", status, i, text[:min(300, len(text))])
					}
					if len(text) > 4000 {
						t.Errorf("%d, message %d: %d bytes", status, i, len(text))
					}
				}
			}
		})
	}
}

// With ErrChecksum, the node whose content is wrong must be returned, so that it can be removed.
func TestChecksumErrorNamesTheNode(t *testing.T) {
	s := foreign.Start(t, foreign.AlterJSON(postContent, func(body map[string]any) {
		if p, ok := body["contentProperties"].(map[string]any); ok {
			p["md5"] = "00000000000000000000000000000000"
		}
	}))
	n, err := foreignClient(t, s).Content.Upload(t.Context(), "", "a", strings.NewReader("x"))
	if !errors.Is(err, acd.ErrChecksum) || n == nil || n.ID != s.Find(s.Root(), "a")[0] {
		t.Errorf("got %v, %v", n, err)
	}
}
