package export_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
)

// journalOf is the journal of an export.
func journalOf(dir string) string { return filepath.Join(dir, ".acd-photos", "journal.jsonl") }

// A line that was cut when a run was killed is left out, wherever it was cut, and its file is looked at again.
func TestJournalWhoseLastLineIsCut(t *testing.T) {
	drive, client := newLibrary(t)
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		writePhoto(t, drive, name, name, mocks.Photo{})
	}
	dir := t.TempDir()
	run(t, client, dir, export.Options{})
	whole, err := os.ReadFile(journalOf(dir))
	if err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(strings.TrimSuffix(string(whole), "\n"), "\n") + 1
	for at := last; at < len(whole); at += 7 {
		if err := os.WriteFile(journalOf(dir), whole[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		if account := run(t, client, dir, export.Options{}); !account.Complete() || account.Present != 3 || checkFiles(t, dir) != 3 {
			t.Fatalf("cut at %d: %+v", at, account)
		}
	}
}

// What a journal says that no export can have written is refused, with the line, before anything is done.
func TestHostileJournals(t *testing.T) {
	for name, tc := range map[string]struct{ line, want string }{
		"above the directory":   {`{"id":"x","path":"../outside.jpg","size":1}`, "line 1"},
		"absolute":              {`{"id":"x","path":"/etc/passwd","size":1}`, "line 1"},
		"up from a month":       {`{"id":"x","path":"2019/07/../../../outside.jpg","size":1}`, "line 1"},
		"the name is up":        {`{"id":"x","path":"2019/07/..","size":1}`, "line 1"},
		"the name is none":      {`{"id":"x","path":"2019/07/","size":1}`, "line 1"},
		"the state":             {`{"id":"x","path":".acd-photos/lock","size":1}`, "line 1"},
		"the state, by a dot":   {`{"id":"x","path":"./.acd-photos/lock","size":1}`, "line 1"},
		"the state, by a month": {`{"id":"x","path":"2019/../.acd-photos/lock","size":1}`, "line 1"},
		"the manifest":          {`{"id":"x","path":"manifest.jsonl","size":1}`, "line 1"},
		"an album":              {`{"id":"x","path":"albums/a/b","size":1}`, "line 1"},
		"Windows' separator":    {`{"id":"x","path":"2019/07/..\\..\\x","size":1}`, "line 1"},
		"Windows' stream":       {`{"id":"x","path":"2019/07/a.jpg:s","size":1}`, "line 1"},
		"no id":                 {`{"path":"2019/07/a.jpg","size":1}`, "line 1"},
		"no JSON":               {`hello`, "line 1"},
		"a line without an end": {`{"id":"` + strings.Repeat("x", 2<<20) + `"}`, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client := newLibrary(t)
			writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
			dir := filepath.Join(t.TempDir(), "export")
			if err := os.MkdirAll(filepath.Dir(journalOf(dir)), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(journalOf(dir), []byte(tc.line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, dry := range []bool{true, false} {
				account, err := export.Run(t.Context(), client, dir, export.Options{DryRun: dry})
				if account != nil || err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
					t.Errorf("%v, %+v", err, account)
				}
			}
			if text, err := os.ReadFile(journalOf(dir)); err != nil || string(text) != tc.line+"\n" {
				t.Errorf("the journal was changed: %v", err)
			}
		})
	}
}

// An entry of the journal can say that another entry has its file. If two entries name each other, or
// if the named entry does not exist, each entry gets its own file.
func TestJournalWhoseDuplicatesLeadNowhere(t *testing.T) {
	drive, client := newLibrary(t)
	a := writePhoto(t, drive, "a.jpg", "a", mocks.Photo{})
	b := writePhoto(t, drive, "b.jpg", "b", mocks.Photo{})
	c := writePhoto(t, drive, "c.jpg", "c", mocks.Photo{})
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Dir(journalOf(dir)), 0o777); err != nil {
		t.Fatal(err)
	}
	lines := `{"id":"` + a + `","of":"` + b + `","size":1}` + "\n" + `{"id":"` + b + `","of":"` + a + `","size":1}` + "\n" +
		`{"id":"` + c + `","of":"nobody","size":1}` + "\n"
	if err := os.WriteFile(journalOf(dir), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if account := run(t, client, dir, export.Options{}); !account.Complete() || account.Present != 3 || checkFiles(t, dir) != 3 {
		t.Errorf("%+v", account)
	}
}
