package photos_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// mockClient returns a mock drive, and a client that uses a stored session of it.
func mockClient(t *testing.T, opts ...mocks.Option) (*mocks.Drive, *photos.Client) {
	t.Helper()
	drive := mocks.NewDrive(append([]mocks.Option{mocks.WithPhotos("amazon.co.uk")}, opts...)...)
	session, err := photos.ParseSession([]byte(drive.NewSession().Header()))
	if err != nil {
		t.Fatal(err)
	}
	client, err := photos.NewClient(t.Context(), photos.NewMemorySessionStore(session),
		acd.WithHTTPClient(&http.Client{Transport: drive}), acd.WithLimiter(noLimit{}))
	if err != nil {
		t.Fatal(err)
	}
	return drive, client
}

func TestNewClientIsSignedInByItsStore(t *testing.T) {
	drive, client := mockClient(t)
	if site, ok := client.Drive.PhotosSite(); site != "amazon.co.uk" || !ok {
		t.Errorf("%q, %v", site, ok)
	}
	if _, err := client.Drive.Nodes.Root(t.Context()); err != nil {
		t.Error(err)
	}
	drive.ExpireSessions()
	if _, err := client.Library.Count(t.Context(), photos.Query{}); !errors.Is(err, photos.ErrSignInAgain) || !errors.Is(err, acd.ErrUnauthorized) {
		t.Error(err)
	}
	if _, err := photos.NewClient(t.Context(), photos.NewMemorySessionStore(nil)); !errors.Is(err, acd.ErrUnauthorized) {
		t.Errorf("without a session: %v", err)
	}
	mocks.AssertNoLeaks(t, drive)
}

func TestUploadInParts(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 1234)
	for name, fault := range map[string]mocks.Fault{
		"as it is":                {Op: mocks.OpContentThumbnail},
		"a part that is refused":  {Op: mocks.OpContentUploadPart, Status: 503, Times: 2},
		"an answer that is lost":  {Op: mocks.OpContentUploadPart, Reset: true, Commit: true, Times: 1},
		"the end is refused once": {Op: mocks.OpContentUploadComplete, Status: 500, Times: 1},
		"the state is lost once":  {Op: mocks.OpContentUploadState, Reset: true, Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive, client := mockClient(t, mocks.WithPartSize(1000))
				drive.Inject(fault)
				n, err := client.Library.Upload(t.Context(), "long.mp4", bytes.NewReader(content), photos.WithMultipartAbove(5000))
				if err != nil {
					t.Fatal(err)
				}
				r, err := client.Drive.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				var got bytes.Buffer
				if _, err := got.ReadFrom(r); err != nil || !bytes.Equal(got.Bytes(), content) {
					t.Errorf("%d bytes, %v", got.Len(), err)
				}
				mocks.AssertNoLeaks(t, drive)
			})
		})
	}
}

func TestUploadThatTheAccountMayNot(t *testing.T) {
	_, client := mockClient(t, mocks.WithoutSubscription())
	if _, err := client.Library.Upload(t.Context(), "a.mp4", strings.NewReader("a video")); !errors.Is(err, acd.ErrQuotaExceeded) {
		t.Error(err)
	}
}

func TestPublicLinks(t *testing.T) {
	drive, client := mockClient(t)
	var ids []string
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		n, err := client.Library.Upload(t.Context(), name, strings.NewReader("content of "+name))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, n.ID)
	}
	album, err := client.Albums.Create(t.Context(), "Harbour")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Albums.Add(t.Context(), album.ID, ids...); err != nil {
		t.Fatal(err)
	}
	photo, err := client.Drive.Nodes.Get(t.Context(), ids[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Albums.SetCover(t.Context(), album.ID, photo); err != nil {
		t.Fatal(err)
	}
	covered, err := client.Drive.Nodes.Get(t.Context(), album.ID)
	if err != nil || len(covered.Collection.Covers) != 1 || covered.Collection.Covers[0].ID != photo.ID {
		t.Errorf("%+v, %v", covered.Collection, err)
	}
	shareID, err := drive.ShareAlbum(album.ID)
	if err != nil {
		t.Fatal(err)
	}
	link := "https://www.amazon.co.uk/photos/share/" + shareID
	net := acd.WithHTTPClient(&http.Client{Transport: drive})
	share, err := photos.OpenShare(t.Context(), link, net)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for n, err := range share.Items(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		count++
		thumb, err := share.Rendition(t.Context(), n, 100)
		if err != nil || strings.Contains(string(thumb.Data), "content of") {
			t.Errorf("%v: %+v", err, thumb)
		}
	}
	if count != 3 || share.Name != "Harbour" {
		t.Errorf("%d items of %q", count, share.Name)
	}
	_, err = photos.OpenShare(t.Context(), link+"x", net)
	if !errors.Is(err, acd.ErrNotFound) || strings.Contains(err.Error(), shareID) {
		t.Errorf("a link that has ended: %v", err)
	}
	group, token, err := drive.ShareGroup("Cousins", ids...)
	if err != nil {
		t.Fatal(err)
	}
	if share, err = photos.OpenShare(t.Context(), "https://www.amazon.co.uk/photos/shared/"+group+"."+token, net); err != nil {
		t.Fatal(err)
	}
	if n := len(idsOf(t, share.Items(t.Context()))); n != 3 || share.Name != "Cousins" {
		t.Errorf("%d items of the group %q", n, share.Name)
	}
	for _, wrong := range []string{"", "https://evil.test/photos/share/x", "http://www.amazon.co.uk/photos/share/x", "https://www.amazon.co.uk/photos/all/x", "https://www.amazon.co.uk/photos/shared/nodot"} {
		if _, err := photos.OpenShare(t.Context(), wrong, net); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	mocks.AssertNoLeaks(t, drive)
}
