package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/transfer"
)

// The tests in this file use a service that was written independently of the client.

const (
	listings    = "GET nodes|GET nodes/*/children"
	postContent = "POST cdproxy/nodes"
)

// noLimiter does not limit the rate.
type noLimiter struct{}

func (noLimiter) Acquire(context.Context) (func(acd.Outcome), error) {
	return func(acd.Outcome) {}, nil
}

func foreignClient(t testing.TB, s *foreign.Service) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: foreign.Token}),
		acd.WithDiscoveryURL(s.Discovery()), acd.WithLimiter(noLimiter{}), acd.WithUploadWaitPerGiB(0),
		acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond, MaxRetryAfter: 2 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// localTree makes a directory with these files, given by path.
func localTree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func localFiles(t testing.TB, dir string) (n int) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return nil
	})
	return n
}

// toldEvents collects the events of a copy.
type toldEvents struct {
	mu  sync.Mutex
	all []transfer.Event
}

func (e *toldEvents) add(ev transfer.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
}

func (e *toldEvents) about(name string) (found []transfer.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if strings.Contains(ev.Path, name) || ev.Node != nil && ev.Node.ID == name || ev.Err != nil && strings.Contains(ev.Err.Error(), name) {
			found = append(found, ev)
		}
	}
	return found
}

// If the response is not a listing, the download fails. It must not copy nothing and report
// success.
func TestDownloadOfAHollowListingFails(t *testing.T) {
	for name, body := range map[string]string{
		"{}": `{}`, "null": `null`, "[]": `[]`, "a text": `""`, "an error": `{"message":"Internal failure","code":"INTERNAL"}`,
		"data null": `{"count":3,"data":null}`, "nothing": ``, "nodes of nothing": `{"count":1,"data":[{}]}`, "data missing": `{"count":3}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t)
			folder := s.AddFolder(s.Root(), "photos")
			s.AddFile(folder, "a.jpg", "a")
			to := t.TempDir()
			s.Hook(foreign.Instead("GET nodes/*/children", foreign.Say(200, "application/json", body)))
			report, err := transfer.Download(t.Context(), foreignClient(t, s), "", to, transfer.Options{RootID: folder})
			if err == nil {
				t.Errorf("%s: success: %+v", body, report)
			}
		})
	}
}

// If the service sends a sign-in page, a copy in either direction ends after few requests, because
// no later file can be copied.
func TestCopyEndsAtASignInPage(t *testing.T) {
	const page = "<!doctype html><html><head><title>Amazon Sign-In</title></head></html>"
	files := map[string]string{}
	for i := range 100 {
		files[fmt.Sprintf("f%03d.txt", i)] = fmt.Sprint(i)
	}
	t.Run("Upload", func(t *testing.T) {
		s := foreign.Start(t, foreign.Instead(postContent, foreign.Say(200, "text/html", page)))
		_, err := transfer.Upload(t.Context(), foreignClient(t, s), localTree(t, files), "backup", transfer.Options{Workers: 2})
		if !errors.Is(err, acd.ErrUnauthorized) {
			t.Errorf("got %v, want ErrUnauthorized", err)
		}
		if n := len(s.Requests(postContent)); n > 20 {
			t.Errorf("%d bodies for a session that has ended", n)
		}
	})
	t.Run("Download", func(t *testing.T) {
		s := foreign.Start(t)
		folder := s.AddFolder(s.Root(), "photos")
		for name, content := range files {
			s.AddFile(folder, name, content)
		}
		s.Hook(foreign.Instead("GET cdproxy/nodes/*/content", foreign.Say(200, "text/html", page)))
		_, err := transfer.Download(t.Context(), foreignClient(t, s), "photos", t.TempDir(), transfer.Options{Workers: 2})
		if !errors.Is(err, acd.ErrUnauthorized) {
			t.Errorf("got %v, want ErrUnauthorized", err)
		}
		if n := len(s.Requests("GET cdproxy/nodes/*/content")); n > 20 {
			t.Errorf("%d requests for a session that has ended", n)
		}
	})
}

// A listing without page tokens is copied completely.
func TestDownloadOfAListingWithoutTokensIsWhole(t *testing.T) {
	s := foreign.Start(t, foreign.AlterJSON(listings, func(body map[string]any) { delete(body, "nextToken") }))
	folder := s.AddFolder(s.Root(), "photos")
	for i := range 250 {
		s.AddFile(folder, fmt.Sprintf("f%03d.jpg", i), "x")
	}
	to := t.TempDir()
	report, err := transfer.Download(t.Context(), foreignClient(t, s), "", to, transfer.Options{RootID: folder})
	if err != nil || report.Copied != 250 || localFiles(t, to) != 250 {
		t.Errorf("%d of 250 files, report %+v, %v", localFiles(t, to), report, err)
	}
}

// Responses name nodes that are not the copied file. Upload must not write to these nodes or trash
// them, and must not take them for the copied file.
func TestUploadLeavesStrangersAlone(t *testing.T) {
	type stranger struct {
		make   func(s *foreign.Service, folder string) string
		answer func(s *foreign.Service, id string) http.HandlerFunc
	}
	elsewhere := func(name, content string) func(*foreign.Service, string) string {
		return func(s *foreign.Service, _ string) string {
			id := s.AddFile(s.AddFolder(s.Root(), "elsewhere"), name, content)
			s.Set(id, "createdDate", "2015-02-10T07:15:30.120Z")
			return id
		}
	}
	conflict := func(code string) func(*foreign.Service, string) http.HandlerFunc {
		return func(_ *foreign.Service, id string) http.HandlerFunc {
			return foreign.SayJSON(409, foreign.ErrorBody(code, "exists", id))
		}
	}
	created := func(s *foreign.Service, id string) http.HandlerFunc { return foreign.SayJSON(201, s.Doc(id)) }
	tests := map[string]stranger{
		"409 names another name in another folder":  {elsewhere("precious.txt", "precious"), conflict("NAME_ALREADY_EXISTS")},
		"409 names the same name in another folder": {elsewhere("a.txt", "precious"), conflict("NAME_ALREADY_EXISTS")},
		"409 names an equal file in another folder": {elsewhere("a.txt", "content"), conflict("NAME_ALREADY_EXISTS")},
		"duplicate elsewhere":                       {elsewhere("a.txt", "content"), conflict("MD5_DUPLICATE")},
		"duplicate of another name":                 {elsewhere("b.txt", "content"), conflict("MD5_DUPLICATE")},
		"201 describes an equal file of 2015":       {elsewhere("a.txt", "content"), created},
		"201 describes an unequal file of 2015":     {elsewhere("a.txt", "precious"), created},
		"201 describes another name, equal content": {elsewhere("precious.txt", "content"), created},
		"201 describes a file of 2015 in the folder": {func(s *foreign.Service, folder string) string {
			id := s.AddFile(folder, "other.txt", "precious")
			s.Set(id, "createdDate", "2015-02-10T07:15:30.120Z")
			return id
		}, created},
		"409 names a trashed file": {func(s *foreign.Service, folder string) string {
			id := s.AddFile(folder, "a.txt", "precious")
			s.Set(id, "status", "TRASH")
			return id
		}, conflict("NAME_ALREADY_EXISTS")},
	}
	for name, test := range tests {
		for _, options := range []string{"plain", "deduplication"} {
			t.Run(options+"/"+name, func(t *testing.T) {
				s := foreign.Start(t)
				folder := s.AddFolder(s.Root(), "backup")
				id := test.make(s, folder)
				status, content := s.Doc(id)["status"], s.Content(id)
				s.Hook(foreign.Instead(postContent, test.answer(s, id)))
				opts := transfer.Options{RootID: folder}
				if options == "deduplication" {
					opts.UploadOptions = []acd.UploadOption{acd.WithDeduplication()}
				}
				report, err := transfer.Upload(t.Context(), foreignClient(t, s), localTree(t, map[string]string{"a.txt": "content"}), "", opts)
				if s.Doc(id)["status"] != status || s.Content(id) != content || len(s.Requests("PUT cdproxy/nodes/*/content|PUT trash/*|PATCH trash")) > 0 {
					t.Errorf("the stranger was touched: status %v, content %q", s.Doc(id)["status"], s.Content(id))
				}
				if err == nil {
					t.Errorf("success, though nothing of that name is in the folder: %+v", report)
				}
			})
		}
	}
}

// A node cannot be copied, for example because it has no kind or no name. The copy reports such a
// node, with a reason.
func TestWhatACopyLeavesOutIsTold(t *testing.T) {
	tests := map[string]struct {
		key   string
		value any
	}{
		"without a kind":       {"kind", foreign.Absent},
		"with an empty kind":   {"kind", ""},
		"with a null kind":     {"kind", nil},
		"of a new kind":        {"kind", "SOMETHING_NEW"},
		"an asset":             {"kind", "ASSET"},
		"a group":              {"kind", "GROUP"},
		"an album":             {"kind", "VISUAL_COLLECTION"},
		"pending":              {"status", "PENDING"},
		"of a new status":      {"status", "SOMETHING_NEW"},
		"without a status":     {"status", foreign.Absent},
		"without a name":       {"name", foreign.Absent},
		"with an empty name":   {"name", ""},
		"without MD5":          {"contentProperties.md5", foreign.Absent},
		"without content":      {"contentProperties", foreign.Absent},
		"with a negative size": {"contentProperties.size", -5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t)
			folder := s.AddFolder(s.Root(), "photos")
			s.AddFile(folder, "a.jpg", "a")
			id := s.AddFile(folder, "odd.jpg", "odd")
			s.Set(id, test.key, test.value)
			to := t.TempDir()
			var told toldEvents
			report, err := transfer.Download(t.Context(), foreignClient(t, s), "", to, transfer.Options{RootID: folder, OnEvent: told.add})
			copied, _ := os.ReadFile(filepath.Join(to, "odd.jpg"))
			about := append(told.about("odd.jpg"), told.about(id)...)
			switch {
			case bytes.Equal(copied, []byte("odd")):
			case len(about) == 0 && (err == nil || !strings.Contains(err.Error(), id)):
				t.Errorf("left out without a word: %+v, %v", report, err)
			case len(about) > 0 && about[0].Why == "" && about[0].Err == nil:
				t.Errorf("left out without a reason: %+v", about[0])
			}
			if _, err := os.Stat(filepath.Join(to, "a.jpg")); err != nil {
				t.Errorf("its neighbour was not copied: %v", err)
			}
		})
	}
}

// One node with an odd value does not keep the other files in the folder from being copied.
func TestDownloadBesideOddValues(t *testing.T) {
	for _, odd := range []struct {
		key   string
		value any
	}{
		{"contentProperties.contentDate", ""}, {"createdDate", "2016-05-01"}, {"contentProperties.image", map[string]any{"orientation": 1}},
		{"settings", map[string]any{"favorite": "true"}}, {"assets", []any{"x"}}, {"properties", map[string]any{"app": map[string]any{"mtime": 5}}},
		{"version", "x"}, {"parents", "x"}, {"contentProperties.size", "x"},
	} {
		s := foreign.Start(t)
		folder := s.AddFolder(s.Root(), "photos")
		for i := range 10 {
			s.AddFile(folder, fmt.Sprintf("f%d.jpg", i), "x")
		}
		s.Set(s.Find(folder, "f5.jpg")[0], odd.key, odd.value)
		to := t.TempDir()
		report, err := transfer.Download(t.Context(), foreignClient(t, s), "", to, transfer.Options{RootID: folder})
		if n := localFiles(t, to); n < 9 {
			t.Errorf("%s %v: %d of 10 files, report %+v, %v", odd.key, odd.value, n, report, err)
		}
	}
}

// refuseContent refuses every upload whose body contains a text. It refuses at the end of the body,
// as the service does.
func refuseContent(text string) foreign.Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/cdproxy/nodes") || r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			body, _ := io.ReadAll(r.Body)
			if bytes.Contains(body, []byte(text)) {
				foreign.SayJSON(403, foreign.ErrorBody("NO_ACTIVE_SUBSCRIPTION_FOUND", "File size exceeds account allowance.", ""))(w, r)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

// The account has no room for videos, but photos are free. The refused videos do not keep the
// photos from being copied.
func TestRefusedVideosDoNotEndACopyOfPhotos(t *testing.T) {
	files := map[string]string{"aa first.mp4": "moving pictures", "m.mp4": "moving pictures too", "z.mp4": "moving pictures as well"}
	for i := range 40 {
		files[fmt.Sprintf("photo%02d.jpg", i)] = fmt.Sprint("still", i)
	}
	s := foreign.Start(t, refuseContent("moving pictures"))
	folder := s.AddFolder(s.Root(), "backup")
	report, err := transfer.Upload(t.Context(), foreignClient(t, s), localTree(t, files), "", transfer.Options{RootID: folder, Workers: 2})
	if report.Copied != 40 || report.Failed != 3 || !errors.Is(err, acd.ErrQuotaExceeded) {
		t.Errorf("%d of 40 photos were copied, %d of 3 videos failed: %v", report.Copied, report.Failed, err)
	}
}

// Mirror does not trash everything on the drive if the local directory is empty.
func TestMirrorOfAnEmptyDirectoryTrashesNothing(t *testing.T) {
	for name, local := range map[string]map[string]string{"empty": {}, "nearly empty": {"only.txt": "x"}} {
		s := foreign.Start(t)
		folder := s.AddFolder(s.Root(), "backup")
		for i := range 20 {
			s.AddFile(folder, fmt.Sprintf("f%d.txt", i), "x")
		}
		report, err := transfer.Upload(t.Context(), foreignClient(t, s), localTree(t, local), "", transfer.Options{RootID: folder, Mirror: true})
		if err == nil || report.Trashed > 0 || len(s.Requests("PUT trash/*|PATCH trash")) > 0 {
			t.Errorf("%s: %d trashed, %v", name, report.Trashed, err)
		}
	}
}

// If one side composes a name and the other side decomposes it, it is the same name.
func TestComposedAndDecomposedNamesAreOne(t *testing.T) {
	for _, pair := range [][2]string{{"caf\u00e9.txt", "cafe\u0301.txt"}, {"cafe\u0301.txt", "caf\u00e9.txt"}, {"\u00c5.txt", "A\u030a.txt"}, {"\ud55c.txt", "\u1112\u1161\u11ab.txt"}, {"CAF\u00c9.TXT", "cafe\u0301.txt"}} {
		s := foreign.Start(t)
		folder := s.AddFolder(s.Root(), "backup")
		id := s.AddFile(folder, pair[0], "content")
		s.AddFile(folder, "keep.txt", "keep")
		report, err := transfer.Upload(t.Context(), foreignClient(t, s), localTree(t, map[string]string{pair[1]: "content", "keep.txt": "keep"}), "", transfer.Options{RootID: folder, Mirror: true})
		if err != nil || report.Identical != 2 || s.Doc(id)["status"] != "AVAILABLE" {
			t.Errorf("%q on the drive, %q here: %+v, %v", pair[0], pair[1], report, err)
		}
	}
}
