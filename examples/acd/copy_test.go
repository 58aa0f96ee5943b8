package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

func source(t *testing.T) string {
	dir := t.TempDir()
	for path, content := range map[string]string{"a.go": "package a", "sub/b.go": "package b", "sub/b.txt": "text", "sub/twin.txt": "text", "deep/er/c": "", "fullwidth \uff0f.txt": "slash", "not utf-8 \xff": "x"} {
		write(t, filepath.Join(dir, path), content)
	}
	return dir
}

const checkedClean = "0 mismatches, 0 duplicates, 0 lost files"

func TestThereAndBackAndAgain(t *testing.T) {
	from, to := source(t), t.TempDir()
	p := newPerson(t).with(mocks.NewDrive())
	for _, args := range [][]string{{from, "mock:src"}, {"mock:src", to}} {
		for _, copied := range []string{"7", "0"} {
			o := p.run(append([]string{"copy", "-check", "-mtime"}, args...)...).ok()
			if o.row("copied") != copied || !strings.Contains(o.out, "check: 7 files, "+checkedClean+"\n") {
				t.Fatalf("%v:\n%s", args, o.out)
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

// One folder of a drive is copied to another one. In the target, one folder exists already and the
// others do not.
func TestFromDriveToDrive(t *testing.T) {
	from := source(t)
	drive := mocks.NewDrive()
	p := newPerson(t).with(drive)
	p.run("copy", from, "mock:src").ok()
	if _, err := drive.WriteFile("copy/sub/b.go", []byte("older")); err != nil {
		t.Fatal(err)
	}
	o := p.run("copy", "-n", "mock:src", "mock:copy").ok()
	if o.row("copied") != "7" || !strings.Contains(o.out, `would be copied: "sub/b.go"`) || len(drive.Snapshot().Paths()) != 14 {
		t.Errorf("%s%q", o.out, drive.Snapshot().Paths())
	}
	for _, copied := range []string{"7", "0"} {
		o := p.run("copy", "-check", "mock:src", "mock:copy").ok()
		if o.row("copied") != copied || !strings.Contains(o.out, "check: 7 files, "+checkedClean+"\n") {
			t.Fatalf("%s", o.out)
		}
	}
	p.run("copy", "mock:src/a.go", "mock:single/b.go").ok()
	p.run("copy", "mock:src/a.go", "mock:single/").ok()
	p.run("copy", "mock:src", "mock:some", "-exclude", "sub/", "-include", "*.go").ok()
	for _, path := range []string{"single/b.go", "single/a.go", "some/a.go"} {
		if got, err := drive.ReadFile(path); err != nil || string(got) != "package a" {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if _, ok := drive.Lookup("some/sub"); ok {
		t.Error("a folder that is excluded was copied")
	}
}

// The check finds and names each difference, and the command fails.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	tests := []struct {
		name    string
		spoil   func(t *testing.T, drive *mocks.Drive)
		summary string
		line    string
	}{
		// The spoiled state is what the check finds after the copy.
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
			p := newPerson(t).with(drive)
			p.run("copy", from, "mock:src").ok()
			test.spoil(t, drive)
			o := p.run("copy", "-check", from, "mock:src")
			if o.status != 1 || !strings.Contains(o.out, test.summary) || !strings.Contains(o.err, test.line) {
				t.Errorf("status %d\n%s%s", o.status, o.out, o.err)
			}
		})
	}
}

// Nodes that exist only in a listing do not count as lost.
func TestCheckIsNotMisledByListings(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	p := newPerson(t).with(drive)
	drive.Inject(mocks.Fault{Op: "Nodes.Children", Bogus: 2, Nameless: 1, Assets: 1})
	for _, args := range [][]string{{from, "mock:src"}, {"mock:src", t.TempDir()}} {
		o := p.run(append([]string{"copy", "-check"}, args...)...)
		if o.status != 0 || !strings.Contains(o.out, "check: 7 files, "+checkedClean) {
			t.Errorf("%s%s", o.out, o.err)
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
	from := source(t)
	write(t, filepath.Join(from, "Same"), "1")
	write(t, filepath.Join(from, "same"), "2")
	o := newPerson(t).with(mocks.NewDrive()).run("copy", "-check", from, "mock:src")
	if o.status != 1 || o.row("failures") != "2" || o.row("copied") != "7" {
		t.Errorf("%s%s", o.out, o.err)
	}
	for _, line := range []string{"\"Same\": ", "\"same\": "} {
		if strings.Count("\n"+o.err, "\n"+line) != 1 {
			t.Errorf("no line %q in:\n%s", line, o.err)
		}
	}
}

func TestDryRunAndPatterns(t *testing.T) {
	drive, from := mocks.NewDrive(), source(t)
	p := newPerson(t).with(drive)
	o := p.run("copy", "-dry-run", "-check", "-include", "*.go", from, "mock:src")
	if o.status != 0 || !strings.Contains(o.out, `would be copied: "sub/b.go"`) || len(drive.Snapshot().Tree) > 0 {
		t.Errorf("%s%s", o.out, o.err)
	}
	excluded := filepath.Join(t.TempDir(), "patterns")
	write(t, excluded, "# what editors leave\n\n*.bak\n")
	write(t, filepath.Join(from, "a.bak"), "x")
	o = p.run("copy", "-check", "-include", "*.go", "-include", "*.bak", "-exclude-from", excluded, from, "mock:src").ok()
	if !strings.Contains(o.out, "check: 2 files, "+checkedClean) || o.row("left out") != "6" {
		t.Errorf("%s", o.out)
	}
}

func TestHashesAreKept(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "hashes")
	newPerson(t).with(mocks.NewDrive()).run("copy", "-hashes", cache, source(t), "mock:src").ok()
	if info, err := os.Stat(cache); err != nil || info.Size() == 0 {
		t.Errorf("the cache: %v", err)
	}
}

func TestSingleFilesAreCopiedAndChecked(t *testing.T) {
	drive, from, to := mocks.NewDrive(), source(t), t.TempDir()
	p := newPerson(t).with(drive)
	if _, err := drive.Mkdir("there"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{filepath.Join(from, "a.go"), "mock:x/../new/b.go"}, {filepath.Join(from, "a.go"), "mock:there"}, {filepath.Join(from, "a.go"), "mock:slash/"},
		{"mock:new/b.go", filepath.Join(to, "c.go")}, {"mock:new/b.go", to},
	} {
		for _, copied := range []string{"1", "0"} {
			o := p.run(append([]string{"copy", "-check", "-mtime"}, args...)...).ok()
			if o.row("copied") != copied || !strings.Contains(o.out, "check: 1 files, "+checkedClean+"\n") {
				t.Fatalf("%v:\n%s", args, o.out)
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

// The check command compares both sides, in either direction, and between drives.
func TestCheck(t *testing.T) {
	from := source(t)
	drive := mocks.NewDrive()
	p := newPerson(t).with(drive)
	p.run("copy", from, "mock:src").ok()
	p.run("copy", "mock:src", "mock:copy").ok()
	for _, args := range [][]string{{from, "mock:src"}, {"mock:src", from}, {"mock:src", "mock:copy"}, {"-download", from, "mock:src"}} {
		p.run(append([]string{"check"}, args...)...).prints("check: 7 files, " + checkedClean + "\n")
	}
	before := drive.Counters().ByOp["Content.Download"]
	p.run("check", from, "mock:src").ok()
	if now := drive.Counters().ByOp["Content.Download"]; now != before {
		t.Errorf("%d downloads without -download", now-before)
	}

	write(t, filepath.Join(from, "a.go"), "package b")
	write(t, filepath.Join(from, "longer"), "1")
	if _, err := drive.WriteFile("src/extra", []byte("1")); err != nil {
		t.Fatal(err)
	}
	o := p.run("check", from, "mock:src")
	if o.status != 1 || o.out != "check: 7 files, 1 mismatches, 0 duplicates, 1 lost files, 1 only in the target\n" {
		t.Errorf("status %d\n%s", o.status, o.out)
	}
	for _, line := range []string{`"a.go": has MD5 `, `"longer": is not in the target`, `"extra": is only in the target`} {
		if !strings.Contains(o.err, line) {
			t.Errorf("no line %q in\n%s", line, o.err)
		}
	}
	if o := p.run("check", "-one-way", "-exclude", "a.go", "-exclude", "longer", from, "mock:src").ok(); !strings.HasPrefix(o.out, "check: 6 files, "+checkedClean) {
		t.Errorf("%s", o.out)
	}
}

// The flags that limit the speed do so. A longer wait because of them is not a failure.
func TestPace(t *testing.T) {
	from, p := t.TempDir(), newPerson(t)
	write(t, filepath.Join(from, "a"), strings.Repeat("x", 20<<10))
	for args, want := range map[string][2]time.Duration{
		"":               {0, time.Second},
		"-bwlimit 1k":    {18 * time.Second, 40 * time.Second},
		"-bwlimit 1k:1M": {18 * time.Second, 40 * time.Second},
		"-bwlimit off":   {0, time.Second},
		"-tps 0.5":       {8 * time.Second, 40 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := p.with(mocks.NewDrive())
			p.t = t
			start := time.Now()
			if o := p.run(append([]string{"copy", from, "mock:src"}, strings.Fields(args)...)...); o.status != 0 {
				t.Errorf("%s: %s", args, o.err)
			}
			if took := time.Since(start); took < want[0] || took > want[1] {
				t.Errorf("%s: took %v", args, took)
			}
		})
	}
}

// With -P, lines report the progress of a long copy. With -v, retries are logged. No log contains
// the token.
func TestWhatIsSaidMeanwhile(t *testing.T) {
	from, p := t.TempDir(), newPerson(t)
	write(t, filepath.Join(from, "a"), strings.Repeat("x", 20<<10))
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, Nth: 1, Status: 429})
		p := p.with(drive)
		p.t = t
		o := p.run("copy", "-P", "-vv", "-bwlimit", "1k", from, "mock:src")
		if o.status != 0 || strings.Contains(o.err, "mock-token") {
			t.Errorf("status %d\n%s", o.status, o.err)
		}
		for _, want := range []string{"copying: 0 files, ", " B/s", "level=INFO", "level=DEBUG", "status=429"} {
			if !strings.Contains(o.err, want) {
				t.Errorf("no %q in\n%s", want, o.err)
			}
		}
	})
}
