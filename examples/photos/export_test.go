package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// Every option of an export, on one small library.
func TestExport(t *testing.T) {
	for name, tc := range map[string]struct {
		flags   string
		present int
		files   string // that are there, besides the state and the manifest
		rows    map[string]int
	}{
		"all":        {"", 3, "2018/03/b.jpg 2019/07/a.jpg undated/2020/01/c.jpg", map[string]int{"were listed": 5, "skipped: hidden": 1, "duplicates": 1, "albums": 1}},
		"hidden":     {"-hidden", 4, "2018/03/b.jpg 2019/07/a.jpg 2019/07/h.jpg undated/2020/01/c.jpg", map[string]int{"were listed": 5}},
		"from":       {"-from 2019", 2, "2019/07/a.jpg undated/2020/01/c.jpg", map[string]int{"skipped: outside": 1}},
		"to":         {"-to 2019-07-04", 1, "2018/03/b.jpg", map[string]int{"skipped: outside": 3}},
		"from to":    {"-from 2019-07 -to 2020", 1, "2019/07/a.jpg", map[string]int{"skipped: outside": 2}},
		"album":      {"-album Sea", 1, "2018/03/b.jpg", map[string]int{"were listed": 1}},
		"links":      {"-albums links", 3, "2018/03/b.jpg 2019/07/a.jpg albums/Sea/b.jpg undated/2020/01/c.jpg", map[string]int{"albums": 1}},
		"no albums":  {"-albums none", 3, "2018/03/b.jpg 2019/07/a.jpg undated/2020/01/c.jpg", nil},
		"dry run":    {"-dry-run", 0, "", map[string]int{"would be downloaded": 3}},
		"-n":         {"-n", 0, "", map[string]int{"would be downloaded": 3}},
		"verify":     {"-verify", 3, "2018/03/b.jpg 2019/07/a.jpg undated/2020/01/c.jpg", map[string]int{"read again": 3}},
		"of a zone":  {"-tz America/Vancouver", 3, "2018/03/b.jpg 2019/07/a.jpg undated/2020/01/c.jpg", nil},
		"one by one": {"-transfers 1", 3, "2018/03/b.jpg 2019/07/a.jpg undated/2020/01/c.jpg", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.t = t
			p.write("a.jpg", "a", mocks.Photo{Taken: "2019:07:04 12:00:00"})
			p.write("copy of a.jpg", "a", mocks.Photo{Taken: "2019:07:05 12:00:00"})
			b := p.write("b.jpg", "b", mocks.Photo{Taken: "2018:03:01 08:30:00"})
			p.write("c.jpg", "c", mocks.Photo{Uploaded: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)})
			p.write("h.jpg", "h", mocks.Photo{Taken: "2019:07:04 12:00:01", Hidden: true})
			if _, err := p.drive.WriteAlbum(mocks.Album{Name: "Sea"}, b); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "out")
			args := append(append([]string{"export", "-mock"}, strings.Fields(tc.flags)...), dir)
			o := p.run(args...).ok()
			for what, want := range tc.rows {
				if got := o.row(what); got != want {
					t.Errorf("%q: %d, want %d\n%s", what, got, want, o.out)
				}
			}
			if got := strings.Join(filesBelow(t, dir), " "); got != tc.files {
				t.Errorf("%s, want %s", got, tc.files)
			}
			if tc.present == 0 {
				return
			}
			if got := o.row("present, of which " + string(rune('0'+tc.present)) + " are new"); got != tc.present {
				t.Errorf("%s", o.out)
			}
			if again := p.run(args...).ok(); again.row("present, of which 0 are new") != tc.present {
				t.Errorf("the second run:\n%s", again.out)
			}
			if name == "of a zone" {
				info, err := os.Stat(filepath.Join(dir, "2018", "03", "b.jpg"))
				if want := time.Date(2018, 3, 1, 16, 30, 0, 0, time.UTC); err != nil || !info.ModTime().Equal(want) {
					t.Errorf("%v, %v", info.ModTime(), err)
				}
			}
		})
	}
}

// filesBelow are the paths of an export, without its state and its manifest.
func filesBelow(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !d.IsDir() && !strings.Contains(path, ".acd-photos") && d.Name() != "manifest.jsonl" {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A session that ends in the middle is status 3, and says what to do. The next run goes on, and a third copies nothing.
func TestSessionThatEndsDuringAnExport(t *testing.T) {
	p, library := seeded(t, 200)
	p.signIn()
	dir := t.TempDir()
	p.drive.Inject(mocks.Fault{Op: mocks.OpContentRedirection, Nth: 50, ExpireSessions: true})
	o := p.run("export", "-hidden", dir)
	first := o.row("present")
	o.fails(3, "the session has ended", `sign in again with "photos sign-in", and run the same command again: it goes on where it was`)
	if first < 20 || o.row("not reached") == 0 {
		t.Errorf("%s", o.out)
	}
	p.signIn()
	o = p.run("export", "-hidden", dir).ok()
	all := o.row("present")
	if all+o.row("duplicates") != library.Files+library.Live || all <= first {
		t.Errorf("%+v\n%s", library, o.out)
	}
	p.run("export", "-hidden", dir).ok().row("present, of which 0 are new")
}

// What fails is named, and the status says so. The next run gets it.
func TestExportWithAFileThatFails(t *testing.T) {
	p, _ := seeded(t, 30)
	fault := p.drive.Inject(mocks.Fault{Op: "Content.*", NodeID: firstPhoto(t, p), Status: 404})
	dir := t.TempDir()
	o := p.run("export", "-mock", dir)
	if o.status != 1 || !strings.HasSuffix(o.err, "Not everything is there yet: run the same command again.\n") || strings.Count(o.err, "\n") != 2 || o.row("FAILED: no such node") != 1 {
		t.Errorf("status %d\n%s%s", o.status, o.out, o.err)
	}
	fault.Remove()
	p.run("export", "-mock", dir).ok().row("of which 1 are new")
}

func firstPhoto(t *testing.T, p *person) string {
	t.Helper()
	id, _, _ := strings.Cut(p.run("search", "-mock").ok().out, " ")
	return id
}

// The manifest is for people and other programs.
func TestManifest(t *testing.T) {
	p := newPerson(t)
	id := p.write("a.jpg", "a", mocks.Photo{Taken: "2019:07:04 12:00:00", Favorite: true})
	if _, err := p.drive.WriteAlbum(mocks.Album{Name: "Sea"}, id); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p.run("export", "-mock", dir).ok()
	text, err := os.ReadFile(filepath.Join(dir, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var line map[string]any
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "owner")
	got, _ := json.Marshal(line)
	want := `{"albums":["Sea"],"favorite":true,"id":"` + id + `","md5":"0cc175b9c0f1b6a831c399e269772661","name":"a.jpg","path":"2019/07/a.jpg","size":1,"taken":"2019-07-04T12:00:00","type":"image/jpeg"}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
