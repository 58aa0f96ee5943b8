package export_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// Albums whose names are one name on some system have folders of their own, which stay theirs when another album comes.
func TestAlbumsWhoseNamesFoldToOne(t *testing.T) {
	clock := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"), mocks.WithClock(func() time.Time { return clock }))
	client, err := photos.New(clientOf(t, drive))
	if err != nil {
		t.Fatal(err)
	}
	album := func(name, photo string) (id string) {
		t.Helper()
		clock = clock.Add(time.Hour)
		id, err := drive.WriteAlbum(mocks.Album{Name: name}, writePhoto(t, drive, photo, photo, mocks.Photo{}))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	folders := map[string]string{}
	album("Party", "p1.jpg")
	folders["Party"] = "p1.jpg"
	folders["PARTY~"+album("PARTY", "p2.jpg")[:8]] = "p2.jpg"
	album("..", "p3.jpg")
	folders["_"] = "p3.jpg"
	dir := t.TempDir()
	check := func() {
		t.Helper()
		for range 2 {
			run(t, client, dir, export.Options{Albums: export.AlbumsAsLinks})
		}
		entries, err := os.ReadDir(filepath.Join(dir, "albums"))
		if err != nil || len(entries) != len(folders) {
			t.Errorf("%v, %v, want %v", entries, err, folders)
		}
		for folder, photo := range folders {
			links, err := os.ReadDir(filepath.Join(dir, "albums", folder))
			if err != nil || len(links) != 1 || links[0].Name() != photo {
				t.Errorf("%s: %v, %v", folder, links, err)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "albums", folder, photo)); err != nil || string(text) != photo {
				t.Errorf("%s leads to %q, %v", folder, text, err)
			}
		}
	}
	check()
	folders["party~"+album("party", "p0.jpg")[:8]] = "p0.jpg"
	check()
}

// A link in the place of an album's folder that leads out of the directory is not followed.
func TestAlbumFolderThatLeadsOutside(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.WriteAlbum(mocks.Album{Name: "Party"}, writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})); err != nil {
		t.Fatal(err)
	}
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "albums"), 0o777); err != nil {
		t.Fatal(err)
	}
	link(t, outside, filepath.Join(dir, "albums", "Party"))
	account, err := export.Run(t.Context(), client, dir, export.Options{Albums: export.AlbumsAsLinks})
	if err == nil || !strings.Contains(err.Error(), `"Party"`) || account.Present != 1 {
		t.Errorf("%v, %+v", err, account)
	}
	isEmpty(t, outside)
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func isEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("outside there are %v, %v", entries, err)
	}
}
