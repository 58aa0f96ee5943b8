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
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// newClient is a client of drive without a socket.
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

// stream is a reader that can only be read once.
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

func TestPains20StrangeNamesBreakNothing(t *testing.T) {
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

func TestPains02ExistsNamesTheOtherNode(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("A.txt", []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "a.TXT", strings.NewReader("second"))
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.Is(err, fs.ErrExist) || !errors.As(err, &e) || e.ConflictID != id || e.Code != "NAME_ALREADY_EXISTS" {
		t.Errorf("error %v, want ErrExists with %s", err, id)
	}
	if n := uploads(drive); n != 1 {
		t.Errorf("%d uploads for one conflict", n)
	}
}

func TestIfExists(t *testing.T) {
	for name, tc := range map[string]struct {
		policy  acd.ExistsPolicy
		content string
		stream  bool
		err     error
		paths   map[string]string
	}{
		"fail":                     {acd.FailIfExists, "new", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
		"overwrite":                {acd.OverwriteIfExists, "new", false, nil, map[string]string{"f.tar.gz": "new"}},
		"overwrite from a stream":  {acd.OverwriteIfExists, "new", true, nil, map[string]string{"f.tar.gz": "new"}},
		"keep both":                {acd.KeepBoth, "new", false, nil, map[string]string{"f.tar.gz": "old", "f.tar (1).gz": "taken", "f.tar (2).gz": "new"}},
		"keep both from a stream":  {acd.KeepBoth, "new", true, nil, map[string]string{"f.tar.gz": "old", "f.tar (2).gz": "new"}},
		"skip identical":           {acd.SkipIdentical, "old", false, nil, map[string]string{"f.tar.gz": "old"}},
		"skip identical stream":    {acd.SkipIdentical, "old", true, nil, map[string]string{"f.tar.gz": "old"}},
		"skip, but not identical":  {acd.SkipIdentical, "new", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
		"skip, same size, differs": {acd.SkipIdentical, "odl", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			drive.WriteFile("f.tar.gz", []byte("old"))
			drive.WriteFile("F.tar (1).gz", []byte("taken"))
			var src io.Reader = strings.NewReader(tc.content)
			if tc.stream {
				src = stream(tc.content)
			}
			n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f.tar.gz", src, acd.IfExists(tc.policy))
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if err == nil && n.MD5() != sum(tc.content) {
				t.Errorf("the node's MD5 is not the source's: %+v", n)
			}
			for path, want := range tc.paths {
				if got, err := drive.ReadFile(path); err != nil || string(got) != want {
					t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
				}
			}
			if tc.policy == acd.SkipIdentical && uploads(drive) != 0 {
				t.Errorf("%d uploads, though the name was known to be taken", uploads(drive))
			}
		})
	}
}

func TestEqualFilesAreStoredUnlessDeduplicationIsAskedFor(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	first, err := client.Content.Upload(t.Context(), drive.RootID(), "a", strings.NewReader("same"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Content.Upload(t.Context(), drive.RootID(), "b", strings.NewReader("same")); err != nil {
		t.Errorf("equal content: %v", err)
	}
	_, err = client.Content.Upload(t.Context(), drive.RootID(), "c", strings.NewReader("same"), acd.WithDeduplication(), acd.IfExists(acd.KeepBoth))
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.Code != "MD5_DUPLICATE" || e.ConflictID == "" {
		t.Errorf("error %v, want MD5_DUPLICATE of %s", err, first.ID)
	}
}

// Every way in which an answer can be lost, and what there is to find then.
func TestPains01LostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		fault   mocks.Fault
		stream  bool
		want    error
		uploads int
	}{
		"stored, 504":                       {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true}, false, nil, 1},
		"stored, 408":                       {mocks.Fault{At: mocks.AfterBody, Status: 408, Commit: true}, false, nil, 1},
		"stored, 500 from a stream":         {mocks.Fault{At: mocks.AfterBody, Status: 500, Commit: true}, true, nil, 1},
		"stored, connection reset":          {mocks.Fault{At: mocks.AfterBody, Reset: true, Commit: true}, false, nil, 1},
		"stored, answer cut":                {mocks.Fault{At: mocks.InAnswer, Reset: true}, false, nil, 1},
		"stored, answer truncated":          {mocks.Fault{At: mocks.InAnswer, Truncate: true}, false, nil, 1},
		"stored, appears 7 s later":         {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(7 * time.Second)}, false, nil, 1},
		"appears after the patience":        {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(12 * time.Second)}, false, nil, 2},
		"stream, after the patience":        {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(12 * time.Second)}, true, acd.ErrOutcomeUnknown, 1},
		"not stored, 503":                   {mocks.Fault{At: mocks.AfterBody, Status: 503}, false, nil, 2},
		"reset before the body":             {mocks.Fault{Reset: true}, false, nil, 2},
		"reset in mid-body":                 {mocks.Fault{At: mocks.InBody, Reset: true}, false, nil, 2},
		"reset in mid-body of a stream":     {mocks.Fault{At: mocks.InBody, Reset: true}, true, acd.ErrNotReplayable, 1},
		"429 before the body":               {mocks.Fault{Status: 429}, false, nil, 2},
		"429 after the body of a stream":    {mocks.Fault{At: mocks.AfterBody, Status: 429}, true, acd.ErrNotReplayable, 1},
		"400 cannot complete upload":        {mocks.Fault{At: mocks.AfterBody, Status: 400, Body: `{"message":"Cannot complete upload"}`}, false, nil, 2},
		"403 that comes and goes":           {mocks.Fault{Status: 403, Body: `{"message":"Authorization header requires 'Credential' parameter."}`}, false, nil, 2},
		"bytes corrupted on the way":        {mocks.Fault{At: mocks.InBody, Corrupt: true, After: 700}, false, acd.ErrChecksum, 1},
		"the service says another checksum": {mocks.Fault{WrongMD5: true}, false, acd.ErrChecksum, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				tc.fault.Op, tc.fault.Times = "Content.Upload", 1
				injected := drive.Inject(tc.fault)
				content := strings.Repeat("content ", 1000)
				var src io.Reader = strings.NewReader(content)
				if tc.stream {
					src = stream(content)
				}
				n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", src)
				if !errors.Is(err, tc.want) {
					t.Errorf("error %v, want %v", err, tc.want)
				}
				if err == nil && (n.MD5() != sum(content) || n.Name != "f") {
					t.Errorf("node %+v", n)
				}
				if injected.Fired() != 1 || uploads(drive) != tc.uploads {
					t.Errorf("the fault fired %d times, %d uploads, want 1 and %d", injected.Fired(), uploads(drive), tc.uploads)
				}
				if err == nil && len(drive.Snapshot().Tree) != 1 {
					t.Errorf("the drive holds %v", drive.Snapshot().Paths())
				}
				mocks.AssertNoLeaks(t, drive)
			})
		})
	}
}

// A file that was there before the call is not its result, however equal.
func TestOlderTwinIsNotTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		id, err := drive.WriteFile("f", []byte("same"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Times: 1})
		_, err = newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("same"))
		var e *acd.Error
		if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
			t.Errorf("error %v, want ErrExists with %s", err, id)
		}
	})
}

// Peers' bug 6: an overwrite that failed was declared good because the old
// content has the same size.
func TestOverwriteLostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		fault mocks.Fault
		want  error
		puts  int
	}{
		"stored, 504":      {mocks.Fault{Status: 504, Commit: true}, nil, 1},
		"not stored, 504":  {mocks.Fault{Status: 504}, nil, 2},
		"stored, late":     {mocks.Fault{Status: 504, Commit: true, VisibleAfter: mocks.Duration(5 * time.Second)}, nil, 1},
		"nothing happened": {mocks.Fault{Status: 429}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				id, err := drive.WriteFile("f", []byte("old"))
				if err != nil {
					t.Fatal(err)
				}
				client := newClient(t, drive)
				base, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				tc.fault.Op, tc.fault.Times, tc.fault.At = "Content.Overwrite", 1, mocks.AfterBody
				drive.Inject(tc.fault)
				n, err := client.Content.Overwrite(t.Context(), base, strings.NewReader("new"))
				if !errors.Is(err, tc.want) {
					t.Fatalf("error %v, want %v", err, tc.want)
				}
				if n.ID != id || n.MD5() != sum("new") || n.Version <= base.Version {
					t.Errorf("node %+v", n)
				}
				if got := drive.Counters().ByOp["Content.Overwrite"]; got != tc.puts {
					t.Errorf("%d overwrites, want %d", got, tc.puts)
				}
			})
		})
	}
}

func TestNoWaitingMeansOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(time.Second)})
		client := newClient(t, drive, acd.WithUploadWaitPerGiB(0))
		start := time.Now()
		_, err := client.Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"))
		if !errors.Is(err, acd.ErrOutcomeUnknown) || time.Since(start) != 0 {
			t.Errorf("error %v after %v, want outcome unknown at once", err, time.Since(start))
		}
		if looks := drive.Counters().ByOp["Nodes.Children"]; looks != 1 || uploads(drive) != 1 {
			t.Errorf("%d looks, %d uploads, want one of each", looks, uploads(drive))
		}
	})
}

func TestPains07CancelEndsTheWaitForAnUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504})
		var phases []acd.Phase
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := newClient(t, drive).Content.Upload(ctx, drive.RootID(), "f", strings.NewReader("x"), acd.WithProgress(func(p acd.Progress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
		}))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		var e *acd.Error
		if !errors.As(err, &e) || e.StatusCode != 504 {
			t.Errorf("the last answer is not in the error: %v", err)
		}
		if want := fmt.Sprint([]acd.Phase{acd.PhaseSending, acd.PhaseWaiting}); fmt.Sprint(phases) != want {
			t.Errorf("phases %v, want %v", phases, want)
		}
	})
}

func TestPendingNodeIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithPending(4 * time.Second))
		n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"))
		if err != nil || n.Status != acd.StatusAvailable || n.MD5() != sum("x") {
			t.Errorf("node %+v, error %v", n, err)
		}
	})
}

func TestLocalIDProvesWhoseAFileIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, Times: 1, VisibleAfter: mocks.Duration(15 * time.Second)})
		n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"), acd.WithUploadID("one and only"))
		if err != nil || n.MD5() != sum("x") {
			t.Errorf("node %+v, error %v", n, err)
		}
		if paths := drive.Snapshot().Paths(); len(paths) != 1 {
			t.Errorf("the drive holds %v", paths)
		}
	})
}

// Peers' bug 3: a source that fails closes the body as if it were whole.
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

// The last answer of an upload of ten hours must not be a 401.
func TestLongUploadKeepsItsSessionAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := newClient(t, drive)
		slow := readerFunc(func(p []byte) (int, error) {
			time.Sleep(30 * time.Second)
			return len(p[:1]), nil
		})
		n, err := client.Content.Upload(t.Context(), drive.RootID(), "f", io.LimitReader(slow, 1200))
		if err != nil || n.Size() != 1200 {
			t.Errorf("node %+v, error %v", n, err)
		}
		if calls := drive.Counters().ByOp["Account.Info"]; calls < 29 || calls > 31 {
			t.Errorf("%d calls in ten hours, want one in 20 minutes", calls)
		}
		after := drive.Counters().Requests
		time.Sleep(24 * time.Hour)
		if drive.Counters().Requests != after {
			t.Error("requests went on after the upload")
		}
	})
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
