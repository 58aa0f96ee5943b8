package export_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

const july = "2019:07:04 12:00:00"

func writePhoto(t *testing.T, drive *mocks.Drive, name, text string, p mocks.Photo) (id string) {
	t.Helper()
	if p.Taken == "" {
		p.Taken = july
	}
	id, err := drive.WritePhoto("Pictures/"+name, []byte(text), p)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func overwrite(t *testing.T, client *photos.Client, id, text string) {
	t.Helper()
	node, err := client.Drive.Nodes.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Drive.Content.Overwrite(t.Context(), node, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

// contents are the texts of all originals of an export.
func contents(t *testing.T, dir string) map[string]int {
	t.Helper()
	found := map[string]int{}
	files, err := filepath.Glob(filepath.Join(dir, "2019", "07", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[string(text)]++
	}
	return found
}

// Ten thousand photos of one name and of one second are planned in seconds, and each has a path of its own.
func TestManyOfOneName(t *testing.T) {
	drive, client := newLibrary(t)
	const n = 10_000
	for i := range n {
		name := fmt.Sprintf("n%05d.jpg", i)
		writePhoto(t, drive, fmt.Sprintf("%d/%s", i%20, name), name, mocks.Photo{})
	}
	drive.Inject(mocks.Fault{Op: mocks.OpNodesList, Rewrite: func(body []byte) []byte {
		parts := strings.Split(string(body), `"name":"n`)
		for i, part := range parts[1:] {
			if _, rest, ok := strings.Cut(part, `.jpg"`); ok {
				parts[i+1] = `IMG_0001.JPG"` + rest
			}
		}
		return []byte(strings.Join(parts, `"name":"`))
	}})
	dir := t.TempDir()
	start := time.Now()
	account := run(t, client, dir, export.Options{DryRun: true})
	t.Logf("planned in %v", time.Since(start))
	if account.Missing != n || time.Since(start) > time.Minute {
		t.Errorf("%+v", account)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := export.Run(ctx, client, dir, export.Options{Progress: func(p export.Progress) {
		if p.Phase == "downloading" {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for _, l := range readManifest(t, dir) {
		given[strings.ToLower(l.Path)] = l.Path != ""
	}
	if len(given) != n || given[""] {
		t.Errorf("%d paths", len(given))
	}
}

// A duplicate has the file of another photo only as long as that file is its content.
func TestDuplicatesThatPartWays(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, client *photos.Client, first, second string)
		want   map[string]int
	}{
		"the first is changed": {
			func(t *testing.T, client *photos.Client, first, _ string) { overwrite(t, client, first, "another") },
			map[string]int{"twin": 2, "another": 1}, // the old file stays too, as .v1
		},
		"the second is changed": {
			func(t *testing.T, client *photos.Client, _, second string) { overwrite(t, client, second, "another") },
			map[string]int{"twin": 1, "another": 1},
		},
		"the first is trashed": {
			func(t *testing.T, client *photos.Client, first, _ string) {
				if err := client.Library.Trash(t.Context(), first); err != nil {
					t.Fatal(err)
				}
			},
			map[string]int{"twin": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client := newLibrary(t)
			first := writePhoto(t, drive, "a.jpg", "twin", mocks.Photo{})
			second := writePhoto(t, drive, "b.jpg", "twin", mocks.Photo{})
			dir := t.TempDir()
			if account := run(t, client, dir, export.Options{}); account.Duplicates != 1 || account.Present != 1 {
				t.Fatalf("%+v", account)
			}
			tc.change(t, client, first, second)
			for range 2 {
				account := run(t, client, dir, export.Options{})
				if got := contents(t, dir); !account.Complete() || fmt.Sprint(got) != fmt.Sprint(tc.want) {
					t.Errorf("%v, want %v; %+v", got, tc.want, account)
				}
			}
		})
	}
}

// If the photo that was to have the file of both went away before it was downloaded, the other gets it.
func TestDuplicateOfWhatNeverCame(t *testing.T) {
	for name, leave := range map[string]func(*testing.T, *photos.Client, string){
		"trashed": func(t *testing.T, client *photos.Client, id string) {
			if err := client.Library.Trash(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		},
		"hidden": func(t *testing.T, client *photos.Client, id string) {
			if err := client.Library.Hide(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client := newLibrary(t)
			first := writePhoto(t, drive, "a.jpg", "twin", mocks.Photo{})
			writePhoto(t, drive, "b.jpg", "twin", mocks.Photo{})
			fault := drive.Inject(mocks.Fault{Op: "Content.*", Status: http.StatusNotFound})
			dir := t.TempDir()
			if account := run(t, client, dir, export.Options{}); account.Complete() || account.Present != 0 {
				t.Fatalf("%+v", account)
			}
			fault.Remove()
			leave(t, client, first)
			account := run(t, client, dir, export.Options{})
			if got := contents(t, dir); !account.Complete() || got["twin"] != 1 {
				t.Errorf("%v, %+v", got, account)
			}
		})
	}
}

// The video of a live photo comes with its photo, however that fares.
func TestLiveVideosOfOddPhotos(t *testing.T) {
	drive, client := newLibrary(t)
	live := func(name, still, video string, p mocks.Photo) {
		t.Helper()
		p.Taken = july
		if _, _, err := drive.WriteLivePhoto("Pictures/"+name, []byte(still), []byte(video), p); err != nil {
			t.Fatal(err)
		}
	}
	live("hidden.heic", "hidden still", "hidden video", mocks.Photo{Hidden: true})
	writePhoto(t, drive, "a.heic", "twin still", mocks.Photo{})
	live("b.heic", "twin still", "video of a duplicate", mocks.Photo{})
	live("c.heic", "triplet still", "triplet video", mocks.Photo{})
	live("d.heic", "triplet still", "triplet video", mocks.Photo{})
	dir := t.TempDir()
	account := run(t, client, dir, export.Options{})
	got := contents(t, dir)
	if !account.Complete() || got["hidden still"]+got["hidden video"] != 0 || account.Skipped["hidden (see -hidden)"] != 1 ||
		got["twin still"] != 1 || got["video of a duplicate"] != 1 || got["triplet still"] != 1 || got["triplet video"] != 1 {
		t.Errorf("%v; %+v", got, account)
	}
	for _, l := range readManifest(t, dir) {
		if l.LiveVideoOf != "" && l.Skipped == "" && !strings.HasSuffix(l.Path, ".mov") {
			t.Errorf("%+v", l)
		}
	}
	account = run(t, client, dir, export.Options{Hidden: true})
	if got := contents(t, dir); !account.Complete() || got["hidden still"] != 1 || got["hidden video"] != 1 || account.New != 2 {
		t.Errorf("%v; %+v", got, account)
	}
	for range 2 { // and once more without: nothing goes
		account = run(t, client, dir, export.Options{})
		if got := contents(t, dir); !account.Complete() || len(got) != 6 || account.New != 0 || account.Gone != 0 {
			t.Errorf("%v; %+v", got, account)
		}
	}
	if got := paths(t, dir)["b.mov"]; len(got) != 1 || path.Base(got[0]) != "a.mov" {
		t.Errorf("the video of a duplicate is not beside the file: %v", got)
	}
}

// What only one album's listing shows leaves alone what an earlier run knew of the others.
func TestManifestAfterAnExportOfOneAlbum(t *testing.T) {
	drive, client := newLibrary(t)
	a := writePhoto(t, drive, "a.jpg", "a", mocks.Photo{Favorite: true})
	b := writePhoto(t, drive, "b.jpg", "b", mocks.Photo{})
	for album, id := range map[string]string{"One": a, "Two": b} {
		if _, err := drive.WriteAlbum(mocks.Album{Name: album}, id); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	run(t, client, dir, export.Options{})
	account := run(t, client, dir, export.Options{Album: "Two", Albums: export.NoAlbums})
	if !account.Complete() || account.Listed != 1 || account.Gone != 0 {
		t.Errorf("%+v", account)
	}
	for _, l := range readManifest(t, dir) {
		if l.Name == "a.jpg" && (!l.Favorite || fmt.Sprint(l.Albums) != "[One]") {
			t.Errorf("%+v", l)
		}
	}
}
