package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// outcome is the result of one run.
type outcome struct {
	ok             bool
	err            error
	stdout, stderr bytes.Buffer
}

func quickstart(t *testing.T, s settings) *outcome {
	t.Helper()
	if s.workers == 0 {
		s.workers = 4
	}
	var o outcome
	o.ok, o.err = run(t.Context(), s, &o.stdout, &o.stderr)
	return &o
}

// onDrive sets -token and -discovery for a drive of the test. Each watcher sees every request
// before the drive does.
func onDrive(t *testing.T, drive *mocks.Drive, s settings, watch ...func(*http.Request)) settings {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range watch {
			f(r)
		}
		drive.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.discovery = server.URL + "/drive/v1/account/endpoint"
	s.token = filepath.Join(t.TempDir(), "token.json")
	write(t, s.token, `{"access_token":"tok","token_type":"bearer"}`)
	return s
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func row(t *testing.T, o *outcome, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s*` + name + `\s+(\S+)$`).FindStringSubmatch(o.stdout.String())
	if m == nil {
		t.Fatalf("no row %q in:\n%s", name, o.stdout.String())
	}
	return m[1]
}

func TestGeneratedTreeComesBack(t *testing.T) {
	o := quickstart(t, settings{})
	if o.err != nil || !o.ok || row(t, o, "files") != "200" || row(t, o, "mismatches") != "0" {
		t.Errorf("error %v\n%s%s", o.err, o.stdout.String(), o.stderr.String())
	}
}

func TestTheUploadEndsInTheTrash(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithToken("tok"))
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a/b.txt"), "hello")
	if o := quickstart(t, onDrive(t, drive, settings{dir: dir})); o.err != nil || !o.ok {
		t.Fatalf("error %v, %s", o.err, o.stderr.String())
	}
	snapshot := drive.Snapshot()
	if len(snapshot.Tree) != 0 || len(snapshot.Trash) == 0 {
		t.Errorf("left on the drive: %v", snapshot.Paths())
	}
	mocks.AssertNoLeaks(t, drive)
}

// If a setting is wrong, the run ends with one line that names the setting.
func TestBadSettings(t *testing.T) {
	notADir := filepath.Join(t.TempDir(), "file")
	write(t, notADir, "x")
	wrongToken := onDrive(t, mocks.NewDrive(mocks.WithToken("other")), settings{})
	for name, tc := range map[string]struct {
		s    settings
		want []string
	}{
		"no such directory":   {settings{dir: "/no/such/dir"}, []string{"-dir", "/no/such/dir"}},
		"not a directory":     {settings{dir: notADir}, []string{"-dir", notADir}},
		"no workers":          {settings{workers: -1}, []string{"-workers"}},
		"no such token file":  {settings{token: "/no/such/token"}, []string{"-token", "/no/such/token"}},
		"no token in it":      {settings{token: notADir}, []string{"-token", notADir, "access_token"}},
		"wrong token":         {wrongToken, []string{"-token", wrongToken.token}},
		"discovery, no token": {settings{discovery: "http://127.0.0.1:1/"}, []string{"-discovery", "-token"}},
	} {
		o := quickstart(t, tc.s)
		if o.err == nil || strings.Contains(o.err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, o.err)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(o.err.Error(), want) {
				t.Errorf("%s: error %q does not name %q", name, o.err, want)
			}
		}
	}
}

// A problem with a single file is reported in one line. All other files are copied.
func TestProblemsOfSingleFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare    func(t *testing.T, dir string, drive *mocks.Drive)
		files      string
		mismatches string
		want       []string
	}{
		"two names that differ only in case": {func(t *testing.T, dir string, _ *mocks.Drive) {
			write(t, filepath.Join(dir, "emPty"), "1")
			write(t, filepath.Join(dir, "empty"), "2")
			if entries, _ := os.ReadDir(dir); len(entries) == 2 {
				t.Skip("this file system takes the two for one")
			}
		}, "2", "0", []string{`exists already`}},
		"a name that the drive refuses": {func(t *testing.T, dir string, drive *mocks.Drive) {
			write(t, filepath.Join(dir, "refused"), "x")
			drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, Status: 400, Body: `{"message":"1 validation error detected"}`})
		}, "1", "0", []string{"validation error"}},
		"a file that cannot be read": {func(t *testing.T, dir string, _ *mocks.Drive) {
			write(t, filepath.Join(dir, "secret"), "x")
			if err := os.Chmod(filepath.Join(dir, "secret"), 0); err != nil || os.Getuid() == 0 {
				t.Skip("every file can be read by this user")
			}
		}, "1", "0", []string{`"secret"`, "permission denied"}},
		"bytes that change on the drive": {func(t *testing.T, dir string, drive *mocks.Drive) {
			drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true})
		}, "0", "1", []string{`"plain.txt"`, "checksum"}},
		"a link out of the tree": {func(t *testing.T, dir string, _ *mocks.Drive) {
			if err := os.Symlink("/etc", filepath.Join(dir, "link")); err != nil {
				t.Skip(err)
			}
		}, "1", "0", []string{`"link" is left out`}},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive(mocks.WithToken("tok"))
			dir := t.TempDir()
			write(t, filepath.Join(dir, "plain.txt"), "plain")
			tc.prepare(t, dir, drive)
			o := quickstart(t, onDrive(t, drive, settings{dir: dir, workers: 1}))
			if o.err != nil || row(t, o, "files") != tc.files || row(t, o, "mismatches") != tc.mismatches {
				t.Errorf("error %v, ok %v\n%s%s", o.err, o.ok, o.stdout.String(), o.stderr.String())
			}
			if leftOut := strings.Contains(o.stderr.String(), "left out"); o.ok != leftOut {
				t.Errorf("ok %v with %q", o.ok, o.stderr.String())
			}
			if n := strings.Count(o.stderr.String(), "\n"); n != 1 {
				t.Errorf("%d lines, want one:\n%s", n, o.stderr.String())
			}
			for _, want := range tc.want {
				if !strings.Contains(o.stderr.String(), want) {
					t.Errorf("%q is not named in %q", want, o.stderr.String())
				}
			}
		})
	}
}

// A file changes while it is copied.
func TestFileThatVanishesOrGrows(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(path string) error
		when   string // path of the request; the file changes before it
		want   string
	}{
		"vanishes": {os.Remove, "/drive/v1/nodes", "no such file"},
		"grows":    {grow, "/cdproxy/nodes", "changed while it was copied"},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive(mocks.WithToken("tok"))
			dir := t.TempDir()
			write(t, filepath.Join(dir, "a changes.txt"), "first")
			write(t, filepath.Join(dir, "folder/b stays.txt"), "stays")
			posts := 0
			s := onDrive(t, drive, settings{dir: dir, workers: 1}, func(r *http.Request) {
				if r.Method != http.MethodPost || r.URL.Path != tc.when {
					return
				}
				// The first POST makes the folder for the copy, before the program has looked for files
				// to copy.
				if posts++; posts == 2 || tc.when == "/cdproxy/nodes" && posts == 1 {
					if err := tc.change(filepath.Join(dir, "a changes.txt")); err != nil {
						t.Error(err)
					}
				}
			})
			o := quickstart(t, s)
			if o.err != nil || o.ok || row(t, o, "files") != "1" || row(t, o, "mismatches") != "0" {
				t.Errorf("error %v, ok %v\n%s", o.err, o.ok, o.stdout.String())
			}
			if got := o.stderr.String(); !strings.Contains(got, `"a changes.txt"`) || !strings.Contains(got, tc.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("stderr %q, want %q", got, tc.want)
			}
		})
	}
}

func grow(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("more")
	return err
}
