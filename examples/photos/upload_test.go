package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Equal content is added once, whatever its name; what systems put beside photos is left out.
func TestUpload(t *testing.T) {
	p := newPerson(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.jpg": "a", "sub/b.PNG": "b", "sub/c.mp4": "c", "sub/deep/copy of a.jpg": "a",
		"@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg": "thumb", "sub/._b.PNG": "resource", "Thumbs.db": "db", ".hidden/x.jpg": "x",
		".DS_Store": "ds", "notes.txt": "n",
	} {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	p.run("upload", "-mock", "-transfers", "1", dir).prints("3 added, 1 were there already, 0 failed, 4 left out: no photos and no videos\n")
	p.run("upload", "-mock", dir).prints("0 added, 4 were there already, 0 failed, 4 left out: no photos and no videos\n")
	p.run("upload", "-mock", "-album", "Sea", filepath.Join(dir, "sub")).prints("0 added, 3 were there already, 0 failed, 1 left out: no photos and no videos\n")
	for range 2 { // the album that is there is taken, and has each photo once
		p.run("upload", "-mock", dir, "-album", "Sea").ok()
		p.run("albums", "-mock").prints("3  Sea\n")
	}
	found := p.run("search", "-mock").ok().out
	if strings.Count(found, "\n") != 3 || strings.Contains(found, "THUMB") {
		t.Errorf("%s", found)
	}
}

// What fails is named, the rest goes on, and the status says so.
func TestUploadThatFails(t *testing.T) {
	p := newPerson(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.jpg"), "a")
	put(t, filepath.Join(dir, "b.jpg"), "b")
	p.drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, Status: http.StatusRequestEntityTooLarge, Times: 1})
	o := p.run("upload", "-mock", "-transfers", "1", dir)
	if o.status != 1 || o.out != "1 added, 0 were there already, 1 failed\n" || strings.Count(o.err, "\n") != 2 || !strings.Contains(o.err, "a.jpg: ") {
		t.Errorf("status %d\n%s%s", o.status, o.out, o.err)
	}
	p.run("upload", "-mock", dir).prints("1 added, 1 were there already, 0 failed\n")
}

// A session that ends stops an upload at once: the account says what was reached.
func TestSessionThatEndsDuringAnUpload(t *testing.T) {
	p := newPerson(t)
	p.signIn()
	dir := t.TempDir()
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		put(t, filepath.Join(dir, name), name)
	}
	p.drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, Nth: 2, ExpireSessions: true})
	o := p.run("upload", "-transfers", "1", dir)
	o.fails(3, `sign in again with "photos sign-in"`)
	if o.out != "2 added, 0 were there already, 0 failed, 1 not reached\n" {
		t.Errorf("%s", o.out)
	}
	p.signIn()
	p.run("upload", dir).prints("1 added, 2 were there already, 0 failed\n")
}
