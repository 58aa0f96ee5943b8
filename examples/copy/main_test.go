package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// outcome of one run.
type outcome struct {
	ok             bool
	err            error
	stdout, stderr bytes.Buffer
}

// copyWith runs the program with a drive of the test's.
func copyWith(t *testing.T, drive *mocks.Drive, args ...string) *outcome {
	t.Helper()
	server := httptest.NewServer(drive)
	t.Cleanup(server.Close)
	token := filepath.Join(t.TempDir(), "token.json")
	write(t, token, `{"access_token":"mock-token","token_type":"bearer"}`)
	var o outcome
	s, err := parse(append([]string{"-discovery", server.URL + "/drive/v1/account/endpoint", "-token", token}, args...), &o.stderr)
	if err != nil {
		t.Fatal(err)
	}
	o.ok, o.err = run(t.Context(), s, &o.stdout, &o.stderr)
	return &o
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

func (o *outcome) row(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^\s*` + name + `\s+(\S+)$`).FindStringSubmatch(o.stdout.String())
	if m == nil {
		t.Fatalf("no row %q in:\n%s", name, o.stdout.String())
	}
	return m[1]
}

func source(t *testing.T) string {
	dir := t.TempDir()
	for path, content := range map[string]string{"a.go": "package a", "sub/b.go": "package b", "sub/b.txt": "text", "sub/twin.txt": "text", "deep/er/c": "", "fullwidth \uff0f.txt": "slash", "not utf-8 \xff": "x"} {
		write(t, filepath.Join(dir, path), content)
	}
	return dir
}

const checkedClean = "0 mismatches, 0 duplicates, 0 lost files"

func TestThereAndBackAndAgain(t *testing.T) {
	drive, from, to := mocks.NewDrive(), source(t), t.TempDir()
	for _, args := range [][]string{{from, "drive:src"}, {"drive:src", to}} {
		for _, copied := range []string{"7", "0"} {
			o := copyWith(t, drive, append([]string{"-check", "-mtime"}, args...)...)
			if !o.ok || o.err != nil || o.row(t, "copied") != copied || !strings.Contains(o.stdout.String(), "check: 7 files, "+checkedClean+"\n") {
				t.Fatalf("%v: error %v\n%s%s", args, o.err, o.stdout.String(), o.stderr.String())
			}
		}
	}
	for _, name := range []string{"a.go", "sub/twin.txt"} {
		want, _ := os.Stat(filepath.Join(from, name))
		got, err := os.Stat(filepath.Join(to, name))
		if err != nil || !got.ModTime().Equal(want.ModTime()) {
			t.Errorf("%s has lost its time: %v", name, err)
		}
	}
}

// What the check is for: each difference is found, named, and makes it fail.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	tests := []struct {
		name    string
		spoil   func(t *testing.T, drive *mocks.Drive)
		summary string
		line    string
	}{
		// Faults act on the copy only; what follows is what the check then meets.
		{"a repeated file", func(t *testing.T, drive *mocks.Drive) {
			if _, err := drive.WriteFile("src/sub/b (1).go", []byte("package b")); err != nil {
				t.Fatal(err)
			}
		}, "0 mismatches, 1 duplicates, 0 lost files", `"sub/b (1).go": repeats "sub/b.go"`},
		{"content that the drive has and does not give", func(t *testing.T, drive *mocks.Drive) {
			drive.Inject(mocks.Fault{Op: "Content.Download", NodeID: lookup(t, drive, "src/a.go"), At: mocks.InAnswer, Corrupt: true})
		}, checkedClean, "checksum mismatch"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			drive, from := mocks.NewDrive(), source(t)
			if o := copyWith(t, drive, from, "drive:src"); !o.ok {
				t.Fatal(o.stderr.String())
			}
			test.spoil(t, drive)
			o := copyWith(t, drive, "-check", from, "drive:src")
			if o.ok || !strings.Contains(o.stdout.String(), test.summary) || !strings.Contains(o.stderr.String(), test.line) {
				t.Errorf("%s%s", o.stdout.String(), o.stderr.String())
			}
		})
	}
}

// What only a listing holds is not lost.
func TestCheckIsNotMisledByListings(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	drive.Inject(mocks.Fault{Op: "Nodes.Children", Bogus: 2, Nameless: 1, Assets: 1})
	for _, args := range [][]string{{from, "drive:src"}, {"drive:src", t.TempDir()}} {
		o := copyWith(t, drive, append([]string{"-check"}, args...)...)
		if !o.ok || !strings.Contains(o.stdout.String(), "check: 7 files, "+checkedClean) {
			t.Errorf("error %v\n%s%s", o.err, o.stdout.String(), o.stderr.String())
		}
	}
}

func lookup(t *testing.T, drive *mocks.Drive, path string) string {
	t.Helper()
	id, ok := drive.Lookup(path)
	if !ok {
		t.Fatalf("no %s on the drive", path)
	}
	return id
}

func TestFailuresAreNamed(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	write(t, filepath.Join(from, "Same"), "1")
	write(t, filepath.Join(from, "same"), "2")
	o := copyWith(t, drive, "-check", from, "drive:src")
	if o.ok || o.err != nil || o.row(t, "failures") != "2" || o.row(t, "copied") != "7" {
		t.Errorf("error %v\n%s", o.err, o.stdout.String())
	}
	for _, line := range []string{`copy: "Same": `, `copy: "same": `} {
		if strings.Count(o.stderr.String(), line) != 1 {
			t.Errorf("no line %q in:\n%s", line, o.stderr.String())
		}
	}
}

func TestDryRunAndPatterns(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	o := copyWith(t, drive, "-dry-run", "-check", "-include", "*.go", from, "drive:src")
	if !o.ok || !strings.Contains(o.stdout.String(), `would be copied: "sub/b.go"`) || len(drive.Snapshot().Tree) > 0 {
		t.Errorf("error %v\n%s", o.err, o.stdout.String())
	}
	o = copyWith(t, drive, "-check", "-include", "*.go", from, "drive:src")
	if !o.ok || !strings.Contains(o.stdout.String(), "check: 2 files, "+checkedClean) || o.row(t, "left out") != "5" {
		t.Errorf("error %v\n%s%s", o.err, o.stdout.String(), o.stderr.String())
	}
}

func TestMirrorAndHashes(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	if _, err := drive.WriteFile("src/extra", []byte("x")); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "hashes")
	o := copyWith(t, drive, "-mirror", "-max-trash-share", "1", "-hashes", cache, from, "drive:src")
	if !o.ok || o.row(t, "trashed") != "1" {
		t.Errorf("error %v\n%s%s", o.err, o.stdout.String(), o.stderr.String())
	}
	if info, err := os.Stat(cache); err != nil || info.Size() == 0 {
		t.Errorf("the cache: %v", err)
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"a"}, {"a", "b"}, {"drive:a", "drive:b"}, {"-workers", "0", "a", "drive:b"}, {"-nonsense", "a", "drive:b"}} {
		var stderr bytes.Buffer
		if _, err := parse(args, &stderr); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

func TestBadTokenIsExplained(t *testing.T) {
	o := copyWith(t, mocks.NewDrive(mocks.WithToken("another")), source(t), "drive:src")
	if o.ok || o.err == nil || !strings.Contains(o.err.Error(), "-token") {
		t.Errorf("error %v", o.err)
	}
}

func TestSingleFilesAreCopiedAndChecked(t *testing.T) {
	drive, from, to := mocks.NewDrive(), source(t), t.TempDir()
	if _, err := drive.Mkdir("there"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{filepath.Join(from, "a.go"), "drive:x/../new/b.go"}, {filepath.Join(from, "a.go"), "drive:there"}, {filepath.Join(from, "a.go"), "drive:slash/"},
		{"drive:new/b.go", filepath.Join(to, "c.go")}, {"drive:new/b.go", to},
	} {
		for _, copied := range []string{"1", "0"} {
			o := copyWith(t, drive, append([]string{"-check", "-mtime"}, args...)...)
			if !o.ok || o.err != nil || o.row(t, "copied") != copied || !strings.Contains(o.stdout.String(), "check: 1 files, "+checkedClean+"\n") {
				t.Fatalf("%v: error %v\n%s%s", args, o.err, o.stdout.String(), o.stderr.String())
			}
		}
	}
	for _, path := range []string{"new/b.go", "there/a.go", "slash/a.go"} {
		if got, err := drive.ReadFile(path); err != nil || string(got) != "package a" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, name := range []string{"b.go", "c.go"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != "package a" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestMirrorStopsAtItsLimits(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	if o := copyWith(t, drive, from, "drive:src"); !o.ok {
		t.Fatal(o.stderr.String())
	}
	for _, name := range []string{"sub", "deep"} {
		if err := os.RemoveAll(filepath.Join(from, name)); err != nil {
			t.Fatal(err)
		}
	}
	if o := copyWith(t, drive, "-mirror", from, "drive:src"); o.ok || o.err == nil || o.row(t, "trashed") != "0" {
		t.Errorf("error %v\n%s", o.err, o.stdout.String())
	}
	if o := copyWith(t, drive, "-mirror", "-max-trash-share", "1", from, "drive:src"); !o.ok || o.row(t, "trashed") != "2" {
		t.Errorf("error %v\n%s", o.err, o.stdout.String())
	}
	if o := copyWith(t, drive, "-mirror", t.TempDir(), "drive:src"); o.ok || o.err == nil || o.row(t, "trashed") != "0" {
		t.Errorf("error %v\n%s", o.err, o.stdout.String())
	}
}
