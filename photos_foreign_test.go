package acd_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreignphotos"
)

// foreignSession is an authenticator with the present cookies of the service.
type foreignSession struct{ s *foreignphotos.Service }

func (a foreignSession) Authorize(r *http.Request) error {
	r.Header.Set("Cookie", a.s.CookieHeader())
	r.Header.Set("X-Amzn-Sessionid", a.s.Cookies()["session-id"])
	return nil
}
func (foreignSession) Answered(*http.Response) bool { return false }

func foreignPhotosClient(t *testing.T, s *foreignphotos.Service, opts ...acd.Option) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(t.Context(), nil, append([]acd.Option{acd.WithPhotos("amazon.de"), acd.WithAuthenticator(foreignSession{s}),
		acd.WithHTTPClient(&http.Client{Transport: s}), acd.WithLimiter(noLimiter{})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// foreignIDs returns the ids of a listing, and the error that ended it.
func foreignIDs(nodes func(func(*acd.Node, error) bool)) (ids map[string]bool, err error) {
	ids = map[string]bool{}
	nodes(func(n *acd.Node, e error) bool {
		if err = e; e != nil {
			return false
		}
		if ids[n.ID] {
			err = fmt.Errorf("%s came twice", n.ID)
		}
		ids[n.ID] = true
		return err == nil
	})
	return ids, err
}

func TestForeignPhotosAreListedWhole(t *testing.T) {
	tests := []struct {
		name string
		opts []foreignphotos.Option
		n    int
		err  error
	}{
		{"as it is", nil, 1200, nil},
		{"first page twice", []foreignphotos.Option{foreignphotos.WithFirstPageTwice()}, 1200, nil},
		{"first page twice, without tokens", []foreignphotos.Option{foreignphotos.WithFirstPageTwice(), foreignphotos.WithTokens(foreignphotos.TokensNever)}, 1200, nil},
		{"first page twice, where the count seems to fit", []foreignphotos.Option{foreignphotos.WithFirstPageTwice(), foreignphotos.WithTokens(foreignphotos.TokensNever)}, 600, nil},
		{"duplicates", []foreignphotos.Option{foreignphotos.WithDuplicates()}, 1200, nil},
		{"short pages", []foreignphotos.Option{foreignphotos.WithShortPages(37)}, 600, nil},
		{"count drifts up", []foreignphotos.Option{foreignphotos.WithCountDrift(func(call int) int { return call * 13 })}, 1200, nil},
		{"count drifts down", []foreignphotos.Option{foreignphotos.WithCountDrift(func(call int) int { return -call * 13 })}, 1200, nil},
		{"offset ignored", []foreignphotos.Option{foreignphotos.WithOffsetIgnored()}, 500, acd.ErrIncomplete},
		{"no discovery", []foreignphotos.Option{foreignphotos.WithoutDiscovery()}, 500, nil},
		{"above the limit", nil, 10500, nil},
		{"above the limit, without tokens", []foreignphotos.Option{foreignphotos.WithTokens(foreignphotos.TokensNever)}, 10500, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := foreignphotos.New(tt.opts...)
				want := s.AddMany(tt.n)
				got, err := foreignIDs(foreignPhotosClient(t, s).Nodes.List(t.Context(), acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindFile))}))
				if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
					t.Fatal(err)
				}
				for _, id := range want {
					if !got[id] && err == nil {
						t.Errorf("%s of %d is missing", id, tt.n)
					}
				}
				s.Check(t)
			})
		})
	}
}

// If a node has odd values, a field or at most that node is lost, never the listing.
func TestForeignPhotosWithOddValues(t *testing.T) {
	s := foreignphotos.New()
	s.AddMany(10)
	odd := s.AddOdd()
	got, err := foreignIDs(foreignPhotosClient(t, s).Nodes.List(t.Context(), acd.ListOptions{}))
	if err != nil {
		t.Error(err)
	}
	for what, id := range odd {
		if !got[id] {
			t.Errorf("a node with %s is missing", what)
		}
	}
	s.Check(t)
}

func TestForeignPhotosAlbums(t *testing.T) {
	for name, opts := range map[string][]foreignphotos.Option{"in xAccntParents": nil, "in parentMap": {foreignphotos.WithAlbumsInParentMap()}} {
		t.Run(name, func(t *testing.T) {
			s := foreignphotos.New(opts...)
			photos := s.AddMany(450)
			album := s.AddAlbum("Harbour", photos[100:430]...)
			shared, members := s.AddSharedAlbum("aunt", "Wedding", "one", "two")
			still, video := s.AddLivePhoto("a.heic", "still", "moving")
			client := foreignPhotosClient(t, s)
			for parent, want := range map[string][]string{album: photos[100:430], shared: members, still: {video}} {
				got, err := foreignIDs(client.Nodes.Children(t.Context(), parent, acd.ListOptions{}))
				if err != nil || len(got) != len(want) {
					t.Errorf("%s: %d children of %d: %v", parent, len(got), len(want), err)
				}
			}
			albums, err := foreignIDs(client.Nodes.List(t.Context(), acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindVisualCollection))}))
			if err != nil || !albums[album] || !albums[shared] {
				t.Errorf("albums: %v, %v", albums, err)
			}
			n, err := client.Nodes.Get(t.Context(), still)
			if err != nil || !n.HasLiveVideo() {
				t.Errorf("%+v, %v", n, err)
			}
			if n, err = client.Nodes.Get(t.Context(), photos[100]); err != nil || !n.InAlbum(album) || n.HasParent(album) {
				t.Errorf("%+v, %v", n, err)
			}
			s.Check(t)
		})
	}
}

func TestForeignPhotosOriginals(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", 20<<10) // more than one part
	for name, tt := range map[string]struct {
		opts []foreignphotos.Option
		err  error
	}{
		"content host":           {},
		"download host":          {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToDownloadHost)}},
		"signed URL":             {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToSignedURL)}},
		"outside":                {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToOutside)}},
		"look-alike":             {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToLookAlike)}},
		"plain http":             {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToPlainHTTP)}, err: acd.ErrUnavailable},
		"in a circle":            {opts: []foreignphotos.Option{foreignphotos.WithRedirection(foreignphotos.ToItself)}, err: acd.ErrUnavailable},
		"ranges ignored":         {opts: []foreignphotos.Option{foreignphotos.WithRangeIgnored()}},
		"ranges ignored, signed": {opts: []foreignphotos.Option{foreignphotos.WithRangeIgnored(), foreignphotos.WithRedirection(foreignphotos.ToSignedURL)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := foreignphotos.New(tt.opts...)
				id := s.AddMedia("a.jpg", content, nil)
				client := foreignPhotosClient(t, s, acd.WithTempLinkThreshold(1))
				n, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(t.TempDir(), "a.jpg")
				err = client.Content.DownloadFile(t.Context(), n, path, acd.WithPartSize(64<<10))
				if tt.err != nil {
					if err == nil {
						t.Error("it was downloaded")
					}
					s.Check(t)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != content {
					t.Errorf("%d bytes of %d: %v", len(got), len(content), err)
				}
				s.Check(t)
			})
		})
	}
}

func TestForeignPhotosContentThatIsNoContent(t *testing.T) {
	on := foreignphotos.Match("GET content/nodes/*/content")
	for name, tt := range map[string]struct {
		hook foreignphotos.Hook
		err  error
	}{
		"a sign-in page":      {foreignphotos.Instead(on, foreignphotos.SignInPage), acd.ErrUnauthorized},
		"other bytes, always": {foreignphotos.Corrupt(on), acd.ErrChecksum},
		"bot defence, once":   {foreignphotos.Times(1, on, foreignphotos.Instead(on, foreignphotos.BotDefence)), nil},
		"cut, twice":          {foreignphotos.Times(2, on, foreignphotos.Cut(on, 5)), nil},
		"429 for a while":     {foreignphotos.Times(3, on, foreignphotos.Instead(on, foreignphotos.TooMany(0))), nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := foreignphotos.New(foreignphotos.WithHooks(tt.hook))
				id := s.AddMedia("a.jpg", "the original", nil)
				client := foreignPhotosClient(t, s)
				n, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				r, err := client.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if !errors.Is(err, tt.err) || tt.err == nil && (err != nil || string(got) != "the original") {
					t.Errorf("%q, %v", got, err)
				}
				s.Check(t)
			})
		})
	}
}

func TestForeignPhotosSessionThatEnds(t *testing.T) {
	for name, form := range map[string]foreignphotos.Expiry{"as JSON": foreignphotos.AsJSON, "as a redirect": foreignphotos.AsRedirect, "as a page": foreignphotos.AsHTML} {
		t.Run(name, func(t *testing.T) {
			s := foreignphotos.New()
			id := s.AddMedia("a.jpg", "x", nil)
			client := foreignPhotosClient(t, s)
			n, err := client.Nodes.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			s.Expire(form)
			before := len(s.Requests("*"))
			_, getErr := client.Nodes.Get(t.Context(), id)
			_, listErr := foreignIDs(client.Nodes.List(t.Context(), acd.ListOptions{}))
			downErr := client.Content.Download(t.Context(), n, discardAt{})
			for _, err := range []error{getErr, listErr, downErr} {
				if !errors.Is(err, acd.ErrUnauthorized) || acd.IsRetryable(err) {
					t.Error(err)
				}
			}
			if sent := len(s.Requests("*")) - before; sent > 8 {
				t.Errorf("%d requests after the end", sent)
			}
			s.Check(t)
		})
	}
}

func TestForeignPhotosTrash(t *testing.T) {
	s := foreignphotos.New()
	ids := s.AddMany(120)
	client := foreignPhotosClient(t, s)
	if err := client.Nodes.TrashAll(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if trashed, err := foreignIDs(client.Nodes.Trashed(t.Context(), acd.ListOptions{})); err != nil || len(trashed) != len(ids) {
		t.Errorf("%d in the trash, %v", len(trashed), err)
	}
	if err := client.Nodes.RestoreAll(t.Context(), ids[:60]); err != nil {
		t.Fatal(err)
	}
	if trashed, err := foreignIDs(client.Nodes.Trashed(t.Context(), acd.ListOptions{})); err != nil || len(trashed) != 60 {
		t.Errorf("%d in the trash, %v", len(trashed), err)
	}
	s.Check(t)
}

// A classic client can also upload here, in the form that the Photos page uses.
func TestForeignPhotosUpload(t *testing.T) {
	for name, src := range map[string]io.Reader{"a file": strings.NewReader("a new photo"), "a stream": io.MultiReader(strings.NewReader("a new "), strings.NewReader("photo"))} {
		t.Run(name, func(t *testing.T) {
			on := foreignphotos.Match("POST content/nodes")
			s := foreignphotos.New(foreignphotos.WithHooks(foreignphotos.Times(1, on, foreignphotos.Lose(on))))
			// The test uses a socket, because the Date of a real server tells the client the time
			// of the upload.
			client := foreignPhotosClient(t, s, acd.WithHTTPClient(&http.Client{Transport: s.OverTLS(t)}))
			n, err := client.Content.Upload(t.Context(), s.Web(), "a b.jpg", src)
			if err != nil {
				t.Fatal(err)
			}
			if s.Content(n.ID) != "a new photo" || n.Name != "a b.jpg" || !n.HasParent(s.Web()) {
				t.Errorf("%q in %+v", s.Content(n.ID), n)
			}
			all, err := foreignIDs(client.Nodes.List(t.Context(), acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindFile))}))
			if err != nil || len(all) != 1 {
				t.Errorf("%v, %v", all, err)
			}
			_, err = client.Content.Upload(t.Context(), s.Web(), "other.jpg", strings.NewReader("a new photo"))
			failed, ok := errors.AsType[*acd.Error](err)
			if !ok || !errors.Is(err, acd.ErrExists) || failed.ConflictID != n.ID {
				t.Errorf("equal content: %v", err)
			}
			s.Check(t)
		})
	}
}

func TestForeignPhotosUploadIsVerified(t *testing.T) {
	on := foreignphotos.Match("POST content/nodes")
	other := foreignphotos.AlterJSON(on, func(body foreignphotos.Doc) {
		if p, ok := body["contentProperties"].(foreignphotos.Doc); ok {
			p["md5"] = strings.Repeat("0", 32)
		}
	})
	for name, src := range map[string]string{"a photo": "a new photo", "nothing": ""} {
		s := foreignphotos.New()
		client := foreignPhotosClient(t, s)
		n, err := client.Content.Upload(t.Context(), s.Web(), "a.jpg", strings.NewReader(src))
		if err != nil || s.Content(n.ID) != src {
			t.Errorf("%s: %v", name, err)
		}
		s.Hook(other)
		if _, err := client.Content.Upload(t.Context(), s.Web(), "b.jpg", strings.NewReader(src+"!")); !errors.Is(err, acd.ErrChecksum) {
			t.Errorf("%s: other content passes: %v", name, err)
		}
	}
}
