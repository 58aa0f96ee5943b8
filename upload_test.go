package acd_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// newClient returns a client of drive that uses no socket.
func newClient(t testing.TB, drive *mocks.Drive, opts ...acd.Option) *acd.Client {
	t.Helper()
	return newClientWith(t, drive, drive.TokenSource(), opts...)
}

func newClientWith(t testing.TB, rt http.RoundTripper, ts oauth2.TokenSource, opts ...acd.Option) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(context.Background(), ts, append([]acd.Option{acd.WithHTTPClient(&http.Client{Transport: rt})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// stream returns a reader that can be read only once.
func stream(s string) io.Reader { return struct{ io.Reader }{strings.NewReader(s)} }

func sum(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

func uploads(d *mocks.Drive) int { return d.Counters().ByOp["Content.Upload"] }

func TestUploadOfEverySource(t *testing.T) {
	for name, tc := range map[string]struct {
		src     io.Reader
		opts    []acd.UploadOption
		want    string
		chunked bool
	}{
		"seeker":             {src: strings.NewReader("hello"), want: "hello"},
		"buffer":             {src: bytes.NewBufferString("hello"), want: "hello"},
		"stream":             {src: stream("hello"), want: "hello", chunked: true},
		"stream with a size": {src: stream("hello"), opts: []acd.UploadOption{acd.WithSize(5)}, want: "hello"},
		"cut at its size":    {src: stream("hello world"), opts: []acd.UploadOption{acd.WithSize(5)}, want: "hello"},
		"empty":              {src: strings.NewReader(""), want: ""},
		"empty stream":       {src: stream(""), want: ""},
		"reopen alone": {opts: []acd.UploadOption{acd.WithReopen(func() (io.ReadCloser, error) {
			return io.NopCloser(stream("hello")), nil
		})}, want: "hello", chunked: true},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f.txt", tc.src, tc.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if n.MD5() != sum(tc.want) || n.Size() != int64(len(tc.want)) || n.Name != "f.txt" {
				t.Errorf("node has %q, %d bytes, MD5 %s", n.Name, n.Size(), n.MD5())
			}
			if got, err := drive.ReadFile("f.txt"); err != nil || string(got) != tc.want {
				t.Errorf("the drive has %q, %v", got, err)
			}
			for _, r := range drive.Journal() {
				if r.Op == "Content.Upload" && (r.Length == -1) != tc.chunked {
					t.Errorf("sent with a length of %d, want chunked %v", r.Length, tc.chunked)
				}
			}
		})
	}
}

func TestStrangeNamesBreakNothing(t *testing.T) {
	names := []string{"你好.mkv", `quo"te`, "cr\r\nX-Evil: 1\r\n\r\n--", "a/b", "..", ".", "nul\x00byte", "not utf-8 \xff\xfe", "\u201bFF", "\uff0f", " lead", "trail ", "%2F", "a+b&c=d?e#f"}
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	for _, name := range names {
		up, err := client.Content.Upload(t.Context(), drive.RootID(), name, strings.NewReader(name))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		got, err := client.Nodes.Child(t.Context(), drive.RootID(), name)
		if err != nil || got.ID != up.ID || got.Name != name {
			t.Errorf("%q: found %+v, %v", name, got, err)
		}
	}
}

func TestUploadRefusesBeforeAnythingIsSent(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive, acd.WithMaxUploadSize(10))
	for name, tc := range map[string]struct {
		name string
		src  io.Reader
		opts []acd.UploadOption
		want error
	}{
		"empty name":       {"", strings.NewReader("x"), nil, acd.ErrInvalid},
		"name too long":    {strings.Repeat("x", 281), strings.NewReader("x"), nil, acd.ErrInvalid},
		"no source":        {"a", nil, nil, acd.ErrInvalid},
		"too large":        {"a", strings.NewReader("12345678901"), nil, acd.ErrTooLarge},
		"bad content type": {"a", strings.NewReader("x"), []acd.UploadOption{acd.WithContentType("a\r\nb")}, acd.ErrInvalid},
		"negative size":    {"a", strings.NewReader("x"), []acd.UploadOption{acd.WithSize(-1)}, acd.ErrInvalid},
	} {
		_, err := client.Content.Upload(t.Context(), drive.RootID(), tc.name, tc.src, tc.opts...)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", name, err, tc.want)
		}
	}
	if n := uploads(drive); n != 0 {
		t.Errorf("%d uploads were sent", n)
	}
}

// If the source fails, nothing may be stored: the half that was sent must not count as the whole
// body.
func TestBrokenSourceLeavesNothing(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, size := range map[string]acd.UploadOption{"known size": acd.WithSize(10), "unknown size": acd.WithContentType("text/plain")} {
		drive := mocks.NewDrive()
		src := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))
		_, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", src, size)
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), `"f"`) {
			t.Errorf("%s: error %v, want one with the source's and the name", name, err)
		}
		if paths := drive.Snapshot().Paths(); len(paths) != 0 {
			t.Errorf("%s: the drive holds %v", name, paths)
		}
	}
}

func TestShortSourceLeavesNothing(t *testing.T) {
	drive := mocks.NewDrive()
	_, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", stream("abc"), acd.WithSize(10))
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(drive.Snapshot().Tree) != 0 {
		t.Errorf("error %v, drive %v", err, drive.Snapshot().Paths())
	}
}

func TestWrongTokenIsOneRequest(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClientWith(t, drive, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "wrong"}))
	_, err := client.Nodes.Root(t.Context())
	if !errors.Is(err, acd.ErrUnauthorized) || !errors.Is(err, fs.ErrPermission) || drive.Counters().Requests != 1 {
		t.Errorf("error %v after %d requests", err, drive.Counters().Requests)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "wrong") {
		t.Errorf("the token is in the error: %#v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUploadMemoryIsFlat(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithSyntheticContents(1))
	client := newClient(t, drive)
	var peak atomic.Uint64
	for _, size := range []int64{1 << 20, 256 << 20} {
		peak.Store(0)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		base := m.HeapAlloc
		src := mocks.Synthetic(1, size)
		var n int
		watched := readerFunc(func(p []byte) (int, error) {
			if n++; n%512 == 0 {
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > base {
					peak.Store(max(peak.Load(), m.HeapAlloc-base))
				}
			}
			return src.Read(p)
		})
		if _, err := client.Content.Upload(t.Context(), drive.RootID(), fmt.Sprint(size), watched, acd.WithSize(size)); err != nil {
			t.Fatal(err)
		}
		if p := peak.Load(); p > 16<<20 {
			t.Errorf("%d MiB of heap for an upload of %d MiB", p>>20, size>>20)
		}
	}
}

func TestWarningBeforeAnUploadThatIsKnownToFail(t *testing.T) {
	for size, want := range map[int64]bool{50_000 << 20: false, 50_000<<20 + 1: true} {
		drive := mocks.NewDrive()
		var out bytes.Buffer
		client := newClient(t, drive, acd.WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))))
		unread := errors.New("not read in this test")
		src := io.MultiReader(strings.NewReader("x"), iotest.ErrReader(unread))
		if _, err := client.Content.Upload(t.Context(), drive.RootID(), "f", src, acd.WithSize(size)); !errors.Is(err, unread) {
			t.Errorf("error %v", err)
		}
		if got := strings.Contains(out.String(), "50,000 MiB"); got != want {
			t.Errorf("%d bytes: warned %v, want %v", size, got, want)
		}
	}
}

func TestReopenThatReturnsNothingIsAnError(t *testing.T) {
	drive := mocks.NewDrive()
	nothing := acd.WithReopen(func() (io.ReadCloser, error) { return nil, nil })
	if _, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", nil, nothing); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("for the first attempt: error %v, want ErrInvalid", err)
	}
	drive.Inject(mocks.Fault{Op: "Content.Upload", Status: 429, Times: 1})
	client := newClient(t, drive, acd.WithRetryPolicy(acd.RetryPolicy{Backoff: func(int) time.Duration { return 0 }}))
	if _, err := client.Content.Upload(t.Context(), drive.RootID(), "f", stream("hello"), nothing); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("for the second attempt: error %v, want ErrInvalid", err)
	}
	if paths := drive.Snapshot().Paths(); len(paths) != 0 {
		t.Errorf("the drive holds %v", paths)
	}
}

// countedReaderAt counts the bytes that are read from a source.
type countedReaderAt struct {
	*strings.Reader
	n atomic.Int64
}

func (r *countedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(p, off)
	r.n.Add(int64(n))
	return n, err
}

// Without verification, a source that can be read again is read once. It is read a second time only
// to find the file after a lost response.
func TestUnverifiedUploadIsReadAgainOnlyAfterALostAnswer(t *testing.T) {
	lost := mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, Times: 1}
	for name, tc := range map[string]struct {
		fault bool
		again bool // the source can be read again
		want  int64
	}{
		"answered":              {again: true, want: 1},
		"lost":                  {fault: true, again: true, want: 2},
		"lost, one-shot source": {fault: true, want: 1},
	} {
		for _, op := range []mocks.Op{mocks.OpContentUpload, mocks.OpContentOverwrite} {
			t.Run(name+"/"+string(op), func(t *testing.T) {
				const text = "some content"
				drive := mocks.NewDrive()
				client := newClient(t, drive)
				id, err := drive.WriteFile("old", []byte("old"))
				if err != nil {
					t.Fatal(err)
				}
				old, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if tc.fault {
					lost.Op = op
					drive.Inject(lost)
				}
				counted := &countedReaderAt{Reader: strings.NewReader(text)}
				var src io.Reader = counted
				if !tc.again {
					src = struct{ io.Reader }{io.NewSectionReader(counted, 0, int64(len(text)))}
				}
				var n *acd.Node
				if op == mocks.OpContentUpload {
					n, err = client.Content.Upload(t.Context(), drive.RootID(), "f", src, acd.WithoutVerification())
				} else {
					n, err = client.Content.Overwrite(t.Context(), old, src, acd.WithoutVerification())
				}
				if err != nil || n.MD5() != sum(text) {
					t.Fatalf("node %+v, %v", n, err)
				}
				if got := counted.n.Load(); got != tc.want*int64(len(text)) {
					t.Errorf("%d bytes were read of %d", got, len(text))
				}
				if got := drive.Counters().ByOp[op]; got != 1 {
					t.Errorf("%d requests", got)
				}
			})
		}
	}
}

// changingReaderAt returns different bytes each time it is read from its start.
type changingReaderAt struct {
	*strings.Reader
	times atomic.Int64
}

func (r *changingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(p, off)
	if off == 0 && r.times.Add(1) > 1 && n > 0 {
		p[0] = '!'
	}
	return n, err
}

// If the source has changed since, a file that may be the upload's own must not be reported as one
// that already existed.
func TestUnverifiedUploadOfAChangedSourceIsUndecided(t *testing.T) {
	drive := mocks.NewDrive()
	drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, Times: 1})
	src := &changingReaderAt{Reader: strings.NewReader("some content")}
	_, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", src, acd.WithoutVerification())
	if !errors.Is(err, acd.ErrOutcomeUnknown) || errors.Is(err, acd.ErrExists) {
		t.Errorf("error %v, want ErrOutcomeUnknown", err)
	}
	if got := uploads(drive); got != 1 {
		t.Errorf("%d uploads were sent", got)
	}
}

// The progress that is reported must be exactly the number of bytes given to the network, however
// the source is read.
func TestUploadProgressIsExact(t *testing.T) {
	text := pattern(700_003)
	size := int64(len(text))
	for name, src := range map[string]func() io.Reader{
		"memory":      func() io.Reader { return strings.NewReader(text) },
		"stream":      func() io.Reader { return stream(text) },
		"small reads": func() io.Reader { return iotest.OneByteReader(strings.NewReader(text)) },
	} {
		for _, verified := range []bool{true, false} {
			var last acd.Progress
			opts := []acd.UploadOption{acd.WithSize(size), acd.WithProgress(func(p acd.Progress) {
				if p.Done < last.Done {
					t.Errorf("%s: %+v after %+v", name, p, last)
				}
				last = p
			})}
			if !verified {
				opts = append(opts, acd.WithoutVerification())
			}
			drive := mocks.NewDrive()
			if _, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", src(), opts...); err != nil {
				t.Fatal(err)
			}
			if want := (acd.Progress{Phase: acd.PhaseSending, Done: size, Total: size, Attempt: 1}); last != want {
				t.Errorf("%s: last progress %+v, want %+v", name, last, want)
			}
		}
	}
}
