package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
)

// contents returns the files below a local directory, by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// removedFrom returns the files in the dated folders beside a directory, by path.
func removedFrom(t *testing.T, dir string) map[string]string {
	t.Helper()
	dated, err := filepath.Glob(dir + ".acd-removed/*")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, d := range dated {
		for path, text := range contents(t, d) {
			all[path] += text
		}
	}
	return all
}

func put(t *testing.T, drive *mocks.Drive, path, text string) {
	t.Helper()
	if _, err := drive.WriteFile(path, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// following runs acd follow in the background of a test.
func (p *person) following(t *testing.T, args ...string) (out *bytes.Buffer, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var printed, errs bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.program().Run(ctx, append([]string{"follow"}, args...), program.NewConsole(nil, &printed, &errs))
	}()
	return &printed, func() {
		cancel()
		<-done
		if said := strings.TrimPrefix(errs.String(), inMemory); said != "acd: interrupted; run it again to do what is left\n" {
			t.Errorf("%s", said)
		}
	}
}

// The directory follows the drive. Files that the user changes in the directory are kept in the
// dated folder.
func TestFollow(t *testing.T) {
	p, dir := newPerson(t), filepath.Join(t.TempDir(), "here")
	synctest.Test(t, func(t *testing.T) { testFollow(t, p, dir) })
}

func testFollow(t *testing.T, p *person, dir string) {
	drive := mocks.NewDrive()
	p = p.with(drive)
	p.t = t // the t of the synctest bubble
	for path, text := range map[string]string{"a/one": "1", "a/two": "2", "a/sub/three": "3", "a/odd／name": "odd", "elsewhere": "no"} {
		put(t, drive, path, text)
	}
	out, stop := p.following(t, "mock:a", dir, "-interval", "1m")
	time.Sleep(time.Minute)
	odd := "odd／name"
	if d := cmp.Diff(map[string]string{"one": "1", "two": "2", "sub/three": "3", odd: "odd"}, contents(t, dir)); d != "" {
		t.Error(d)
	}

	client := drive.Client(t.Context())
	put(t, drive, "a/one", "one")
	put(t, drive, "a/new/four", "4")
	id, parent, target := lookup(t, drive, "a/sub/three"), lookup(t, drive, "a/sub"), lookup(t, drive, "a/new")
	if _, err := client.Nodes.Move(t.Context(), id, parent, target); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Nodes.Trash(t.Context(), lookup(t, drive, "a/"+odd)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Nodes.Trash(t.Context(), parent); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "two"), "changed here")
	write(t, filepath.Join(dir, "mine"), "made here")
	downloads := drive.Counters().ByOp[mocks.OpContentDownload]
	time.Sleep(2 * time.Minute)
	if d := cmp.Diff(map[string]string{"one": "one", "two": "2", "new/three": "3", "new/four": "4"}, contents(t, dir)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"two": "changed here", "mine": "made here", odd: "odd"}, removedFrom(t, dir)); d != "" {
		t.Error(d)
	}
	if n := drive.Counters().ByOp[mocks.OpContentDownload] - downloads; n != 3 {
		t.Errorf("%d downloads, want 3: what moved on the drive moves here", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "sub")); !os.IsNotExist(err) {
		t.Errorf("the folder that is gone is still here: %v", err)
	}
	stop()
	for _, line := range []string{`copied: "new/four"`, `moved: "sub/three" to "new/three"`, `"mine", because it was changed or made here`, `because it is gone from the drive`} {
		if !strings.Contains(out.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}

	// Files change while no acd follow runs. The next run knows which files it stored itself.
	put(t, drive, "a/one", "again")
	write(t, filepath.Join(dir, "two"), "offline")
	requests := drive.Counters().Requests
	p.run("follow", "-once", "mock:a", dir)
	if got := contents(t, dir); got["one"] != "again" || got["two"] != "2" || !strings.Contains(removedFrom(t, dir)["two"], "offline") || removedFrom(t, dir)["one"] != "" {
		t.Errorf("%q %q", got, removedFrom(t, dir))
	}
	if n := drive.Counters().Requests - requests; n > 8 {
		t.Errorf("%d requests for two files", n)
	}
	if _, err := client.Nodes.Trash(t.Context(), lookup(t, drive, "a")); err != nil {
		t.Fatal(err)
	}
	if o := p.run("follow", "-once", "mock:a", dir); o.status != 1 || !strings.Contains(o.err, "nothing was changed here") || len(contents(t, dir)) != 4 {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// A directory that holds other files is used only with -adopt, and never by two processes at the
// same time.
func TestFollowBeginsCarefully(t *testing.T) {
	drive, p := built(t)
	dir := filepath.Join(t.TempDir(), "here")
	write(t, filepath.Join(dir, "2015", "cat.jpg"), "a cat, as far as a text can be one")
	write(t, filepath.Join(dir, "mine"), "mine")
	o := p.run("follow", "-once", "mock:Pictures", dir)
	if o.status != 1 || !strings.Contains(o.err, "-adopt") || strings.Count(o.err, "\n") != 1 || len(contents(t, dir)) != 2 {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	p.run("follow", "-once", "-adopt", "mock:Pictures", dir).ok()
	if got, kept := contents(t, dir), removedFrom(t, dir); len(got) != 3 || len(kept) != 1 || kept["mine"] != "mine" {
		t.Errorf("%q %q", got, kept)
	}
	drive.Inject(mocks.Fault{Op: mocks.OpContentDownload, Nth: 1, Status: 404})
	put(t, drive, "Pictures/late.jpg", "late")
	p.run("follow", "-once", "mock:Pictures", dir)
	p.run("follow", "-once", "mock:Pictures", dir)
	if got := contents(t, dir); got["late.jpg"] != "late" {
		t.Errorf("a file that failed is not tried again: %q", got)
	}
	for _, args := range []string{"follow mock:", "follow -print mock: dir", "follow mock: dir -interval 0"} {
		if o := p.run(strings.Fields(args)...); o.status != 2 || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%s: status %d\n%s", args, o.status, o.err)
		}
	}
}

// With -print, nothing is changed in the directory. The changes on the drive are printed.
func TestFollowPrints(t *testing.T) {
	p := newPerson(t)
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		p := p.with(drive)
		put(t, drive, "a/one", "1")
		put(t, drive, "a/two", "2")
		out, stop := p.following(t, "-print", "mock:a", "-interval", "1m")
		time.Sleep(time.Minute)
		client := drive.Client(t.Context())
		put(t, drive, "a/one", "one")
		put(t, drive, "a/new", "3")
		put(t, drive, "elsewhere", "4")
		if _, err := client.Nodes.Trash(t.Context(), lookup(t, drive, "a/two")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if _, err := client.Nodes.Rename(t.Context(), lookup(t, drive, "a/new"), "newer"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		stop()
		var got []string
		for line := range strings.Lines(out.String()) {
			got = append(got, strings.TrimSpace(line[min(len("2006-01-02 15:04:05 "), len(line)):]))
		}
		want := []string{`changed: "a/one"`, `new: "a/new"`, `gone: "a/two"`, `moved: "a/new" to "a/newer"`}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// followProcess is the environment variable with the arguments for a separate process, which can be
// killed.
const followProcess = "ACD_TEST_FOLLOW"

func TestFollowProcess(t *testing.T) {
	args := os.Getenv(followProcess)
	if args == "" {
		t.Skip("runs as a process of TestFollowSurvivesKills")
	}
	words := strings.Split(args, "\n")
	a := &app{dir: words[0]}
	os.Exit(a.program().Run(t.Context(), words[1:], program.NewConsole(nil, os.Stdout, os.Stderr)))
}

// The process is killed in the middle of downloads, again and again, while the drive and the
// directory change. In the end the directory is equal, and no file that the user made is lost.
func TestFollowSurvivesKills(t *testing.T) {
	drive, p := mocks.NewDrive(), newPerson(t)
	dir := filepath.Join(t.TempDir(), "here")
	for i := range 12 {
		put(t, drive, fmt.Sprintf("a/%d/file", i), strings.Repeat(fmt.Sprint(i), 50_000))
	}
	var left atomic.Int64 // downloads until the kill
	process := make(chan *os.Process, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/content") && left.Add(-1) == 0 {
			_ = (<-process).Kill()
		}
		drive.ServeHTTP(w, r)
	}))
	defer server.Close()
	args := []string{p.dir, "follow", "mock:a", dir, "-endpoint", server.URL, "-once", "-transfers", "3"}
	for round := range 5 {
		left.Store(int64(1 + round%2))
		run := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFollowProcess$")
		run.Env = append(os.Environ(), followProcess+"="+strings.Join(args, "\n"))
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		process <- run.Process
		if err := run.Wait(); err == nil || run.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: it was not killed: %v", round, err)
		}
		put(t, drive, "a/0/file", fmt.Sprint("version ", round))
		write(t, filepath.Join(dir, "mine", fmt.Sprint(round)), fmt.Sprint("made here ", round))
	}
	left.Store(0)
	o := p.run(args[1:]...)
	if o.status != 0 {
		t.Fatal(o.err)
	}
	got := contents(t, dir)
	if len(got) != 12 || got["0/file"] != "version 4" {
		t.Errorf("%d files, %q", len(got), got["0/file"])
	}
	for i := 1; i < 12; i++ {
		if got[fmt.Sprintf("%d/file", i)] != strings.Repeat(fmt.Sprint(i), 50_000) {
			t.Errorf("file %d differs", i)
		}
	}
	kept := removedFrom(t, dir)
	for round := range 5 {
		if kept[fmt.Sprintf("mine/%d", round)] != fmt.Sprint("made here ", round) {
			t.Errorf("what was made in round %d is lost: %q", round, kept)
		}
	}
}
