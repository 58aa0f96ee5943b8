package export_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// signedIn has the cookies of a session of the drive.
type signedIn struct{ session *mocks.Session }

func (a signedIn) Authorize(r *http.Request) error {
	r.Header.Set("Cookie", a.session.Header())
	r.Header.Set("X-Amzn-Sessionid", a.session.ID())
	return nil
}
func (signedIn) Answered(*http.Response) bool { return false }

type noLimit struct{}

func (noLimit) Acquire(context.Context) (func(acd.Outcome), error) { return func(acd.Outcome) {}, nil }

// exif is how cameras write dates.
const exif = "2006:01:02 15:04:05"

func newLibrary(t testing.TB) (*mocks.Drive, *photos.Client) {
	t.Helper()
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
	c, err := photos.New(clientOf(t, drive))
	if err != nil {
		t.Fatal(err)
	}
	return drive, c
}

// clientOf signs in.
func clientOf(t testing.TB, drive *mocks.Drive) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(t.Context(), nil, acd.WithPhotos("amazon.de"), acd.WithAuthenticator(signedIn{drive.NewSession()}),
		acd.WithHTTPClient(&http.Client{Transport: drive}), acd.WithLimiter(noLimit{}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// manifestLine is a line of the manifest, as its readers see it.
type manifestLine struct {
	ID, Name, Path, DuplicateOf, LiveVideoOf, Taken, MD5, Skipped, Failed string
	Size                                                                  int64
	Favorite, Hidden, Gone, Missing, Unverified                           bool
	Albums                                                                []string
}

func readManifest(t testing.TB, dir string) (lines []manifestLine) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for row := range bytes.Lines(text) {
		var l manifestLine
		if err := json.Unmarshal(row, &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// checkFiles compares the files with the manifest: each is there once, with its content, and no other.
func checkFiles(t testing.TB, dir string) (files int) {
	t.Helper()
	expected := map[string]bool{"manifest.jsonl": true}
	for _, l := range readManifest(t, dir) {
		if l.Skipped != "" || l.DuplicateOf != "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(l.Path)))
		if err != nil {
			t.Error(err)
			continue
		}
		sum := md5.Sum(text)
		if l.MD5 != "" && hex.EncodeToString(sum[:]) != l.MD5 || int64(len(text)) != l.Size {
			t.Errorf("%s has other content", l.Path)
		}
		if expected[l.Path] {
			t.Errorf("%s is the file of two", l.Path)
		}
		expected[l.Path] = true
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() && (rel == ".acd-photos" || rel == "albums") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			files++
			if !expected[rel] {
				t.Errorf("%s is of nobody", rel)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files - 1
}

func TestExportOfASeededLibrary(t *testing.T) {
	drive, client := newLibrary(t)
	seeded, err := drive.SeedPhotos(2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var log strings.Builder
	logf := func(format string, args ...any) {
		log.WriteString(strings.TrimSpace(format) + "\n")
		t.Logf(format, args...)
	}
	account, err := export.Run(t.Context(), client, dir, export.Options{Hidden: true, Zone: time.UTC, Log: logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", seeded)
	var text strings.Builder
	account.Write(&text)
	t.Log("\n" + text.String())
	files := checkFiles(t, dir)
	if !account.Complete() || account.Present+account.Duplicates != seeded.Files+seeded.Live || files != account.Present || account.New != account.Present {
		t.Errorf("%d files; %+v", files, account)
	}
	again, err := export.Run(t.Context(), client, dir, export.Options{Hidden: true, Zone: time.UTC, Log: logf, Verify: true})
	if err != nil || again.New != 0 || again.Present != account.Present || again.Verified != account.Present {
		t.Errorf("the second run: %+v, %v", again, err)
	}
	mocks.AssertNoLeaks(t, drive)
}

// run exports into dir, and fails the test if that fails.
func run(t *testing.T, client *photos.Client, dir string, o export.Options) *export.Account {
	t.Helper()
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = t.Logf
	}
	account, err := export.Run(t.Context(), client, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// paths are those of the manifest, by name; a name that comes twice has both.
func paths(t *testing.T, dir string) map[string][]string {
	found := map[string][]string{}
	for _, l := range readManifest(t, dir) {
		if l.Skipped == "" && l.DuplicateOf == "" {
			found[l.Name] = append(found[l.Name], l.Path)
		}
	}
	return found
}

// A library of the cases that names make.
func TestExportGivesPathsThatFitEverywhere(t *testing.T) {
	drive, client := newLibrary(t)
	taken := time.Date(2019, 7, 4, 12, 0, 0, 0, time.UTC)
	write := func(path, text string, p mocks.Photo) string {
		t.Helper()
		id, err := drive.WritePhoto(path, []byte(text), p)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	at := func(d time.Duration) mocks.Photo { return mocks.Photo{Taken: taken.Add(d).Format(exif)} }
	write("Pictures/a/IMG_1.JPG", "jpeg of a pair", at(0))
	write("Pictures/a/IMG_1.CR2", "raw of a pair", at(time.Second))
	write("Pictures/b/img_1.jpg", "another camera's", at(time.Hour))
	second := write("Pictures/b/img_1.cr2", "another camera's raw", at(time.Hour)) // the first of its pair by name
	write("Pictures/c/copy.jpg", "jpeg of a pair", at(2*time.Hour))
	write("Pictures/c/CON.jpg", "a device", at(3*time.Hour))
	write("Pictures/c/what? <no>.jpg", "odd characters", at(4*time.Hour))
	write("Pictures/c/undated.jpg", "no date", mocks.Photo{})
	dir := t.TempDir()
	run(t, client, dir, export.Options{})
	got := paths(t, dir)
	for name, want := range map[string]string{
		"IMG_1.JPG":      "2019/07/IMG_1.JPG",
		"IMG_1.CR2":      "2019/07/IMG_1.CR2",
		"img_1.jpg":      "2019/07/img_1~" + second[:8] + ".jpg",
		"img_1.cr2":      "2019/07/img_1~" + second[:8] + ".cr2",
		"CON.jpg":        "2019/07/_CON.jpg",
		"what? <no>.jpg": "2019/07/what_ _no_.jpg",
	} {
		if len(got[name]) != 1 || got[name][0] != want {
			t.Errorf("%s: %v, want %s", name, got[name], want)
		}
	}
	if p := got["undated.jpg"]; len(p) != 1 || !strings.HasPrefix(p[0], "undated/") {
		t.Errorf("undated: %v", p)
	}
	if got["copy.jpg"] != nil {
		t.Errorf("equal content is there twice: %v", got["copy.jpg"])
	}
	info, err := os.Stat(filepath.Join(dir, "2019/07/IMG_1.JPG"))
	if err != nil || !info.ModTime().Equal(taken) {
		t.Errorf("%v, %v", info, err)
	}
	checkFiles(t, dir)
}

func TestExportPutsLiveVideosBesideTheirPhotos(t *testing.T) {
	drive, client := newLibrary(t)
	taken := time.Date(2019, 7, 4, 12, 0, 0, 0, time.UTC)
	if _, _, err := drive.WriteLivePhoto("Pictures/IMG_7.HEIC", []byte("still"), []byte("moving"), mocks.Photo{Taken: taken.Format(exif)}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run(t, client, dir, export.Options{})
	entries, err := os.ReadDir(filepath.Join(dir, "2019", "07"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "IMG_7.") {
			t.Errorf("%s is not beside its photo", e.Name())
		}
	}
	checkFiles(t, dir)
}

func TestExportLeavesOutWithAReason(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.SeedPhotos(300, 5); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	from, to := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	account := run(t, client, dir, export.Options{From: from, To: to})
	if account.Skipped["hidden (see -hidden)"] == 0 || account.Skipped["outside -from and -to"] == 0 || account.Present == 0 || !account.Complete() {
		t.Errorf("%+v", account)
	}
	for _, l := range readManifest(t, dir) {
		if l.Skipped == "" && l.Taken != "" && !strings.HasPrefix(l.Taken, "2018-") {
			t.Errorf("%+v", l)
		}
	}
	checkFiles(t, dir)
}

// What changes in the library between two runs adds to the directory, and takes nothing away.
func TestExportKeepsWhatChangedOrWentAway(t *testing.T) {
	drive, client := newLibrary(t)
	taken := time.Date(2019, 7, 4, 12, 0, 0, 0, time.UTC)
	edited, err := drive.WritePhoto("Pictures/edited.jpg", []byte("before"), mocks.Photo{Taken: taken.Format(exif)})
	if err != nil {
		t.Fatal(err)
	}
	trashed, err := drive.WritePhoto("Pictures/trashed.jpg", []byte("to be trashed"), mocks.Photo{Taken: taken.Format(exif)})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run(t, client, dir, export.Options{})
	node, err := client.Drive.Nodes.Get(t.Context(), edited)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Drive.Content.Overwrite(t.Context(), node, strings.NewReader("after, and longer")); err != nil {
		t.Fatal(err)
	}
	if err := client.Library.Trash(t.Context(), trashed); err != nil {
		t.Fatal(err)
	}
	account := run(t, client, dir, export.Options{})
	if account.Changed != 1 || account.Gone != 1 || account.New != 1 {
		t.Errorf("%+v", account)
	}
	for name, want := range map[string]string{"edited.jpg": "after, and longer", "edited.v1.jpg": "before", "trashed.jpg": "to be trashed"} {
		if text, err := os.ReadFile(filepath.Join(dir, "2019", "07", name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if third := run(t, client, dir, export.Options{}); third.New != 0 || third.Changed != 0 || third.Gone != 1 {
		t.Errorf("%+v", third)
	}
}

// A person's own file that is in the way is kept; one that was removed is fetched again.
func TestExportAmongAPersonsFiles(t *testing.T) {
	drive, client := newLibrary(t)
	taken := time.Date(2019, 7, 4, 12, 0, 0, 0, time.UTC)
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		if _, err := drive.WritePhoto("Pictures/"+name, []byte("content of "+name), mocks.Photo{Taken: taken.Format(exif)}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	month := filepath.Join(dir, "2019", "07")
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(month, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(month, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("a.jpg", "my own")
	put("b.jpg", "content of b.jpg") // the very content: adopted
	run(t, client, dir, export.Options{})
	put("b.jpg", "scribbled over, at another length")
	if err := os.Remove(filepath.Join(month, "c.jpg")); err != nil {
		t.Fatal(err)
	}
	run(t, client, dir, export.Options{})
	texts := map[string]bool{}
	entries, err := os.ReadDir(month)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(month, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[string(text)] = true
	}
	for _, want := range []string{"my own", "content of a.jpg", "content of b.jpg", "scribbled over, at another length", "content of c.jpg"} {
		if !texts[want] {
			t.Errorf("%q is gone; there are %v", want, entries)
		}
	}
	if len(entries) != 5 {
		t.Errorf("%v", entries)
	}
}

func TestExportsAtTheSameTimeAreRefused(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.SeedPhotos(20, 1); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var second error
	run(t, client, dir, export.Options{Progress: func(export.Progress) {
		if second == nil {
			_, second = export.Run(t.Context(), client, dir, export.Options{})
		}
	}})
	if second == nil || !strings.Contains(second.Error(), "another export") {
		t.Errorf("the second: %v", second)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.SeedPhotos(50, 1); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "export")
	account := run(t, client, dir, export.Options{DryRun: true})
	if _, err := os.Stat(dir); !os.IsNotExist(err) || account.Missing == 0 {
		t.Errorf("%+v, %v", account, err)
	}
}

func TestAlbumsAsLinks(t *testing.T) {
	drive, client := newLibrary(t)
	var ids []string
	for _, name := range []string{"a.jpg", "b.jpg"} {
		id, err := drive.WritePhoto("Pictures/"+name, []byte(name), mocks.Photo{Taken: "2019:07:04 12:00:00"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if _, err := drive.WriteAlbum(mocks.Album{Name: "Harbour / Port"}, ids...); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for range 2 {
		run(t, client, dir, export.Options{Albums: export.AlbumsAsLinks})
		entries, err := os.ReadDir(filepath.Join(dir, "albums", "Harbour _ Port"))
		if err != nil || len(entries) != 2 {
			t.Fatalf("%v, %v", entries, err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "albums", "Harbour _ Port", "b.jpg"))
		if err != nil || string(text) != "b.jpg" {
			t.Errorf("%q, %v", text, err)
		}
	}
	for _, l := range readManifest(t, dir) {
		if len(l.Albums) != 1 || l.Albums[0] != "Harbour / Port" {
			t.Errorf("%+v", l)
		}
	}
	only := run(t, client, t.TempDir(), export.Options{Album: "Harbour / Port"})
	if only.Present != 2 || !only.Complete() {
		t.Errorf("%+v", only)
	}
	if _, err := export.Run(t.Context(), client, t.TempDir(), export.Options{Album: "Nowhere"}); err == nil || !strings.Contains(err.Error(), `"Nowhere"`) {
		t.Error(err)
	}
}

// A session that ends stops the run at once; the next run goes on.
func TestExportGoesOnAfterTheSessionEnded(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.SeedPhotos(400, 2); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ended := false
	before := 0
	account, err := export.Run(t.Context(), client, dir, export.Options{Hidden: true, Progress: func(p export.Progress) {
		if p.Phase == "downloading" && p.Done > 100 && !ended {
			ended = true
			drive.ExpireSessions()
			before = drive.Counters().Requests
		}
	}})
	if !errors.Is(err, acd.ErrUnauthorized) || account.New < 100 || account.Missing == 0 || account.Complete() {
		t.Fatalf("%+v, %v", account, err)
	}
	if sent := drive.Counters().Requests - before; sent > 40 {
		t.Errorf("%d requests after the end of the session", sent)
	}
	again, err := photos.New(clientOf(t, drive))
	if err != nil {
		t.Fatal(err)
	}
	rest := run(t, again, dir, export.Options{Hidden: true})
	if !rest.Complete() || rest.New+account.New != rest.Present {
		t.Errorf("%d, then %d of %d", account.New, rest.New, rest.Present)
	}
	checkFiles(t, dir)
}

// A library in which something is added or goes away while it is listed is listed again.
func TestExportOfALibraryThatChanges(t *testing.T) {
	drive, client := newLibrary(t)
	if _, err := drive.SeedPhotos(100, 6); err != nil {
		t.Fatal(err)
	}
	late, err := drive.WritePhoto("Pictures/late.jpg", []byte("trashed while it is listed"), mocks.Photo{})
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	dir := t.TempDir()
	account := run(t, client, dir, export.Options{Hidden: true, Progress: func(p export.Progress) {
		if p.Phase == "listing" && !changed {
			changed = true
			if err := client.Library.Trash(t.Context(), late); err != nil {
				t.Error(err)
			}
			if _, err := drive.WritePhoto("Pictures/new.jpg", []byte("uploaded while it is listed"), mocks.Photo{}); err != nil {
				t.Error(err)
			}
		}
	}})
	if !account.Complete() || account.Passes < 2 {
		t.Errorf("%+v", account)
	}
	if got := paths(t, dir); got["late.jpg"] != nil || len(got["new.jpg"]) != 1 {
		t.Errorf("%v, %v", got["late.jpg"], got["new.jpg"])
	}
}
