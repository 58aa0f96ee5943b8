package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// holds checks the content of a file, and that its directory holds nothing else.
func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
}

func TestFileIsReplacedAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"first", "second, which is longer", ""} {
		if err := atomicfile.Write(path, writeText(text)); err != nil {
			t.Fatal(err)
		}
		holds(t, path, text)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFailedWriteLeavesTheOldContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := atomicfile.Write(path, writeText("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := atomicfile.Write(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	holds(t, path, "old")
}

func TestMissingDirectoryIsAnError(t *testing.T) {
	err := atomicfile.Write(filepath.Join(t.TempDir(), "no", "f"), writeText("x"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestDirectoryInTheWayIsAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(path, writeText("x")); err == nil {
		t.Error("a directory was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestWritersAtTheSameTimeLeaveOneOfTheirContents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := atomicfile.Write(path, writeText(strings.Repeat(fmt.Sprint(i%10), 10_000))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 10_000 || strings.Trim(string(got), string(got[0])) != "" {
		t.Errorf("%d bytes of several writers, %v", len(got), err)
	}
	holds(t, path, string(got))
}

// A temporary file that a killed process left disturbs nobody, and is removed after a day.
func TestLeftoversAreSweptAfterADay(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	old, young, other := filepath.Join(dir, ".f.1.tmp"), filepath.Join(dir, ".f.2.tmp"), filepath.Join(dir, ".g.1.tmp")
	for _, p := range []string{old, young, other} {
		if err := os.WriteFile(p, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-25 * time.Hour)
	for _, p := range []string{old, other} {
		if err := os.Chtimes(p, past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := atomicfile.Write(path, writeText("x")); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]bool{old: false, young: true, other: true, path: true} {
		if _, err := os.Stat(p); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(p), err)
		}
	}
}

func TestLinkIsReplacedAndNotFollowed(t *testing.T) {
	dir := t.TempDir()
	target, path := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "f")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Skip("no links here")
	}
	if err := atomicfile.Write(path, writeText("new")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(target); string(got) != "precious" {
		t.Errorf("the link's target holds %q", got)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNamedFileTakesThePlaceOfALeftover(t *testing.T) {
	dir := t.TempDir()
	path, name := filepath.Join(dir, "f"), filepath.Join(dir, "f.new")
	if err := os.WriteFile(name, []byte("left by a killed process"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := atomicfile.CreateAs(path, name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Discard()
	if _, err := f.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	holds(t, path, "new")
}

func TestRenameInStaysInItsRoot(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.WriteFile("a", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.RenameIn(root, "a", "../b"); err == nil {
		t.Error("renamed to outside")
	}
	if err := atomicfile.RenameIn(root, "a", "b"); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(dir, "b"), "x")
}

func TestFileIsReplacedWithinARoot(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	path, temp := filepath.Join(dir, "f"), filepath.Join(dir, "f.new")
	for _, text := range []string{"first", "second, which is longer", ""} {
		// Neither a file that a killed process left nor a planted link disturbs WriteIn.
		if err := os.Symlink(filepath.Join(t.TempDir(), "outside"), temp); err != nil {
			t.Fatal(err)
		}
		if err := atomicfile.WriteIn(root, "f", "f.new", writeText(text)); err != nil {
			t.Fatal(err)
		}
		holds(t, path, text)
	}
	broken := errors.New("broken")
	if err := atomicfile.WriteIn(root, "f", "f.new", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	holds(t, path, "")
	if err := atomicfile.WriteIn(root, "../f", "f.new", writeText("x")); err == nil {
		t.Error("a file outside was replaced")
	}
}
