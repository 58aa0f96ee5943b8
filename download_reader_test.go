package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// pattern is content of which no two parts look alike.
func pattern(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%08d ", i)
	}
	return b.String()[:n]
}

// onDrive puts content on a new drive and returns its node.
func onDrive(t testing.TB, content string, opts ...mocks.Option) (*mocks.Drive, *acd.Client, *acd.Node) {
	t.Helper()
	drive := mocks.NewDrive(opts...)
	id, err := drive.WriteFile("f.bin", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, drive)
	n, err := client.Nodes.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return drive, client, n
}

func TestReaderBehavesAsAReader(t *testing.T) {
	content := pattern(100_000)
	_, client, n := onDrive(t, content)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, []byte(content)); err != nil {
		t.Error(err)
	}
}

func TestOpenRange(t *testing.T) {
	content := pattern(1000)
	_, client, n := onDrive(t, content)
	for _, tc := range []struct {
		off, length int64
		want        string
	}{{0, -1, content}, {10, 20, content[10:30]}, {990, 100, content[990:]}, {990, -1, content[990:]}, {1000, 5, ""}, {5000, -1, ""}, {7, 0, ""}} {
		r, err := client.Content.Open(t.Context(), n, acd.WithRange(tc.off, tc.length))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != tc.want || r.Size() != int64(len(tc.want)) {
			t.Errorf("%d bytes from %d: %d bytes, size %d, error %v", tc.length, tc.off, len(got), r.Size(), err)
		}
		r.Close()
	}
	if _, err := client.Content.Open(t.Context(), n, acd.WithRange(-1, 5)); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("negative offset: %v", err)
	}
}

// Every way in which a download can go wrong, and both ways of downloading.
func TestPains05BrokenDownloads(t *testing.T) {
	content := pattern(300_000)
	for name, tc := range map[string]struct {
		fault mocks.Fault
		want  error
	}{
		"reset in mid-body":           {mocks.Fault{At: mocks.InAnswer, Reset: true, Times: 2}, nil},
		"truncated":                   {mocks.Fault{At: mocks.InAnswer, Truncate: true, Times: 2}, nil},
		"503 first":                   {mocks.Fault{Status: 503, Times: 2}, nil},
		"reset before the answer":     {mocks.Fault{Reset: true, Times: 2}, nil},
		"reset at the first byte":     {mocks.Fault{At: mocks.InAnswer, After: 1, Reset: true, Times: 3}, nil},
		"a bit flipped":               {mocks.Fault{At: mocks.InAnswer, Corrupt: true, Times: 1}, acd.ErrChecksum},
		"for ever cut":                {mocks.Fault{At: mocks.InAnswer, After: 1, Reset: true}, nil}, // it moves a byte a try
		"an error page that says 200": {mocks.Fault{Status: 200, Body: "<Error><Code>AccessDenied</Code></Error>"}, acd.ErrUnavailable},
		"an error page once":          {mocks.Fault{Status: 200, Body: "<html>busy</html>", Times: 2}, nil},
		"gone":                        {mocks.Fault{Status: 404}, acd.ErrNotFound},
		"stalled":                     {mocks.Fault{At: mocks.InAnswer, Delay: mocks.Duration(2 * time.Minute), Times: 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			size := len(content)
			if name == "for ever cut" {
				size = 20
			}
			synctest.Test(t, func(t *testing.T) {
				drive, client, n := onDrive(t, content[:size])
				tc.fault.Op = "Content.Download"
				injected := drive.Inject(tc.fault)
				r, err := client.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if !errors.Is(err, tc.want) || err == nil && string(got) != content[:size] {
					t.Errorf("read %d bytes, error %v, want %v", len(got), err, tc.want)
				}
				if injected.Fired() == 0 {
					t.Error("the fault did not fire")
				}
			})
			synctest.Test(t, func(t *testing.T) {
				drive, client, n := onDrive(t, content[:size])
				drive.Inject(tc.fault)
				dir := t.TempDir()
				err := client.Content.DownloadFile(t.Context(), n, filepath.Join(dir, "f"), acd.WithPartSize(64<<10))
				got, readErr := os.ReadFile(filepath.Join(dir, "f"))
				if !errors.Is(err, tc.want) || err == nil && string(got) != content[:size] || err != nil && readErr == nil {
					t.Errorf("file of %d bytes (%v), error %v, want %v", len(got), readErr, err, tc.want)
				}
			})
		})
	}
}

func TestContentThatChangesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive, client, n := onDrive(t, pattern(1000))
		drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Reset: true, Times: 1})
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Content.Overwrite(t.Context(), n, strings.NewReader(strings.Repeat("x", 1000))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, acd.ErrChanged) {
			t.Errorf("error %v, want changed", err)
		}
	})
}

func TestDownloadInParallelRanges(t *testing.T) {
	content := pattern(1<<20 + 17)
	for _, tc := range []struct {
		part        int64
		concurrency int
		requests    int
	}{{64 << 10, 4, 17}, {1 << 20, 4, 2}, {8 << 20, 4, 1}, {64 << 10, 1, 1}, {64 << 10, 32, 17}} {
		drive, client, n := onDrive(t, content)
		w := &buffer{}
		var last acd.Progress
		err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(tc.part), acd.WithConcurrency(tc.concurrency), acd.WithProgress(func(p acd.Progress) { last = p }))
		if err != nil || string(w.data) != content {
			t.Errorf("%+v: %d bytes, error %v", tc, len(w.data), err)
		}
		if got := drive.Counters().ByOp["Content.Download"]; got != tc.requests {
			t.Errorf("%+v: %d requests", tc, got)
		}
		if want := (acd.Progress{Phase: acd.PhaseReceiving, Done: int64(len(content)), Total: int64(len(content)), Attempt: 1}); last != want {
			t.Errorf("%+v: last progress %+v, want %+v", tc, last, want)
		}
	}
}

// buffer is an io.WriterAt in memory.
type buffer struct {
	mu   sync.Mutex
	data []byte
}

func (b *buffer) WriteAt(p []byte, off int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if need := off + int64(len(p)); need > int64(len(b.data)) {
		b.data = append(b.data, make([]byte, need-int64(len(b.data)))...)
	}
	return copy(b.data[off:], p), nil
}

type fullDisk struct{}

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, io.ErrShortWrite }

// Peers' bug 1: an error while copying the body was dropped.
func TestWriteErrorsAreReported(t *testing.T) {
	_, client, n := onDrive(t, pattern(300_000))
	for _, opts := range [][]acd.DownloadOption{nil, {acd.WithPartSize(64 << 10)}} {
		if err := client.Content.Download(t.Context(), n, fullDisk{}, opts...); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("error %v", err)
		}
	}
}

func TestInterruptedDownloadGoesOn(t *testing.T) {
	content := pattern(1 << 20)
	for name, tc := range map[string]struct {
		spoil func(partial string) error
		least int64 // bytes fetched by the second call, at least and at most
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

func TestPains21EmptyFile(t *testing.T) {
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

// tempLinks: no credential, renewed when they run out, never an XML page for content.
func TestTempLinks(t *testing.T) {
	content := pattern(200_000)
	for name, tc := range map[string]struct {
		faults []mocks.Fault
		opts   []mocks.Option
		links  int
		want   error
	}{
		"straight":                 {nil, nil, 1, nil},
		"reset in mid-body":        {[]mocks.Fault{{At: mocks.InAnswer, Reset: true, Times: 1}}, nil, 1, nil},
		"runs out at once":         {[]mocks.Fault{{Status: 403, Body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", Times: 1}}, nil, 2, nil},
		"runs out in mid-transfer": {[]mocks.Fault{{At: mocks.InAnswer, Reset: true, Times: 1}, {Nth: 2, Status: 403, Body: "<Error/>"}}, nil, 2, nil},
		"never works":              {[]mocks.Fault{{Status: 403, Body: "<Error><Code>AccessDenied</Code></Error>"}}, nil, 3, acd.ErrForbidden},
		"on S3":                    {nil, []mocks.Option{mocks.WithRedirectFrom(1)}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(tc.opts...)
				id, err := drive.WriteFile("f", []byte(content))
				if err != nil {
					t.Fatal(err)
				}
				client := newClient(t, drive, acd.WithTempLinkThreshold(1000))
				n, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range tc.faults {
					f.Op = "Content.TempLink"
					drive.Inject(f)
				}
				r, err := client.Content.Open(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				got, err := io.ReadAll(r)
				if !errors.Is(err, tc.want) || err == nil && string(got) != content {
					t.Errorf("%d bytes, error %v, want %v", len(got), err, tc.want)
				}
				links := 0
				for _, q := range drive.Journal() {
					if q.Op == "Nodes.Get" && q.Query.Get("tempLink") == "true" {
						links++
					}
					if q.Op == "Content.TempLink" && q.Token != mocks.NoToken {
						t.Error("a tempLink got a token")
					}
				}
				if links != tc.links {
					t.Errorf("asked for %d links, want %d", links, tc.links)
				}
				mocks.AssertNoLeaks(t, drive)
			})
		})
	}
}

func TestRedirectedDownloadKeepsItsRange(t *testing.T) {
	content := pattern(1000)
	drive, client, n := onDrive(t, content, mocks.WithRedirectFrom(1))
	r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != content[100:150] {
		t.Errorf("%q, %v", got, err)
	}
	mocks.AssertNoLeaks(t, drive)
}

// Every seek used to download again, and memory to grow.
func TestPains23ReadAtIsBounded(t *testing.T) {
	const size = 64 << 20
	drive := mocks.NewDrive(mocks.WithSyntheticContents(7))
	client := newClient(t, drive)
	n, err := client.Content.Upload(t.Context(), drive.RootID(), "video", mocks.Synthetic(7, size))
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	want, got := make([]byte, 1000), make([]byte, 1000)
	read := func(off int64) {
		t.Helper()
		mocks.Synthetic(7, size).ReadAt(want, off)
		if _, err := r.ReadAt(got, off); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("at %d: error %v, equal %v", off, err, bytes.Equal(got, want))
		}
	}
	for i := range int64(200) { // an index at the end and a scene in the middle, in turn
		read(size - 300_000 + i*1000)
		read(size/2 + i*1000)
	}
	if got := drive.Counters().ByOp["Content.Download"]; got > 5 {
		t.Errorf("%d requests for 400 small reads of two places", got)
	}
	for off := int64(0); off < size; off += 1 << 20 { // here and there
		read(off)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
}

func TestReadAtInParallel(t *testing.T) {
	content := pattern(3 << 20)
	_, client, n := onDrive(t, content)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			off := i * 190_000
			p := make([]byte, 5000*(i+1)*(1+i%3*20))
			m, err := r.ReadAt(p, int64(off))
			if want := content[off:min(off+len(p), len(content))]; string(p[:m]) != want || (err == io.EOF) != (m < len(p)) {
				t.Errorf("at %d: %d of %d bytes, %v", off, m, len(p), err)
			}
		})
	}
	wg.Wait()
}

func TestWhatHasNoContent(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	root, err := client.Nodes.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Content.Open(t.Context(), root); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a folder: %v", err)
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

func TestThumbnail(t *testing.T) {
	client, mock := scripted(t)
	answer := func(contentType string) func(*http.Request) (*http.Response, error) {
		return func(req *http.Request) (*http.Response, error) {
			if got := req.URL.Query().Get("viewBox"); got != "128" {
				t.Errorf("viewBox %q", got)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader("picture")), ContentLength: 7}, nil
		}
	}
	url := "https://content.test/cdproxy/nodes/" + someID + "/content"
	mock.RegisterResponder("GET", url, answer("image/jpeg"))
	if got, err := client.Content.Thumbnail(t.Context(), someID, 128); err != nil || got.ContentType != "image/jpeg" || string(got.Data) != "picture" {
		t.Errorf("%+v, %v", got, err)
	}
	mock.RegisterResponder("GET", url, answer("text/html"))
	if _, err := client.Content.Thumbnail(t.Context(), someID, 128); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a page passed for a picture: %v", err)
	}
	if _, err := client.Content.Thumbnail(t.Context(), someID, 0); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a square of nothing: %v", err)
	}
}
