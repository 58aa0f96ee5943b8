package acd_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

// turn reads the pages of a folder as a visitor of a web site does. Each page is read by a new
// client.
func turn(t *testing.T, client func() *acd.Client, folder string, opts acd.ListOptions) (names []string, sizes []int, err error) {
	t.Helper()
	token := acd.PageToken("")
	for range 100 {
		page, err := client().Nodes.ChildrenPage(t.Context(), folder, token, opts)
		if page == nil {
			return names, sizes, err
		}
		for _, n := range page.Nodes {
			names = append(names, n.Name)
		}
		sizes = append(sizes, len(page.Nodes))
		if err != nil || page.Next == "" {
			return names, sizes, err
		}
		if strings.ContainsAny(string(page.Next), "+/=&?#% ") {
			t.Errorf("token %q does not go into a link as it is", page.Next)
		}
		token = page.Next
	}
	t.Fatal("no end after 100 pages")
	return nil, nil, nil
}

func wantFiles(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("file-%03d", i))
	}
	return names
}

// Every node must come exactly once, whether the service has page tokens or only offsets.
func TestPagesHoldEveryNodeOnce(t *testing.T) {
	const files = 23
	offsets := foreign.AlterJSON("GET nodes/*/children", func(page map[string]any) { delete(page, "nextToken") })
	for name, hooks := range map[string][]foreign.Hook{
		"tokens": nil, "offsets": {offsets},
		"a count that is too low": {offsets, foreign.AlterJSON("GET nodes/*/children", func(page map[string]any) { page["count"] = 3 })},
		"no count":                {offsets, foreign.AlterJSON("GET nodes/*/children", func(page map[string]any) { delete(page, "count") })},
	} {
		t.Run(name, func(t *testing.T) {
			server := foreign.Start(t, hooks...)
			folder := server.AddFolder(server.Root(), "folder")
			for _, file := range wantFiles(files) {
				server.AddFile(folder, file, "x")
			}
			names, sizes, err := turn(t, func() *acd.Client { return foreignClient(t, server) }, folder, acd.ListOptions{PageSize: 5})
			if err != nil || !slices.Equal(names, wantFiles(files)) || sizes[0] != 5 {
				t.Errorf("pages of %v, error %v, nodes %q", sizes, err, names)
			}
		})
	}
	t.Run("mock", func(t *testing.T) {
		drive, folder := crowded(t, files)
		names, sizes, err := turn(t, func() *acd.Client { return newClient(t, drive) }, folder, acd.ListOptions{PageSize: 10, Sort: []acd.Order{acd.Ascending(acd.FieldName)}})
		if err != nil || len(names) != files || !slices.Equal(sizes, []int{10, 10, 3}) || !slices.IsSorted(names) {
			t.Errorf("pages of %v, error %v, nodes %q", sizes, err, names)
		}
	})
}

func TestListPage(t *testing.T) {
	drive, _ := crowded(t, 7)
	client := newClient(t, drive)
	opts := acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindFile)), PageSize: 4}
	first, err := client.Nodes.ListPage(t.Context(), "", opts)
	if err != nil || len(first.Nodes) != 4 || first.Next == "" || first.Count != 7 {
		t.Fatalf("first page %+v, error %v", first, err)
	}
	second, err := client.Nodes.ListPage(t.Context(), first.Next, opts)
	if err != nil || len(second.Nodes) != 3 || second.Next != "" {
		t.Errorf("second page %+v, error %v", second, err)
	}
	again, err := client.Nodes.ListPage(t.Context(), first.Next, opts) // a visitor reloads the page
	if err != nil || len(again.Nodes) != 3 {
		t.Errorf("the page once more: %+v, %v", again, err)
	}
}

// An expired token must fail with ErrPageExpired. A token of another listing, or one that nobody
// made, must be refused before any request.
func TestPageTokensThatDoNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive, folder := crowded(t, 7)
		client := newClient(t, drive)
		opts := acd.ListOptions{PageSize: 4}
		page, err := client.Nodes.ChildrenPage(t.Context(), folder, "", opts)
		if err != nil {
			t.Fatal(err)
		}
		before := drive.Counters().Requests
		for name, call := range map[string]func() (*acd.Page, error){
			"another folder": func() (*acd.Page, error) { return client.Nodes.ChildrenPage(t.Context(), acd.RootID, page.Next, opts) },
			"another call":   func() (*acd.Page, error) { return client.Nodes.ListPage(t.Context(), page.Next, opts) },
			"another size": func() (*acd.Page, error) {
				return client.Nodes.ChildrenPage(t.Context(), folder, page.Next, acd.ListOptions{PageSize: 5})
			},
			"another filter": func() (*acd.Page, error) {
				return client.Nodes.ChildrenPage(t.Context(), folder, page.Next, acd.ListOptions{PageSize: 4, Filter: acd.FieldName.Is("x")})
			},
			"made up": func() (*acd.Page, error) { return client.Nodes.ChildrenPage(t.Context(), folder, "made up", opts) },
			"cut":     func() (*acd.Page, error) { return client.Nodes.ChildrenPage(t.Context(), folder, page.Next[:9], opts) },
		} {
			if _, err := call(); !errors.Is(err, acd.ErrInvalid) || errors.Is(err, acd.ErrPageExpired) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := drive.Counters().Requests - before; n > 1 { // one request may look up RootID
			t.Errorf("%d requests", n)
		}
		time.Sleep(11 * time.Minute)
		if got, err := client.Nodes.ChildrenPage(t.Context(), folder, page.Next, opts); !errors.Is(err, acd.ErrPageExpired) || got != nil {
			t.Errorf("after 11 minutes: %v, %v", got, err)
		}
	})
}

// A token may be accepted from an untrusted person, so any text may come.
func FuzzPageToken(f *testing.F) {
	drive, _ := crowded(f, 3)
	client := newClient(f, drive)
	opts := acd.ListOptions{PageSize: 2, Filter: acd.FieldKind.Is(string(acd.KindFile))}
	page, err := client.Nodes.ListPage(f.Context(), "", opts)
	if err != nil {
		f.Fatal(err)
	}
	genuine, err := base64.RawURLEncoding.DecodeString(string(page.Next))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(genuine))
	for _, change := range []string{`"c":-1`, `"c":9999`, `"r":7`, `"t":""`, `"e":1e9`, `"f":null`} {
		f.Add(strings.TrimSuffix(string(genuine), "}") + "," + change + "}")
	}
	f.Fuzz(func(t *testing.T, text string) {
		token := acd.PageToken(base64.RawURLEncoding.EncodeToString([]byte(text)))
		if token == "" {
			return
		}
		page, err := client.Nodes.ListPage(t.Context(), token, opts)
		if page != nil && len(page.Nodes) > 2 {
			t.Errorf("a page of %d nodes", len(page.Nodes))
		}
		if err != nil && !errors.Is(err, acd.ErrInvalid) && !errors.Is(err, acd.ErrIncomplete) && !errors.Is(err, acd.ErrPageExpired) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// Nodes that listings leave out are left out of pages too. Such a page is shorter, but it is not
// the last one.
func TestPagesLeaveOutWhatIsNotThere(t *testing.T) {
	server := foreign.Start(t)
	folder := server.AddFolder(server.Root(), "folder")
	for i, file := range wantFiles(12) {
		id := server.AddFile(folder, file, "x")
		if i < 6 {
			server.Set(id, "status", "PENDING")
		}
	}
	names, sizes, err := turn(t, func() *acd.Client { return foreignClient(t, server) }, folder, acd.ListOptions{PageSize: 5})
	if err != nil || !slices.Equal(sizes, []int{0, 4, 2}) || !slices.Equal(names, wantFiles(12)[6:]) {
		t.Errorf("pages of %v, error %v, nodes %q", sizes, err, names)
	}
}

// If pages may be missing, or if the next page cannot be read, the error must say that the listing
// is incomplete.
func TestPagesThatCannotBeWhole(t *testing.T) {
	children := foreign.Match("GET nodes/*/children")
	for name, tc := range map[string]struct {
		hooks []foreign.Hook
		names int // how many names come in spite of that
	}{
		"a page is lost after a 429": {[]foreign.Hook{
			// The second page fails once. The service then loses it, and answers with the third
			// page.
			foreign.AlterJSON(children, func(page map[string]any) {
				data := page["data"].([]any)
				page["data"] = slices.DeleteFunc(data, func(n any) bool {
					name := n.(map[string]any)["name"].(string)
					return "file-005" <= name && name <= "file-009"
				})
			}),
			foreign.Only(children, func(call int64) bool { return call == 2 },
				foreign.Instead(children, foreign.Say(http.StatusTooManyRequests, "application/json", `{"message":"Rate exceeded"}`))),
		}, 7},
		"a service that repeats page one": {[]foreign.Hook{
			foreign.AlterJSON(children, func(page map[string]any) { delete(page, "nextToken") }),
			ignoreOffset,
		}, 5},
		"a service that repeats a token": {[]foreign.Hook{
			foreign.AlterJSON(children, func(page map[string]any) { page["nextToken"] = "page-5" }),
		}, 10},
		"a node that cannot be read": {[]foreign.Hook{
			foreign.AlterJSON(children, func(page map[string]any) {
				for _, n := range page["data"].([]any) {
					if n := n.(map[string]any); n["name"] == "file-003" {
						n["version"] = []any{"no number"}
					}
				}
			}),
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			server := foreign.Start(t, tc.hooks...)
			folder := server.AddFolder(server.Root(), "folder")
			for _, file := range wantFiles(12) {
				server.AddFile(folder, file, "x")
			}
			names, sizes, err := turn(t, func() *acd.Client { return foreignClient(t, server) }, folder, acd.ListOptions{PageSize: 5})
			slices.Sort(names)
			if !errors.Is(err, acd.ErrIncomplete) || len(slices.Compact(names)) != tc.names {
				t.Errorf("pages of %v, error %v, nodes %q", sizes, err, names)
			}
		})
	}
}

// ignoreOffset makes the service answer a request for a page by offset with page one.
func ignoreOffset(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Del("offset")
		r.URL.RawQuery = q.Encode()
		next.ServeHTTP(w, r)
	})
}

// After a page with a node that cannot be read, the next pages can be read.
func TestPagesGoOnAfterANodeThatCannotBeRead(t *testing.T) {
	server := foreign.Start(t, foreign.AlterJSON("GET nodes/*/children", func(page map[string]any) {
		for _, n := range page["data"].([]any) {
			if n := n.(map[string]any); n["name"] == "file-003" {
				n["version"] = []any{"no number"}
			}
		}
	}))
	folder := server.AddFolder(server.Root(), "folder")
	for _, file := range wantFiles(7) {
		server.AddFile(folder, file, "x")
	}
	client := foreignClient(t, server)
	page, err := client.Nodes.ChildrenPage(t.Context(), folder, "", acd.ListOptions{PageSize: 5})
	bad, ok := errors.AsType[*acd.NodeError](err)
	if page == nil || !ok || bad.Name != "file-003" || len(page.Nodes) != 4 || page.Next == "" {
		t.Fatalf("page %+v, error %v", page, err)
	}
	page, err = client.Nodes.ChildrenPage(t.Context(), folder, page.Next, acd.ListOptions{PageSize: 5})
	if err != nil || len(page.Nodes) != 2 || page.Next != "" {
		t.Errorf("page %+v, error %v", page, err)
	}
}

// By offsets, the service lists no more than 9,999 nodes.
func TestPagesEndAtTheServicesLimit(t *testing.T) {
	var offsets []string
	server := foreign.Start(t, foreign.After("GET nodes", func(w http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) {
		offset := r.URL.Query().Get("offset")
		offsets = append(offsets, offset)
		data := make([]any, 200)
		for i := range data {
			data[i] = map[string]any{"id": fmt.Sprintf("%s-%d", offset, i), "kind": "FILE", "name": "n", "status": "AVAILABLE", "version": 1, "parents": []any{"p"}}
		}
		foreign.SayJSON(200, map[string]any{"count": 20000, "data": data})(w, r)
	}))
	client := foreignClient(t, server)
	var err error
	nodes, token := 0, acd.PageToken("")
	for err == nil {
		var page *acd.Page
		if page, err = client.Nodes.ListPage(t.Context(), token, acd.ListOptions{}); page != nil {
			nodes, token = nodes+len(page.Nodes), page.Next
		}
	}
	if !errors.Is(err, acd.ErrIncomplete) || token != "" || len(offsets) != 50 {
		t.Errorf("%d nodes, token %q, %d requests, error %v", nodes, token, len(offsets), err)
	}
}

// Amazon Photos gives page tokens only for some listings.
func TestPagesOfPhotos(t *testing.T) {
	drive, folder := crowded(t, 12, mocks.WithPhotos())
	names, sizes, err := turn(t, func() *acd.Client { return newClient(t, drive, acd.WithPhotos("")) }, folder, acd.ListOptions{PageSize: 5})
	slices.Sort(names)
	if err != nil || len(names) != 12 || len(slices.Compact(names)) != 12 {
		t.Errorf("pages of %v, error %v, nodes %q", sizes, err, names)
	}
}
