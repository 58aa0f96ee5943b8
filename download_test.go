package acd_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// names returns the names of all files in a directory, also of hidden ones.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// writerFunc is an io.WriterAt that passes each write to a function and stores nothing.
type writerFunc func(p []byte, off int64)

func (f writerFunc) WriteAt(p []byte, off int64) (int, error) {
	f(p, off)
	return len(p), nil
}

// A cancelled download fails with context.Canceled and not with ErrChecksum, in every part.
func TestCancelledDownload(t *testing.T) {
	_, client, n := onDrive(t, pattern(1<<20))
	for _, concurrency := range []int{1, 2, 4} {
		for part := range int64(12) {
			ctx, cancel := context.WithCancel(t.Context())
			w := writerFunc(func(p []byte, off int64) {
				if off >= part*64<<10 && off+int64(len(p)) < 1<<20 {
					cancel()
				}
			})
			err := client.Content.Download(ctx, n, w, acd.WithPartSize(64<<10), acd.WithConcurrency(concurrency))
			if want := ctx.Err(); !errors.Is(err, want) || errors.Is(err, acd.ErrChecksum) {
				t.Errorf("%d at once, cancelled in part %d: %v", concurrency, part, err)
			}
			cancel()
		}
	}
}

// The next call continues the partial file that a cancelled call left.
func TestCancelledDownloadFileGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(1 << 20)
		drive, client, n := onDrive(t, content)
		dir := t.TempDir()
		target := filepath.Join(dir, "f")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 9, Delay: mocks.Duration(time.Hour)})
		err := client.Content.DownloadFile(ctx, n, target, acd.WithPartSize(64<<10), acd.WithConcurrency(2))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		left := names(t, dir)
		if len(left) != 1 {
			t.Fatalf("left behind: %v", left)
		}
		info, err := os.Stat(filepath.Join(dir, left[0]))
		if err != nil || info.Size() < 7*64<<10 || info.Size() >= 1<<20 {
			t.Fatalf("%v, %v", info, err)
		}
		var phases []acd.Phase
		before := drive.Counters().Sent
		err = client.Content.DownloadFile(t.Context(), n, target, acd.WithProgress(func(p acd.Progress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]acd.Phase{acd.PhaseVerifying, acd.PhaseReceiving}, phases); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
		if sent := drive.Counters().Sent - before; sent > 1<<20-info.Size()+4096 {
			t.Errorf("%d bytes were sent again, %d were missing", sent, 1<<20-info.Size())
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != content {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}

func TestWithoutVerificationDoesNotGoOn(t *testing.T) {
	content := pattern(1 << 20)
	drive, client, n := onDrive(t, content)
	dir := t.TempDir()
	target := filepath.Join(dir, "f")
	injected := drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 9, Times: 100, Status: 404})
	if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithPartSize(64<<10)); !errors.Is(err, acd.ErrNotFound) {
		t.Fatal(err)
	}
	injected.Remove()
	if err := flip(filepath.Join(dir, names(t, dir)[0])); err != nil {
		t.Fatal(err)
	}
	if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithoutVerification()); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(target); string(got) != content {
		t.Error("what was there before is in the file")
	}
}

// Several downloads to one target at the same time do not mix their bytes.
func TestDownloadFileAtTheSameTime(t *testing.T) {
	for size, rounds := range map[int]int{1 << 20: 5, 1000: 100} {
		content := pattern(size)
		_, client, n := onDrive(t, content)
		dir := t.TempDir()
		target := filepath.Join(dir, "f")
		for range rounds {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithPartSize(64<<10)); err != nil {
						t.Error(err)
					}
					if got, err := os.ReadFile(target); err != nil || string(got) != content {
						t.Errorf("%d bytes, %v", len(got), err)
					}
				})
			}
			wg.Wait()
			if diff := cmp.Diff([]string{"f"}, names(t, dir)); diff != "" {
				t.Fatalf("files (-want +got):\n%s", diff)
			}
		}
	}
}

func TestTargetsThatCannotBe(t *testing.T) {
	drive, client, n := onDrive(t, pattern(1000))
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"d":                      fs.ErrExist,
		"d/":                     acd.ErrInvalid, // the empty name in the directory d
		"":                       acd.ErrInvalid,
		"none/f":                 fs.ErrNotExist,
		strings.Repeat("x", 300): nil, // any error of the operating system
	} {
		target := dir + string(filepath.Separator) + name
		err := client.Content.DownloadFile(t.Context(), n, target)
		var e *acd.Error
		if err == nil || want != nil && !errors.Is(err, want) || !errors.As(err, &e) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
	if got := drive.Counters().ByOp["Content.Download"]; got > 0 {
		t.Errorf("%d downloads for nothing", got)
	}
	if diff := cmp.Diff([]string{"d"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// If a download fails before the first byte, it leaves no file. If it is cut off, it leaves a file that
// holds only what arrived.
func TestNothingIsLeftOfNothing(t *testing.T) {
	drive, client, n := onDrive(t, pattern(8<<20))
	dir := t.TempDir()
	target := filepath.Join(dir, "f")
	injected := drive.Inject(mocks.Fault{Op: "Content.Download", Status: 404})
	if err := client.Content.DownloadFile(t.Context(), n, target); !errors.Is(err, acd.ErrNotFound) {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	injected.Remove()
	injected = drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true})
	if err := client.Content.DownloadFile(t.Context(), n, target); !errors.Is(err, acd.ErrChecksum) {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left behind of corrupt content: %v", left)
	}
	injected.Remove()
	drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 6, Times: 10, Status: 404})
	if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithPartSize(64<<10), acd.WithConcurrency(2)); !errors.Is(err, acd.ErrNotFound) {
		t.Fatal(err)
	}
	left := names(t, dir)
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	for _, name := range left {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if room, ok := roomOf(info); ok && room > 1<<20 {
			t.Errorf("a partial of %d bytes holds %d KiB", info.Size(), room>>10)
		}
	}
}

// A link in place of the partial file or of the target is replaced and not followed.
func TestLinksAreNotFollowed(t *testing.T) {
	content := pattern(1 << 20)
	drive, client, n := onDrive(t, content)
	dir := t.TempDir()
	target, victim := filepath.Join(dir, "f"), filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	injected := drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 5, Times: 100, Status: 404})
	if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithPartSize(64<<10)); !errors.Is(err, acd.ErrNotFound) {
		t.Fatal(err)
	}
	injected.Remove()
	partials, _ := filepath.Glob(filepath.Join(dir, ".*.partial"))
	for _, link := range append(partials, target) {
		os.Remove(link)
		if err := os.Symlink("victim", link); err != nil {
			t.Skip(err)
		}
	}
	if err := client.Content.DownloadFile(t.Context(), n, target); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "precious" {
		t.Errorf("the victim holds %d bytes", len(got))
	}
	if info, err := os.Lstat(target); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
	if diff := cmp.Diff([]string{"f", "victim"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// Many parts are downloaded at the same time, and about one request in five fails.
func TestManyPartsOverABadLine(t *testing.T) {
	content := pattern(3<<20 + 11)
	for _, fault := range []mocks.Fault{
		{At: mocks.InAnswer, Reset: true},
		{At: mocks.InAnswer, Truncate: true, After: 1000},
		{Status: 503},
		{Reset: true},
		{Status: 429},
	} {
		synctest.Test(t, func(t *testing.T) {
			drive, client, n := onDrive(t, content)
			fault.Op, fault.Rate, fault.Seed = "Content.Download", 0.2, 42
			injected := drive.Inject(fault)
			w := &buffer{}
			if err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(64<<10), acd.WithConcurrency(16)); err != nil || string(w.data) != content {
				t.Errorf("%+v: %d bytes, %v", fault, len(w.data), err)
			}
			if injected.Fired() < 5 {
				t.Errorf("%+v fired %d times", fault, injected.Fired())
			}
		})
	}
}

func TestSlowDownloadIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(10_000)
		drive, client, n := onDrive(t, content)
		drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, BytesPerSecond: 10})
		began := time.Now()
		var events []acd.Progress
		var at []time.Time
		w := &buffer{}
		err := client.Content.Download(t.Context(), n, w, acd.WithProgress(func(p acd.Progress) {
			events, at = append(events, p), append(at, time.Now())
		}))
		took := time.Since(began)
		if err != nil || string(w.data) != content || took < 900*time.Second {
			t.Errorf("%d bytes after %v, %v", len(w.data), took, err)
		}
		if got := drive.Counters().ByOp["Content.Download"]; got != 1 {
			t.Errorf("%d requests for a slow download", got)
		}
		if most := int(took/(100*time.Millisecond)) + 3; len(events) > most || len(events) < 1000 {
			t.Errorf("%d events in %v", len(events), took)
		}
		for i := 1; i < len(events)-1; i++ {
			if d := at[i].Sub(at[i-1]); d < 100*time.Millisecond {
				t.Fatalf("event %d came %v after the one before", i, d)
			}
		}
		if last := events[len(events)-1]; last.Done != 10_000 || last.Total != 10_000 || last.Phase != acd.PhaseReceiving {
			t.Errorf("the last event is %+v", last)
		}
	})
}

func TestInterruptedDownloadGoesOn(t *testing.T) {
	content := pattern(1 << 20)
	for name, tc := range map[string]struct {
		spoil func(partial string) error
		least int64 // how many bytes the second call fetches, at least and at most
		most  int64
	}{
		"goes on":                     {func(string) error { return nil }, 1, 1<<20 - 200_000},
		"what was there is spoiled":   {func(p string) error { return flip(p) }, 1 << 20, 2 << 20},
		"what was there is too large": {func(p string) error { return os.Truncate(p, 2<<20) }, 1 << 20, 1<<20 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			drive, client, n := onDrive(t, content)
			dir := t.TempDir()
			target := filepath.Join(dir, "f")
			injected := drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 10, Times: 100, Status: 404})
			if err := client.Content.DownloadFile(t.Context(), n, target, acd.WithPartSize(64<<10), acd.WithConcurrency(2)); !errors.Is(err, acd.ErrNotFound) {
				t.Fatalf("error %v", err)
			}
			injected.Remove()
			partials, err := filepath.Glob(filepath.Join(dir, ".*.partial"))
			if _, statErr := os.Stat(target); err != nil || len(partials) != 1 || statErr == nil {
				t.Fatalf("left behind: %v, target %v", partials, statErr)
			}
			if err := tc.spoil(partials[0]); err != nil {
				t.Fatal(err)
			}
			before := drive.Counters().Sent
			if err := client.Content.DownloadFile(t.Context(), n, target); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(target); err != nil || string(got) != content {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if sent := drive.Counters().Sent - before; sent < tc.least || sent > tc.most {
				t.Errorf("the second call fetched %d bytes, want %d to %d", sent, tc.least, tc.most)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func flip(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte("X"), 5)
	return err
}

func TestNamesCannotLeaveTheirRoot(t *testing.T) {
	_, client, n := onDrive(t, "x")
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := os.Symlink(dir, filepath.Join(inside, "way-out")); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"../f", "/f", "way-out/f", "a/../../f", ""} {
		if err := client.Content.DownloadFileIn(t.Context(), n, root, name); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*")); len(found) != 1 {
		t.Errorf("outside there is %v", found)
	}
}

func TestDownloadFileReplacesOnlyWhenWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive, client, n := onDrive(t, pattern(1000))
		target := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		injected := drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true})
		if err := client.Content.DownloadFile(t.Context(), n, target); !errors.Is(err, acd.ErrChecksum) {
			t.Errorf("error %v", err)
		}
		if got, _ := os.ReadFile(target); string(got) != "old" {
			t.Errorf("the old file holds %q", got)
		}
		injected.Remove()
		if err := client.Content.DownloadFile(t.Context(), n, target); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(target); string(got) != pattern(1000) {
			t.Errorf("the file holds %d bytes", len(got))
		}
	})
}

func TestEmptyFileRoundTrip(t *testing.T) {
	drive, client, n := onDrive(t, "")
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || len(got) != 0 {
		t.Errorf("read %q, %v", got, err)
	}
	target := filepath.Join(t.TempDir(), "f")
	if err := client.Content.DownloadFile(t.Context(), n, target); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(target); err != nil || info.Size() != 0 {
		t.Errorf("%v, %v", info, err)
	}
	if got := drive.Counters().ByOp["Content.Download"]; got != 0 {
		t.Errorf("%d requests for nothing", got)
	}
}

func TestDownloadMemoryIsFlat(t *testing.T) {
	const size = 256 << 20
	drive := mocks.NewDrive(mocks.WithSyntheticContents(3))
	client := newClient(t, drive)
	n, err := client.Content.Upload(t.Context(), drive.RootID(), "large", mocks.Synthetic(3, size))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w := &measuring{base: m.HeapAlloc}
	if err := client.Content.Download(t.Context(), n, w); err != nil {
		t.Fatal(err)
	}
	if w.peak > 64<<20 {
		t.Errorf("%d MiB of heap for a download of %d MiB", w.peak>>20, size>>20)
	}
}

type measuring struct{ base, peak uint64 }

func (w *measuring) WriteAt(p []byte, _ int64) (int, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > w.base {
		w.peak = max(w.peak, m.HeapAlloc-w.base)
	}
	return len(p), nil
}
