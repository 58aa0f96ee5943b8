package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// An account of Amazon Photos is a remote like others. The session of examples/photos is used.
func TestPhotosIsARemote(t *testing.T) {
	p := newPerson(t)
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
	if _, err := drive.WritePhoto("Pictures/a.jpg", []byte("a photo"), mocks.Photo{}); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string, string) {
		a := &app{dir: p.dir, network: drive}
		var out, errs bytes.Buffer
		status := a.program().Run(t.Context(), args, program.NewConsole(strings.NewReader(""), &out, &errs))
		return status, out.String(), errs.String()
	}
	if status, _, errs := run("ls", "photos:"); status != 3 || !strings.Contains(errs, "photos sign-in") {
		t.Errorf("signed out: status %d, %q", status, errs)
	}
	session, err := photos.ParseSession([]byte(drive.NewSession().Header()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store := photos.NewFileSessionStore(filepath.Join(p.dir, "photos-session.json"))
	if err := store.Update(context.Background(), func(*photos.Session) (*photos.Session, error) { return session, nil }); err != nil {
		t.Fatal(err)
	}
	if status, out, errs := run("ls", "photos:"); status != 0 || !strings.Contains(out, "Pictures/a.jpg") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	dir := t.TempDir()
	if status, _, errs := run("copy", "photos:Pictures", dir); status != 0 {
		t.Errorf("status %d, %q", status, errs)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a.jpg")); err != nil || string(text) != "a photo" {
		t.Errorf("%q, %v", text, err)
	}
	drive.ExpireSessions()
	if status, _, errs := run("ls", "photos:"); status != 3 || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
		t.Errorf("after the end: status %d, %q", status, errs)
	}
	mocks.AssertNoLeaks(t, drive)
}
