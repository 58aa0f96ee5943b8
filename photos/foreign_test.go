package photos_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreignphotos"
	"github.com/acd-sdk/acd/photos"
)

// signedIn signs requests with the present cookies of the service.
type signedIn struct{ s *foreignphotos.Service }

func (a signedIn) Authorize(r *http.Request) error {
	r.Header.Set("Cookie", a.s.CookieHeader())
	r.Header.Set("X-Amzn-Sessionid", a.s.Cookies()["session-id"])
	return nil
}
func (signedIn) Answered(*http.Response) bool { return false }

// noLimit does not limit the rate.
type noLimit struct{}

func (noLimit) Acquire(context.Context) (func(acd.Outcome), error) { return func(acd.Outcome) {}, nil }

func foreignClient(t *testing.T, s *foreignphotos.Service) *photos.Client {
	t.Helper()
	drive, err := acd.NewClient(t.Context(), nil, acd.WithPhotos("amazon.de"), acd.WithAuthenticator(signedIn{s}),
		acd.WithHTTPClient(&http.Client{Transport: s}), acd.WithLimiter(noLimit{}))
	if err != nil {
		t.Fatal(err)
	}
	c, err := photos.New(drive)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// idsOf returns the ids of a listing. No id may come twice.
func idsOf(t *testing.T, nodes iter.Seq2[*acd.Node, error]) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for n, err := range nodes {
		if err != nil {
			t.Fatal(err)
		}
		if found[n.ID] {
			t.Errorf("%s came twice", n.ID)
		}
		found[n.ID] = true
	}
	return found
}

func TestSearchFindsAllThatIsNotHidden(t *testing.T) {
	for name, opts := range map[string][]foreignphotos.Option{
		"as it is": nil, "hidden left out by the service": {foreignphotos.WithHiddenLeftOut()}, "first page twice": {foreignphotos.WithFirstPageTwice()},
	} {
		t.Run(name, func(t *testing.T) {
			s := foreignphotos.New(opts...)
			all := s.AddMany(650)
			for _, id := range all[:30] {
				s.Set(id, "settings.hidden", true)
			}
			for _, id := range all[20:50] {
				s.Set(id, "settings.favorite", true)
			}
			l := foreignClient(t, s).Library
			for _, tt := range []struct {
				name string
				q    photos.Query
				want int
			}{
				{"all", photos.Query{}, 620},
				{"with hidden ones", photos.Query{Hidden: photos.IncludeHidden}, 650},
				{"only hidden ones", photos.Query{Hidden: photos.OnlyHidden}, 30},
				{"favourites", photos.Query{Favorite: true}, 20},
				{"videos", photos.Query{Types: []photos.Type{photos.Videos}, Hidden: photos.IncludeHidden}, 65},
			} {
				if got := len(idsOf(t, l.Search(t.Context(), tt.q))); got != tt.want {
					t.Errorf("%s: %d found of %d", tt.name, got, tt.want)
				}
				if n, err := l.Count(t.Context(), tt.q); err != nil || n != int64(tt.want) {
					t.Errorf("%s: %d counted of %d: %v", tt.name, n, tt.want, err)
				}
			}
			s.Check(t)
		})
	}
}

// The service's limit of 9,999 does not limit Library.Search.
func TestSearchHasNoLimit(t *testing.T) {
	s := foreignphotos.New()
	s.AddMany(10300)
	if got := len(idsOf(t, foreignClient(t, s).Library.Search(t.Context(), photos.Query{}))); got != 10300 {
		t.Errorf("%d found", got)
	}
	s.Check(t)
}

func TestSearchByDateOfCapture(t *testing.T) {
	s := foreignphotos.New()
	all := s.AddMany(2000) // seven hours apart, from 2010 on
	from := time.Date(2010, 12, 31, 12, 0, 0, 0, time.UTC)
	to := time.Date(2011, 2, 1, 0, 0, 0, 0, time.UTC)
	want := 0
	c := foreignClient(t, s)
	for _, id := range all {
		n, err := c.Drive.Nodes.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if taken, known := photos.CaptureTime(n); known && !taken.Before(from) && taken.Before(to) {
			want++
		}
	}
	got := len(idsOf(t, c.Library.Search(t.Context(), photos.Query{From: from, To: to})))
	if n, err := c.Library.Count(t.Context(), photos.Query{From: from, To: to}); want < 100 || got != want || n != int64(want) || err != nil {
		t.Errorf("%d found, %d counted of %d: %v", got, n, want, err)
	}
	s.Check(t)
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	s := foreignphotos.New()
	l := foreignClient(t, s).Library
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, q := range map[string]photos.Query{
		"ends before it begins": {From: day, To: day},
		"no such type":          {Types: []photos.Type{"ALBUMS"}},
		"an empty thing":        {Things: []string{""}},
		"a thing with quotes":   {Things: []string{`a") OR (`}},
	} {
		for _, err := range l.Search(t.Context(), q) {
			if !errors.Is(err, acd.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := l.Count(t.Context(), q); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.Requests("*")); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestFacets(t *testing.T) {
	s := foreignphotos.New()
	all := s.AddMany(100)
	s.Tag(all[0], "things", "beach")
	f, err := foreignClient(t, s).Library.Facets(t.Context(), photos.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, facet := range f.Types {
		sum += facet.Count
	}
	if f.Count != 100 || sum != 100 || len(f.Years) == 0 {
		t.Errorf("%+v", f)
	}
	s.Check(t)
}

func TestLiveVideoOfAPhoto(t *testing.T) {
	s := foreignphotos.New()
	stillID, videoID := s.AddLivePhoto("a.heic", "still", "moving")
	plain := s.AddMedia("b.jpg", "plain", nil)
	c := foreignClient(t, s)
	still, err := c.Drive.Nodes.Get(t.Context(), stillID)
	if err != nil {
		t.Fatal(err)
	}
	video, err := c.Library.LiveVideo(t.Context(), still)
	if err != nil || video.ID != videoID {
		t.Fatalf("%+v, %v", video, err)
	}
	r, err := c.Drive.Content.Open(t.Context(), video)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "moving" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := c.Library.LiveVideo(t.Context(), &acd.Node{ID: plain}); !errors.Is(err, acd.ErrNotFound) {
		t.Error(err)
	}
	s.Check(t)
}

func TestSettingsOfAPhoto(t *testing.T) {
	s := foreignphotos.New()
	id := s.AddMedia("a.jpg", "x", nil)
	c := foreignClient(t, s)
	for _, step := range []struct {
		do               func(context.Context, string) error
		favorite, hidden bool
	}{
		{c.Library.Favorite, true, false}, {c.Library.Hide, true, true}, {c.Library.Unfavorite, false, true}, {c.Library.Unhide, false, false},
	} {
		if err := step.do(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		n, err := c.Drive.Nodes.Get(t.Context(), id)
		if err != nil || n.Settings != (acd.Settings{Favorite: step.favorite, Hidden: step.hidden}) {
			t.Errorf("%+v, %v", n.Settings, err)
		}
	}
	s.Check(t)
}

func TestAlbumFromItsBeginningToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := foreignphotos.New(foreignphotos.WithProcessing(2))
		c := foreignClient(t, s)
		all := s.AddMany(120)
		fresh, err := c.Library.Upload(t.Context(), "new.jpg", strings.NewReader("new"))
		if err != nil {
			t.Fatal(err)
		}
		album, err := c.Albums.Create(t.Context(), "Harbour")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Albums.Add(t.Context(), album.ID, append(all[:70], fresh.ID)...); err != nil {
			t.Fatal(err)
		}
		if err := c.Albums.Remove(t.Context(), album.ID, all[:10]...); err != nil {
			t.Fatal(err)
		}
		items := idsOf(t, c.Albums.Items(t.Context(), album.ID))
		if len(items) != 61 || !items[fresh.ID] || items[all[0]] {
			t.Errorf("%d items", len(items))
		}
		if _, err := c.Albums.Rename(t.Context(), album.ID, "Port"); err != nil {
			t.Fatal(err)
		}
		for n, err := range c.Albums.List(t.Context()) {
			if err != nil || n.Name != "Port" || n.ID != album.ID {
				t.Errorf("%+v, %v", n, err)
			}
		}
		if _, err := c.Albums.Create(t.Context(), strings.Repeat("x", 201)); !errors.Is(err, acd.ErrInvalid) {
			t.Error(err)
		}
		s.Check(t)
	})
}

func TestUploadWays(t *testing.T) {
	when := time.Date(1999, 12, 31, 23, 59, 58, 0, time.UTC)
	noService := foreignphotos.Instead("POST content/v2/upload|POST upload/*", foreignphotos.Say(404, "application/json", `{}`))
	for name, tt := range map[string]struct {
		src  io.Reader
		hook foreignphotos.Hook
	}{
		"by the upload service": {src: strings.NewReader("a photo")},
		"a stream":              {src: io.MultiReader(strings.NewReader("a "), strings.NewReader("photo"))},
		"without the service":   {src: strings.NewReader("a photo"), hook: noService},
	} {
		t.Run(name, func(t *testing.T) {
			s := foreignphotos.New()
			if tt.hook != nil {
				s.Hook(tt.hook)
			}
			c := foreignClient(t, s)
			n, err := c.Library.Upload(t.Context(), "a b.jpg", tt.src, photos.WithContentDate(when))
			if err != nil {
				t.Fatal(err)
			}
			if s.Content(n.ID) != "a photo" || n.Name != "a b.jpg" || !n.HasParent(s.Web()) {
				t.Errorf("%q in %+v", s.Content(n.ID), n)
			}
			_, err = c.Library.Upload(t.Context(), "other name.jpg", strings.NewReader("a photo"))
			failed, ok := errors.AsType[*acd.Error](err)
			if !ok || !errors.Is(err, acd.ErrExists) || failed.ConflictID != n.ID {
				t.Errorf("equal content: %v", err)
			}
			s.Check(t)
		})
	}
}

// If the response to an upload is lost, the client looks for the content. In the end it is stored
// exactly once.
func TestUploadWhoseAnswerIsLost(t *testing.T) {
	for _, way := range []string{"content/v2/upload", "upload/v2/upload", "content/nodes"} {
		for lost := range 2 { // 0: the content was stored; 1: it was not
			t.Run(fmt.Sprint(way, lost), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := foreignphotos.New()
					on := foreignphotos.Match("POST " + way)
					hook := foreignphotos.Lose(on)
					if lost == 1 {
						hook = foreignphotos.Instead(on, foreignphotos.Drop)
					}
					s.Hook(foreignphotos.Times(1, on, hook))
					c := foreignClient(t, s)
					n, err := c.Library.Upload(t.Context(), "a.jpg", strings.NewReader("a photo"))
					if err != nil {
						t.Fatal(err)
					}
					if got := idsOf(t, c.Library.Search(t.Context(), photos.Query{})); len(got) != 1 || !got[n.ID] {
						t.Errorf("%v, want %s alone", got, n.ID)
					}
				})
			})
		}
	}
}

func TestThumbnailIsNoOriginal(t *testing.T) {
	s := foreignphotos.New()
	id := s.AddMedia("a.jpg", "the original", nil)
	thumb, err := foreignClient(t, s).Library.Thumbnail(t.Context(), &acd.Node{ID: id}, 200)
	if err != nil || thumb.ContentType != "image/jpeg" || string(thumb.Data) != string(foreignphotos.Rendition(id, "200")) {
		t.Errorf("%+v, %v", thumb, err)
	}
	s.Check(t)
}

func TestNewNeedsADriveOfPhotos(t *testing.T) {
	drive, err := acd.NewClient(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*acd.Client{nil, drive} {
		if _, err := photos.New(d); err == nil {
			t.Error("it is taken")
		}
	}
}
