package webdav_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// Debian's litmus, rclone and davfs2 are independent programs. They run in a separate step of the
// checks.
var withClients = flag.Bool("clients", false, "run Debian's litmus, rclone and davfs2 against a served drive")

// program returns the path of an independent program.
func program(t *testing.T, name string) string {
	t.Helper()
	if !*withClients {
		t.Skip("runs with -clients")
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("there is no %s: apt-get install litmus rclone davfs2", name)
	}
	return path
}

func runProgram(t *testing.T, env []string, path string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir() // litmus writes logs
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// litmusFailures are the tests of litmus that fail. The reason for each is in
// golang.org/x/net/webdav.
var litmusFailures = map[string]string{
	"propfind_invalid2":     "the library takes a body whose namespace is declared as empty, which XML forbids",
	"fail_complex_cond_put": "the library does not compare the ETags of an If header",
	"lock_shared":           "the library has exclusive locks only",
}

func TestLitmus(t *testing.T) {
	litmus := program(t, "litmus")
	out, err := runProgram(t, nil, litmus, "-k", serveDrive(t, mocks.NewDrive())+"/")
	t.Log("\n" + strings.Join(regexp.MustCompile(`(?m)^.*(running|summary|WARNING|FAIL|SKIPPED).*$`).FindAllString(out, -1), "\n"))
	failed := regexp.MustCompile(`(\w+)\.+ FAIL`).FindAllStringSubmatch(out, -1)
	var names []string
	for _, match := range failed {
		names = append(names, match[1])
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(litmusFailures)), slices.Sorted(slices.Values(names))); err != nil || diff != "" {
		t.Errorf("litmus: %v, what fails: -want +got:\n%s", err, diff)
	}
}

// localTree makes the files that are copied to the drive and back.
func localTree(t *testing.T) (dir string, files int) {
	t.Helper()
	dir = t.TempDir()
	for i := range 6 {
		for j := range 7 {
			path := filepath.Join(dir, fmt.Sprintf("folder %02d", i), fmt.Sprintf("datei-%d \u00e4 & #%d%%.txt", j, i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.Repeat([]byte(path), i*j*400), 0o644); err != nil {
				t.Fatal(err)
			}
			files++
		}
	}
	return dir, files
}

func TestRclone(t *testing.T) {
	rclone := program(t, "rclone")
	drive := mocks.NewDrive()
	url := serveDrive(t, drive)
	env := []string{"RCLONE_CONFIG=" + filepath.Join(t.TempDir(), "none"), "RCLONE_CONFIG_DAV_TYPE=webdav", "RCLONE_CONFIG_DAV_URL=" + url, "RCLONE_CONFIG_DAV_VENDOR=other"}
	dir, files := localTree(t)
	start := time.Now()
	run := func(want string, args ...string) {
		t.Helper()
		if out, err := runProgram(t, env, rclone, args...); err != nil || !strings.Contains(out, want) {
			t.Fatalf("rclone %s: %v, want %q in:\n%s", strings.Join(args, " "), err, want, out)
		}
	}
	run("", "copy", dir, "dav:backup")
	run("0 differences found", "check", "--download", dir, "dav:backup")
	run(fmt.Sprint(files), "size", "dav:backup")
	run("", "copy", "--ignore-times", dir, "dav:backup") // overwrites the files of the first copy
	run("0 differences found", "check", "--download", dir, "dav:backup")
	back := t.TempDir()
	run("", "copy", "dav:backup", back)
	run("0 differences found", "check", "--download", dir, back)
	run("", "moveto", "dav:backup/folder 01", "dav:moved")
	run("", "copyto", "dav:moved", "dav:copied")
	run("0 differences found", "check", "--download", filepath.Join(dir, "folder 01"), "dav:copied")
	run("", "purge", "dav:moved")
	if n := len(live(drive)); n != files+6+1 {
		t.Errorf("%d nodes on the drive, want %d files, 6 folders and the one around them", n, files)
	}
	t.Logf("%d files up twice, down, checked by content, moved, copied and deleted in %.1f s: 0 differences", files, time.Since(start).Seconds())
}

// davfs2 needs a mount of the kernel, which many containers do not allow. The test does not list
// folders: under Linux 6.18, davfs2 1.6.1 fails to list them with "invalid argument" on any server.
func TestDavfs(t *testing.T) {
	mount := program(t, "mount.davfs")
	drive := seed(t, "there.txt")
	dir, files := localTree(t)
	names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(names) != files {
		t.Fatal(err, len(names))
	}
	mounted(t, mount, serveDrive(t, drive), func(at string) {
		for _, name := range names {
			rel, _ := filepath.Rel(dir, name)
			data, _ := os.ReadFile(name)
			if err := os.MkdirAll(filepath.Join(at, filepath.Dir(rel)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(at, rel), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(at, "there.txt"), []byte("written over"), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	mounted(t, mount, serveDrive(t, drive), func(at string) { // at another address, for which davfs2 has no cache
		for _, name := range names {
			rel, _ := filepath.Rel(dir, name)
			want, _ := os.ReadFile(name)
			if got, err := os.ReadFile(filepath.Join(at, rel)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes of %d, %v", rel, len(got), len(want), err)
			}
		}
		if err := os.Rename(filepath.Join(at, "folder 00"), filepath.Join(at, "moved")); err != nil {
			t.Error(err)
		}
		if err := os.Remove(filepath.Join(at, "there.txt")); err != nil {
			t.Error(err)
		}
	})
	if n := len(live(drive)); n != files+6 || content(drive, "there.txt") != "nothing" || !slices.Contains(drive.Snapshot().Paths(), "moved") {
		t.Errorf("%d nodes on the drive: %v", n, drive.Snapshot().Paths())
	}
	t.Logf("%d files through a mount and back through another: 0 differences", files)
}

// mounted mounts a drive with davfs2, calls f with the directory, and waits until everything is
// written.
func mounted(t *testing.T, mount, url string, f func(at string)) {
	t.Helper()
	at, conf := t.TempDir(), filepath.Join(t.TempDir(), "davfs2.conf")
	if err := os.WriteFile(conf, []byte("ask_auth 0\ndelay_upload 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := runProgram(t, nil, mount, "-o", "conf="+conf, url, at); err != nil {
		t.Skipf("davfs2 cannot mount here: %v %s", err, strings.Join(strings.Fields(out), " "))
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
		defer cancel()
		if out, err := exec.CommandContext(ctx, "umount", at).CombinedOutput(); err != nil {
			t.Errorf("umount: %v\n%s", err, out)
		}
	}()
	f(at)
}
