package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// Debian's rclone is old enough to have the Amazon Drive backend, which newer versions do not have.
// It knows only Amazon's host names, and signs in on a fixed port. So its tests run in a separate
// step of the checks.
var withRclone = flag.Bool("rclone", false, "run Debian's rclone against the drive")

type rcloneRun struct {
	t   *testing.T
	env []string
}

func newRclone(t *testing.T, args ...string) *rcloneRun {
	t.Helper()
	if !*withRclone {
		t.Skip("runs with -rclone")
	}
	path, err := exec.LookPath("rclone")
	if err != nil {
		t.Fatal("there is no rclone: apt-get install rclone")
	}
	if out, _ := exec.Command(path, "help", "backends").CombinedOutput(); !bytes.Contains(out, []byte("Amazon Drive")) {
		t.Fatalf("this rclone has no Amazon Drive backend any more:\n%s", out)
	}
	home := t.TempDir()
	env := append(interceptEnvironment(t, args...), "HOME="+home, "RCLONE_CONFIG="+filepath.Join(home, "rclone.conf"), "PATH="+os.Getenv("PATH"))
	return &rcloneRun{t, env}
}

// run runs rclone, and returns what it prints.
func (r *rcloneRun) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "rclone", args...)
	cmd.Env = r.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *rcloneRun) must(args ...string) string {
	r.t.Helper()
	out, err := r.run(args...)
	if err != nil {
		r.t.Fatalf("rclone %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// configure makes a remote with a token of the drive.
func (r *rcloneRun) configure() {
	r.t.Helper()
	token := fmt.Sprintf(`{"access_token":"mock-token","token_type":"bearer","expiry":%q}`, time.Now().Add(24*time.Hour).Format(time.RFC3339))
	r.must("config", "create", "acd", "amazon cloud drive", "client_id", mocks.AuthClientID, "client_secret", mocks.AuthClientSecret, "token", token, "config_is_local", "false", "--non-interactive")
}

// localTree makes the files that are copied to the drive and back.
func localTree(t *testing.T, folders int) (dir string, files int) {
	t.Helper()
	dir = t.TempDir()
	for i := range folders {
		for j := range 9 {
			path := filepath.Join(dir, fmt.Sprintf("folder %02d", i), fmt.Sprintf("datei-%d ä (%d).txt", j, i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.Repeat([]byte(path), 1+i*j*20), 0o644); err != nil {
				t.Fatal(err)
			}
			files++
		}
	}
	return dir, files
}

// lostFiles returns how many files of a are not in b with the same content.
func lostFiles(t *testing.T, a, b string) (lost int) {
	t.Helper()
	err := filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(a, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(filepath.Join(b, rel)); err != nil || !bytes.Equal(got, want) {
			lost++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lost
}

// The rclone program is not changed. It only gets the two lines of environment.
func TestRcloneRunsUnchanged(t *testing.T) {
	r := newRclone(t)
	r.configure()
	dir, files := localTree(t, 12)
	start := time.Now()
	r.must("mkdir", "acd:backup")
	r.must("copy", dir, "acd:backup")
	if out := r.must("lsd", "acd:"); !strings.Contains(out, "backup") {
		t.Errorf("lsd: %s", out)
	}
	if out := r.must("ls", "acd:backup"); strings.Count(out, "\n") != files {
		t.Errorf("ls: %d lines of %d", strings.Count(out, "\n"), files)
	}
	if out := r.must("size", "acd:backup"); !strings.Contains(out, fmt.Sprint(files)) {
		t.Errorf("size: %s", out)
	}
	out := r.must("check", dir, "acd:backup")
	if !strings.Contains(out, "0 differences found") {
		t.Errorf("check: %s", out)
	}
	back := t.TempDir()
	r.must("copy", "acd:backup", back)
	if lost := lostFiles(t, dir, back); lost != 0 {
		t.Errorf("%d of %d files are not what they were", lost, files)
	}
	r.must("move", "acd:backup/folder 00", "acd:moved")
	r.must("delete", "acd:backup/folder 01")
	if out := r.must("ls", "acd:"); strings.Count(out, "\n") != files-9 {
		t.Errorf("after move and delete: %d files", strings.Count(out, "\n"))
	}
	t.Logf("%d files up and down, checked, moved and deleted in %.1f s: 0 differences", files, time.Since(start).Seconds())
}

// Signing in needs a browser. The test plays the browser.
func TestRcloneSignsIn(t *testing.T) {
	r := newRclone(t)
	// rclone listens on a fixed port, which the system may just have given to a connection of another
	// program. Then rclone ends at once, and the next try comes a second later.
	const tries = 10
	for try := 1; ; try++ {
		said, err := signInOnce(t, r)
		if err == nil {
			break
		}
		if try == tries {
			t.Fatalf("%v\n%s", err, said)
		}
		time.Sleep(time.Second)
	}
	r.must("mkdir", "acd:signed in")
	if out := r.must("lsd", "acd:"); !strings.Contains(out, "signed in") {
		t.Errorf("lsd: %s", out)
	}
}

// signInOnce runs rclone's config until rclone ends, and opens the link that it prints. It returns what
// rclone printed.
func signInOnce(t *testing.T, r *rcloneRun) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "rclone", "config", "create", "acd", "amazon cloud drive", "client_id", mocks.AuthClientID, "client_secret", mocks.AuthClientSecret)
	cmd.Env = r.env
	out, in, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = in, in
	err = cmd.Start()
	in.Close()
	if err != nil {
		return "", err
	}
	link := regexp.MustCompile(`http://127\.0\.0\.1:53682/auth\?state=\S+`)
	opened := false
	for buf := make([]byte, 4096); ; {
		n, readErr := out.Read(buf)
		said += string(buf[:n])
		if readErr != nil {
			break
		}
		if at := link.FindString(said); at != "" && !opened {
			opened = true
			resp, err := throughProxy(t, r.env).Get(at)
			if err != nil {
				return said, err
			}
			resp.Body.Close()
		}
	}
	if err := cmd.Wait(); err != nil {
		return said, err
	}
	if !opened {
		return said, errors.New("rclone printed no link")
	}
	return said, nil
}

// The drive often fails. This test counts the files that rclone's commands lose, and those that a
// copy by this SDK loses.
func TestRcloneBesideTheSDKOnADriveThatFails(t *testing.T) {
	dir, files := localTree(t, 5)
	r := newRclone(t, "-faults", "testdata/often.jsonl")
	r.configure()
	back := t.TempDir()
	_, upErr := r.run("copy", "--retries", "3", dir, "acd:backup")
	_, downErr := r.run("copy", "--retries", "3", "acd:backup", back)
	theirs := lostFiles(t, dir, back)

	drive := mocks.NewDrive()
	faults, err := os.Open("testdata/often.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer faults.Close()
	list, err := mocks.ReadFaults(faults)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		drive.Inject(f)
	}
	client := drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{BaseDelay: 10 * time.Millisecond}))
	if _, err := transfer.Upload(t.Context(), client, dir, "backup", transfer.Options{}); err != nil {
		t.Error(err)
	}
	again := t.TempDir()
	if _, err := transfer.Download(t.Context(), client, "backup", again, transfer.Options{}); err != nil {
		t.Error(err)
	}
	ours := lostFiles(t, dir, again)
	t.Logf("%d files up and down, about one request in twenty fails: rclone lost %d (copy up: %v, down: %v), this SDK lost %d", files, theirs, upErr, downErr, ours)
	if ours != 0 {
		t.Errorf("%d files were lost", ours)
	}
}
