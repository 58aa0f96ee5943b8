package acd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/mocks"
)

// tracer shows where to add tracing and metrics. It is a RoundTripper that gets every request of the
// client, retries and redirects too. The context of a request tells the operation.
type tracer struct{ next http.RoundTripper }

func (t tracer) RoundTrip(req *http.Request) (*http.Response, error) {
	op, ok := acd.OperationFromContext(req.Context())
	if !ok {
		return t.next.RoundTrip(req)
	}
	resp, err := t.next.RoundTrip(req)
	status := "no answer"
	if err == nil {
		status = resp.Status
	}
	// A real program would end a span and increment a counter here. The path contains {id} in place of
	// the real id, so that it can be a label of a metric.
	fmt.Printf("%s %s %s, attempt %d: %s\n", op.Name, op.Method, op.Path, op.Attempt, status)
	return resp, err
}

func ExampleOperationFromContext() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	id, _ := drive.WriteFile("notes.txt", []byte("milk, eggs"))
	drive.Inject(mocks.Fault{Op: "Nodes.Get", Status: http.StatusServiceUnavailable, Times: 1})
	client, err := acd.NewClient(ctx, drive.TokenSource(), quickly(),
		acd.WithHTTPClient(&http.Client{Transport: tracer{drive}})) // a real program has tracer{http.DefaultTransport}
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Nodes.Get(ctx, id); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Account.Endpoints GET account/endpoint, attempt 1: 200 OK
	// Nodes.Get GET nodes/{id}, attempt 1: 503 Service Unavailable
	// Nodes.Get GET nodes/{id}, attempt 2: 200 OK
}

// The client uses everything of the http.Client except its Timeout. This allows a proxy, your own
// certificate authority, a cookie jar or the transport of a test.
func ExampleWithHTTPClient() {
	ctx := context.Background()
	proxy := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example.com:3128"})}
	_, err := acd.NewClient(ctx, mocks.NewDrive().TokenSource(), acd.WithHTTPClient(&http.Client{Transport: proxy}))
	fmt.Println(err)
	// Output: <nil>
}

// The log has one line for each attempt. The line holds no token and no URL.
func ExampleWithLogger() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	id, _ := drive.WriteFile("notes.txt", nil)
	drive.Inject(mocks.Fault{Op: "Nodes.Get", Status: http.StatusTooManyRequests, Times: 1})
	lines := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { // remove values that differ between runs
			if a.Key == slog.TimeKey || a.Key == "took" || a.Key == "request_id" || a.Key == "again_in" {
				return slog.Attr{}
			}
			return a
		}}))
	if _, err := drive.Client(ctx, quickly(), acd.WithLogger(lines)).Nodes.Get(ctx, id); err != nil {
		log.Fatal(err)
	}
	// Output: level=INFO msg="acd: attempt" op=Nodes.Get attempt=1 status=429 code="" message="Rate exceeded" logref=""
}

// With two attempts and a short wait, a call fails early instead of waiting long.
func ExampleWithRetryPolicy() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.Inject(mocks.Fault{Op: "Nodes.*", Status: http.StatusServiceUnavailable})
	client := drive.Client(ctx, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 2, MaxDelay: time.Millisecond}))
	_, err := client.Nodes.Get(ctx, drive.RootID())
	var e *acd.Error
	fmt.Println(errors.As(err, &e) && e.Attempts == 2, errors.Is(err, acd.ErrUnavailable), acd.IsRetryable(err))
	// Output: true true true
}

// When the context ends, the call and its waits end too. The error wraps the cause of the context and the
// error of the last response.
func ExampleIsRetryable() {
	drive := mocks.NewDrive()
	drive.Inject(mocks.Fault{Op: "Nodes.Get", Status: http.StatusServiceUnavailable})
	ctx, stop := context.WithCancelCause(context.Background())
	errShutdown := errors.New("the program is told to stop")
	client := drive.Client(ctx, acd.WithRetryPolicy(acd.RetryPolicy{Backoff: func(int) time.Duration {
		stop(errShutdown) // while the client waits for its second attempt
		return time.Hour
	}}))
	_, err := client.Nodes.Get(ctx, drive.RootID())
	fmt.Println(errors.Is(err, errShutdown), errors.Is(err, acd.ErrUnavailable), acd.IsRetryable(err))
	// Output: true true false
}

// Use the sentinel to decide what to do. The fields of the error are for logs and bug reports.
func ExampleError() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	reports, _ := drive.Mkdir("Reports")
	_, err := drive.Client(ctx).Nodes.CreateFolder(ctx, acd.RootID, "reports")

	var e *acd.Error
	switch {
	case errors.Is(err, acd.ErrExists) && errors.As(err, &e):
		fmt.Println(e.Op, e.Target, e.StatusCode, e.Code, e.ConflictID == reports)
	case err != nil:
		log.Fatal(err)
	}
	// Output: Nodes.CreateFolder reports 409 NAME_ALREADY_EXISTS true
}

// All clients that share the limiter together make at most two attempts a second.
func ExampleWithLimiter() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	limiter := acd.NewLimiter(2, 10) // in bursts of at most ten
	for range 2 {
		client := drive.Client(ctx, acd.WithLimiter(limiter))
		if _, err := client.Nodes.Get(ctx, drive.RootID()); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(limiter.State().Rate, "a second")
	// Output: 2 a second
}

// The service limits each user and each application. A program with many users has one limiter for each
// user and one for the application.
func ExampleJoinLimiters() {
	ctx := context.Background()
	application := acd.NewLimiter(100, 100)
	forUser := func() acd.Limiter { return acd.JoinLimiters(acd.NewLimiter(5, 20), application) }
	drive := mocks.NewDrive()
	for range 3 {
		if _, err := drive.Client(ctx, acd.WithLimiter(forUser())).Nodes.Root(ctx); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(application.State().Rate, "a second for all users together")
	// Output: 100 a second for all users together
}

// A name may contain characters that the service does not accept. The caller sees the real name, and the
// drive stores similar characters in their place.
func ExampleWithNameEncoding() {
	ctx := context.Background()
	for _, e := range []encoding.Encoding{encoding.Default, encoding.Default | encoding.Question} {
		drive := mocks.NewDrive()
		n, err := drive.Client(ctx, acd.WithNameEncoding(e)).Content.Upload(ctx, "", "AC/DC?.mp3", strings.NewReader(""))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name, n.RawName)
	}
	// Output:
	// AC/DC?.mp3 AC／DC?.mp3
	// AC/DC?.mp3 AC／DC？.mp3
}

func ExampleWithUserAgent() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	seen := http.Header{}
	client := drive.Client(ctx, acd.WithUserAgent("photo-keeper/1.2"),
		acd.WithHTTPClient(&http.Client{Transport: headers{drive, &seen}}))
	if _, err := client.Nodes.Root(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(seen.Get("User-Agent"))
	// Output: photo-keeper/1.2
}

// headers is a RoundTripper that keeps the headers of the last request.
type headers struct {
	next http.RoundTripper
	seen *http.Header
}

func (h headers) RoundTrip(req *http.Request) (*http.Response, error) {
	*h.seen = req.Header.Clone()
	return h.next.RoundTrip(req)
}

// session adds the cookies of a browser session to requests.
type session struct{ cookies []*http.Cookie }

func (s session) Authorize(req *http.Request) error {
	for _, c := range s.cookies {
		req.AddCookie(c)
	}
	return nil
}

// Answered always returns false here. It could instead take new cookies from the response, and then
// return true for a 401.
func (s session) Answered(*http.Response) (again bool) { return false }

// The client decides which requests may carry credentials. The authenticator sets the credentials.
func ExampleWithAuthenticator() {
	ctx := context.Background()
	seen := http.Header{}
	client, err := acd.NewClient(ctx, nil, // no token source
		acd.WithAuthenticator(session{[]*http.Cookie{{Name: "session-id", Value: "example"}}}),
		acd.WithHTTPClient(&http.Client{Transport: headers{mocks.NewDrive(), &seen}}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Account.Endpoints(ctx) // the mock rejects cookies: it accepts only tokens
	fmt.Println(seen.Get("Cookie"), errors.Is(err, acd.ErrUnauthorized))
	// Output: session-id=example true
}

// With plain http, anyone on the way can read the token. Without WithInsecureHTTP it is allowed only to
// this machine.
func ExampleWithInsecureHTTP() {
	ctx := context.Background()
	lan := acd.WithEndpoints(acd.Endpoints{MetadataURL: "http://drive.lan/drive/v1/", ContentURL: "http://drive.lan/cdproxy/"})
	for _, opts := range [][]acd.Option{{lan}, {lan, acd.WithInsecureHTTP()}} {
		_, err := acd.NewClient(ctx, mocks.NewDrive().TokenSource(), opts...)
		fmt.Println(err == nil)
	}
	// Output:
	// false
	// true
}

// This client speaks the dialect of Amazon Photos and uses a token. For a session at a site such as
// amazon.de, see the documentation of WithPhotos.
func ExampleWithPhotos() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithPhotos())
	drive.WriteFile("beach.jpg", []byte("a beach"))
	client := drive.Client(ctx, acd.WithPhotos(""))
	if _, err := client.Nodes.Child(ctx, "", "beach.jpg"); err != nil {
		log.Fatal(err)
	}
	requests := drive.Journal()
	fmt.Println(requests[len(requests)-1].Query.Get("resourceVersion"))
	// Output: V2
}

func ExampleClient_PhotosSite() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, opts := range [][]acd.Option{nil, {acd.WithPhotos("amazon.de")}} {
		site, ok := drive.Client(ctx, opts...).PhotosSite()
		fmt.Printf("%q %t\n", site, ok)
	}
	// Output:
	// "" false
	// "amazon.de" true
}

// Do makes an API call for which this package has no method. It uses the client's credentials, rate
// limit, retries and errors.
func ExampleClient_Do() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	var answer struct{ Status string }
	_, err := drive.Client(ctx).Do(ctx, acd.Call{
		Op:   "Program.Status",
		Path: "account/info",
		Decode: func(resp *http.Response) error {
			return json.NewDecoder(resp.Body).Decode(&answer)
		},
	})
	fmt.Println(answer.Status, err)

	_, err = drive.Client(ctx).Do(ctx, acd.Call{Op: "Program.Unknown", Path: "no/such/call"})
	fmt.Println(errors.Is(err, acd.ErrNotFound))
	// Output:
	// ACTIVE <nil>
	// true
}

// DoPages makes an API call that returns pages of nodes. The client handles page tokens and offsets, and
// requests lost pages again.
func ExampleClient_DoPages() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for i := range 450 {
		drive.WriteFile(fmt.Sprintf("%03d.txt", i), nil)
	}
	nodes := 0
	for _, err := range drive.Client(ctx).DoPages(ctx, acd.Call{
		Op: "Program.Texts", Path: "nodes", Query: url.Values{"filters": {"kind:FILE"}},
	}) {
		if err != nil {
			log.Fatal(err)
		}
		nodes++
	}
	fmt.Println(nodes, "nodes in", drive.Counters().ByOp["Nodes.List"], "pages")
	// Output: 450 nodes in 3 pages
}

// DecodeNode reads the service's JSON of a node. In this JSON the name has its stored form.
func ExampleClient_DecodeNode() {
	_, client, n := driveWith("AC/DC.mp3", "music")
	stored, err := json.Marshal(n)
	if err != nil {
		log.Fatal(err)
	}
	again, err := client.DecodeNode(stored)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.ID == n.ID, again.Name == n.Name, again.MD5() == n.MD5())
	// Output: true true true
}

// The file always holds the old checkpoint or the new one, even after a crash.
func ExampleFileCheckpointStore() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	errDone := errors.New("up to date")
	for _, name := range []string{"a.txt", "b.txt"} { // two runs of a program
		drive.WriteFile(name, nil)
		store := acd.NewFileCheckpointStore(filepath.Join(dir, "drive.checkpoint"))
		var last bool
		err := client.Changes.Watch(ctx, store, func(_ context.Context, set *acd.ChangeSet) error {
			if last {
				return errDone // the checkpoint of the last set is saved now
			}
			for _, n := range set.Nodes {
				if n.IsFile() {
					fmt.Println(n.Name)
				}
			}
			last = set.End
			return nil
		}, acd.WatchOptions{Interval: time.Millisecond})
		if !errors.Is(err, errDone) {
			log.Fatal(err)
		}
	}
	// Output:
	// a.txt
	// b.txt
}
