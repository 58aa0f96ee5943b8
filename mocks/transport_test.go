package mocks_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// closer records that it was closed.
type closer struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func newCloser(r io.Reader) *closer { return &closer{Reader: r, closed: make(chan struct{})} }

func (c *closer) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// TestRoundTripIsATransport checks what callers may expect of every http.RoundTripper.
func TestRoundTripIsATransport(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		length int64
		fails  bool
	}{"right": {25, false}, "unknown": {0, false}, "chunked": {-1, false}, "too short": {30, true}, "too long": {10, true}} {
		body := newCloser(strings.NewReader(fmt.Sprintf(`{"name":%q,"kind":"x"}`, "abc")))
		req := r.request("POST", "/drive/v1/nodes", body)
		req.ContentLength = c.length
		resp, err := r.drive.RoundTrip(req)
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if resp.Request != req || resp.ContentLength < 0 || resp.Header.Get("X-Amzn-Requestid") == "" || resp.Header.Get("Date") == "" || resp.Status != "400 Bad Request" {
				t.Errorf("%s: %+v", name, resp)
			}
			b, err := io.ReadAll(resp.Body)
			if int64(len(b)) != resp.ContentLength || err != nil {
				t.Errorf("%s: %d bytes of %d, %v", name, len(b), resp.ContentLength, err)
			}
			resp.Body.Close()
			if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
				t.Errorf("%s: a closed body was read", name)
			}
		}
		select {
		case <-body.closed:
		default:
			t.Errorf("%s: the request body was not closed", name)
		}
	}
	for name, req := range map[string]*http.Request{
		"no host":      {Method: "GET", URL: &url.URL{Path: "/"}, Header: http.Header{}},
		"header value": {Method: "GET", URL: &url.URL{Scheme: "https", Host: "h", Path: "/"}, Header: http.Header{"A": {"b\r\nC: d"}}},
		"header name":  {Method: "GET", URL: &url.URL{Scheme: "https", Host: "h", Path: "/"}, Header: http.Header{"A b": {"c"}}},
	} {
		if _, err := r.drive.RoundTrip(req); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	broken := errors.New("the disk is gone")
	req := r.request("POST", "/cdproxy/nodes?name=f&kind=FILE", io.MultiReader(strings.NewReader("x"), &failing{broken}))
	if _, err := r.drive.RoundTrip(req); !errors.Is(err, broken) {
		t.Errorf("a source that fails: %v", err)
	}
	if _, stored := r.drive.Lookup("f"); stored {
		t.Error("half a file was stored")
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestCancelWhileReading cancels a request whose body never comes, and a response that is read only
// in part.
func TestCancelWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		pr, _ := io.Pipe()
		if _, err := r.try(r.request("POST", "/cdproxy/nodes?name=f&kind=FILE", pr).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a body that never comes: %v", err)
		}
		id := r.mustUpload("g", r.drive.RootID(), strings.Repeat("x", 1<<20))
		ctx, stop := context.WithCancel(t.Context())
		resp, err := r.hc.Do(r.request("GET", "/cdproxy/nodes/"+id+"/content", nil).WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
			t.Error(err)
		}
		stop()
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
			t.Errorf("reading on: %v", err)
		}
		resp.Body.Close()
		q := r.drive.Journal()[2]
		if q.Sent != 10 {
			t.Errorf("the journal says %d bytes were read", q.Sent)
		}
	})
}

func TestJournal(t *testing.T) {
	r := newRig(t, mocks.WithJournal(3))
	id := r.mustUpload("f", r.drive.RootID(), "hello")
	r.token = "secret-token"
	r.meta("GET", "nodes/"+id+"?access_token=other-secret", "")
	r.token = "tok"
	link := r.want(200, "GET", "nodes/"+id+"?tempLink=true", "")["tempLink"].(string)
	r.bareGet(link, "bytes=1-2")
	list := r.drive.Journal()
	if len(list) != 3 {
		t.Fatalf("%d requests kept", len(list))
	}
	last := list[2]
	if last.Op != "Content.TempLink" || last.NodeID != id || last.Range != "bytes=1-2" || last.Status != 206 || last.Sent != 2 || last.Token != mocks.NoToken {
		t.Errorf("%+v", last)
	}
	text := fmt.Sprintf("%+v", list)
	for _, secret := range []string{"secret-token", "other-secret", link[strings.LastIndexByte(link, '/')+1:]} {
		if strings.Contains(text, secret) {
			t.Errorf("the journal holds %q", secret)
		}
	}
	if list[0].Token != mocks.UnknownToken || list[1].Token != mocks.ValidToken {
		t.Errorf("tokens: %q %q", list[0].Token, list[1].Token)
	}
	c := r.drive.Counters()
	if want := map[mocks.Op]int{"Content.Upload": 1, "Nodes.Get": 2, "Content.TempLink": 1}; c.Requests != 4 || !cmp.Equal(c.ByOp, want) {
		t.Errorf("%+v", c)
	}
	r.drive.ClearJournal()
	if c := r.drive.Counters(); c.Requests != 0 || len(r.drive.Journal()) != 0 {
		t.Errorf("cleared: %+v", c)
	}
}

func TestGzip(t *testing.T) {
	for _, socket := range []bool{false, true} {
		r := newRig(t, mocks.WithGzip())
		if socket {
			r.overSocket()
		}
		for _, path := range []string{"GET nodes", "POST changes"} {
			method, path, _ := strings.Cut(path, " ")
			plain := r.meta(method, path, "")
			req := r.request(method, "/drive/v1/"+path, nil)
			req.Header.Set("Accept-Encoding", "gzip")
			res := r.send(req)
			if res.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("%v", res.header)
			}
			zr, err := gzip.NewReader(strings.NewReader(res.body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(zr)
			if err != nil || len(b) != len(plain.body) {
				t.Errorf("%d bytes, want %d: %v", len(b), len(plain.body), err)
			}
		}
	}
}

func TestCycles(t *testing.T) {
	r := newRig(t, mocks.WithCycles())
	a := r.mkdir("a", r.drive.RootID())
	b := r.mkdir("b", a)
	r.want(200, "PUT", "nodes/"+b+"/children/"+a, "")
	if got := r.drive.Snapshot().Paths(); !cmp.Equal(got, []string{"a", "a/b", "a/b/a"}) {
		t.Errorf("%q", got)
	}
	r.want(200, "DELETE", "nodes/"+r.drive.RootID()+"/children/"+a, "")
	r.want(200, "PUT", "trash/"+a, "")
	r.want(200, "POST", "trash/"+a+"/restore", "")
}

func TestAlbums(t *testing.T) {
	r := newRig(t, mocks.WithPhotos())
	id := r.mustUpload("p.jpg", r.drive.RootID(), "p")
	r.want(400, "POST", "nodes", `{"name":"Album","kind":"VISUAL_COLLECTION"}`)
	album := r.want(201, "POST", "nodes?resourceVersion=V2", `{"name":"Album","kind":"VISUAL_COLLECTION"}`)["id"].(string)
	r.want(404, "GET", "nodes/"+album, "")
	r.want(200, "PATCH", "nodes/"+album+"/children", `{"op":"add","value":["`+id+`"],"resourceVersion":"V2","ContentType":"JSON"}`)
	list := r.want(200, "GET", "nodes/"+album+"/children?resourceVersion=V2", "")
	if list["count"] != 1.0 {
		t.Errorf("%v", list)
	}
	r.want(200, "PATCH", "nodes/"+album+"/children", `{"op":"remove","value":["`+id+`"],"resourceVersion":"V2"}`)
	if n := r.want(200, "GET", "nodes/"+id, ""); len(n["parents"].([]any)) != 1 {
		t.Errorf("%v", n)
	}
}

func TestPhotoSearch(t *testing.T) {
	r := newRig(t, mocks.WithPhotos())
	for _, name := range []string{"a.jpg", "b.mp4", "c.txt", "d.jpg"} {
		meta := fmt.Sprintf(`{"name":%q,"kind":"FILE","contentProperties":{"contentDate":"2023-0%d-05T00:00:00.000Z"}}`, name, name[0]-'a'+1)
		if res := r.send(r.uploadRequest("", meta, []byte(name))); res.status != 201 {
			t.Fatal(res)
		}
	}
	for filter, want := range map[string][]string{
		"type:(PHOTOS OR VIDEOS) AND timeYear:(2023)": {"a.jpg", "b.mp4", "d.jpg"},
		"type:(PHOTOS)":                     {"a.jpg", "d.jpg"},
		"timeMonth:(1 OR 3)":                {"a.jpg", "c.txt"},
		"type:(VIDEOS) AND timeYear:(2022)": nil,
		"people:(someone)":                  nil,
	} {
		got := r.names("search", url.Values{"filters": {filter}, "sort": {"['createdDate ASC']"}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	r.want(400, "GET", "search?filters=nonsense", "")
	if res := newRig(t).meta("GET", "search", ""); res.status != 404 {
		t.Errorf("without Photos: %d", res.status)
	}
}

// TestClock moves the drive's clock by hand through more than a month.
func TestClock(t *testing.T) {
	now := time.Date(2016, 5, 1, 10, 0, 0, 0, time.UTC)
	r := newRig(t, mocks.WithClock(func() time.Time { return now }), mocks.WithTokenLifetime(40*24*time.Hour))
	root := r.drive.RootID()
	id := r.mustUpload("a", root, "a")
	r.mustUpload("b", root, "b")
	n := r.want(200, "PUT", "trash/"+id, "")
	if n["createdDate"] != "2016-05-01T10:00:00.000Z" {
		t.Errorf("created %v", n["createdDate"])
	}
	r.mustUpload("c", root, "c")
	token := r.want(200, "GET", "nodes?limit=1", "")["nextToken"].(string)
	now = now.Add(11 * time.Minute)
	r.want(400, "GET", "nodes?limit=1&startToken="+token, "")
	now = now.Add(31 * 24 * time.Hour)
	r.want(404, "GET", "nodes/"+id, "")
	now = now.Add(10 * 24 * time.Hour)
	if res := r.meta("GET", "nodes", ""); res.status != 401 || res.header.Get("Date") != "Sat, 11 Jun 2016 10:11:00 GMT" {
		t.Errorf("%d %s", res.status, res.header.Get("Date"))
	}
}

func TestEndpoints(t *testing.T) {
	r := newRig(t, mocks.WithoutCustomer())
	if got := r.want(200, "GET", "account/endpoint", ""); !cmp.Equal(got, map[string]any{"customerExists": false}) {
		t.Errorf("%v", got)
	}
	r = newRig(t, mocks.WithRegion("EU"), mocks.WithHosts(mocks.Hosts{Discovery: "drive.test", Metadata: "cdws.test", Content: "content-eu.test"}))
	got := r.want(200, "GET", "account/endpoint", "")
	if got["metadataUrl"] != "https://cdws.test/drive/v1/" || got["contentUrl"] != "https://content-eu.test/cdproxy/" || got["region"] != "EU" {
		t.Errorf("%v", got)
	}
	if res := r.meta("GET", "nodes", ""); res.status != 404 {
		t.Errorf("metadata on the discovery host: %d", res.status)
	}
}

func TestSeedAndSnapshot(t *testing.T) {
	fsys := fstest.MapFS{"a/b/c.txt": {Data: []byte("c")}, "a/empty": {}, "top.jpg": {Data: []byte("top")}}
	d := mocks.NewDrive(mocks.WithSeed(5))
	if err := d.SeedFS(fsys); err != nil {
		t.Fatal(err)
	}
	file := func(content string) mocks.Entry {
		return mocks.Entry{Kind: "FILE", Status: "AVAILABLE", Size: int64(len(content)), MD5: sum(content)}
	}
	dir := mocks.Entry{Kind: "FOLDER", Status: "AVAILABLE"}
	want := mocks.Snapshot{
		Tree:  map[string]mocks.Entry{"a": dir, "a/b": dir, "a/b/c.txt": file("c"), "a/empty": file(""), "top.jpg": file("top")},
		Trash: map[string]mocks.Entry{},
	}
	if diff := cmp.Diff(want, d.Snapshot()); diff != "" {
		t.Error(diff)
	}
	if again := mocks.NewDrive(mocks.WithSeed(5)); again.RootID() != d.RootID() {
		t.Error("one seed, two roots")
	}
	if b, err := d.ReadFile("/A/B/C.TXT"); err != nil || !bytes.Equal(b, []byte("c")) {
		t.Errorf("%q %v", b, err)
	}
	for _, bad := range []func() error{
		func() error { _, err := d.Mkdir("top.jpg/x"); return err },
		func() error { _, err := d.WriteFile("a/b", nil); return err },
		func() error { _, err := d.WriteFile("", nil); return err },
		func() error { _, err := d.WriteFile("x/"+strings.Repeat("n", 281), nil); return err },
		func() error { _, err := d.ReadFile("a"); return err },
	} {
		if bad() == nil {
			t.Error("no error")
		}
	}
}

// TestConcurrent makes calls at the same time. The race detector must find nothing.
func TestConcurrent(t *testing.T) {
	r := newRig(t, mocks.WithIndexLag(time.Microsecond), mocks.WithFirstParty())
	root := r.drive.RootID()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				name := fmt.Sprintf("%d-%d", i, j)
				res := r.upload(name, root, name)
				id, _ := res.json(t)["id"].(string)
				r.meta("GET", "nodes/"+root+"/children?limit=3", "")
				r.meta("POST", "changes", `{"chunkSize":5}`)
				r.meta("PATCH", "nodes/"+id, `{"name":"x`+name+`"}`)
				r.meta("PUT", "trash/"+id, "")
				if j%2 == 0 {
					r.meta("DELETE", "nodes/"+id, "")
				} else {
					r.meta("POST", "trash/"+id+"/restore", "")
				}
				r.drive.Snapshot()
				r.drive.Journal()
			}
		})
	}
	wg.Wait()
	if got := len(r.drive.Snapshot().Tree); got != 80 {
		t.Errorf("%d files left, want 80", got)
	}
}
