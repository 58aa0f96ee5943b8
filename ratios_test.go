package acd_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
)

// A bulkService accepts any content, discards it, and answers that it has stored the expected
// content. It also serves that content, by ranges. It does as little as possible, so that the time
// measured is that of the client.
type bulkService struct {
	*httptest.Server
	client  *acd.Client
	content []byte
	node    *acd.Node
	raw     *http.Client
}

func newBulkService(tb testing.TB, size int) *bulkService {
	tb.Helper()
	b := &bulkService{content: bytes.Repeat([]byte("0123456789abcdef"), size/16)}
	digest := md5.Sum(b.content)
	node := fmt.Sprintf(`{"id":"AAAAAAAAAAAAAAAAAAAAAA","name":"f","kind":"FILE","status":"AVAILABLE","version":1,"parents":["BBBBBBBBBBBBBBBBBBBBBB"],"createdDate":"2020-01-01T00:00:00.000Z","contentProperties":{"md5":"%s","size":%d,"version":1,"contentType":"application/octet-stream"}}`,
		hex.EncodeToString(digest[:]), len(b.content))
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/content") {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.content))
			return
		}
		buf := make([]byte, 256<<10)
		for {
			if _, err := r.Body.Read(buf); err != nil {
				break
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, node)
	}))
	b.raw = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	var err error
	b.client, err = acd.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
		acd.WithHTTPClient(b.raw), acd.WithEndpoints(acd.Endpoints{MetadataURL: b.URL + "/meta/", ContentURL: b.URL + "/content/"}))
	if err != nil {
		tb.Fatal(err)
	}
	if b.node, err = b.client.Nodes.Get(context.Background(), "AAAAAAAAAAAAAAAAAAAAAA"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		b.raw.CloseIdleConnections()
		b.Server.Close()
	})
	return b
}

// hashAlone only computes the MD5. No verified transfer can be faster.
func (b *bulkService) hashAlone() error {
	h := md5.New()
	for rest := b.content; len(rest) > 0; {
		n := min(32<<10, len(rest))
		_, _ = h.Write(rest[:n])
		rest = rest[n:]
	}
	h.Sum(nil)
	return nil
}

func (b *bulkService) post(body io.Reader) error {
	req, err := http.NewRequest(http.MethodPost, b.URL, body)
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(b.content))
	resp, err := b.raw.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// onlyReads hides all methods of a reader except Read, like a reader of an unknown type.
type onlyReads struct{ io.Reader }

func (b *bulkService) rawPost() error { return b.post(onlyReads{bytes.NewReader(b.content)}) }

func (b *bulkService) postHashedInline() error {
	h := md5.New()
	if err := b.post(io.TeeReader(bytes.NewReader(b.content), h)); err != nil {
		return err
	}
	h.Sum(nil)
	return nil
}

func (b *bulkService) rawGet() error {
	resp, err := b.raw.Get(b.URL + "/content/nodes/x/content")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return drain(resp.Body)
}

func drain(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 256<<10))
	return err
}

func (b *bulkService) upload(src io.Reader, opts ...acd.OverwriteOption) error {
	// Overwrite is used because Upload may look for the name first, and this service cannot answer
	// a listing.
	_, err := b.client.Content.Overwrite(context.Background(), b.node, src, opts...)
	return err
}

func (b *bulkService) uploadVerified() error { return b.upload(bytes.NewReader(b.content)) }
func (b *bulkService) uploadUnverified() error {
	return b.upload(bytes.NewReader(b.content), acd.WithoutVerification())
}

func (b *bulkService) uploadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return b.upload(f)
}

func (b *bulkService) open(opts ...acd.OpenOption) error {
	r, err := b.client.Content.Open(context.Background(), b.node, opts...)
	if err != nil {
		return err
	}
	defer r.Close()
	return drain(r)
}

func (b *bulkService) downloadFile(path string, opts ...acd.DownloadOption) error {
	return b.client.Content.DownloadFile(context.Background(), b.node, path, opts...)
}

// eightAtOnce runs one eight times at the same time. Together they move as much as one run with a
// service of eight times the content.
func eightAtOnce(one func() error) func() error {
	return func() error {
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = one() })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// inMemoryDir returns a directory in memory, so that no disk slows down its files. If there is
// none, it returns a directory on disk.
func inMemoryDir(tb testing.TB) (dir, kind string) {
	tb.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "acd"); err == nil {
		tb.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir, "tmpfs"
	}
	return tb.TempDir(), "disk"
}

// TestRatios measures transfers and compares them with what the machine can do, in one process and
// in turns, and prints the ratios: go test -count 1 -run Ratios -v. A ratio compares the fastest
// runs, because other work on the machine affects these least. The median of the rounds and their
// spread are printed too. On a busy machine ratios are still lower, so a missed target is only
// printed and does not fail the test.
func TestRatios(t *testing.T) {
	if !strings.Contains(flag.Lookup("test.run").Value.String(), "Ratios") {
		t.Skip("a minute of measuring, only when asked for: go test -count 1 -run Ratios -v")
	}
	const size, rounds = 256 << 20, 7
	one, eighth := newBulkService(t, size), newBulkService(t, size/8)
	dir, kind := inMemoryDir(t)
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	if err := os.WriteFile(src, one.content, 0o600); err != nil {
		t.Fatal(err)
	}
	works := []struct {
		name string
		run  func() error
	}{
		{"MD5 alone", one.hashAlone},
		{"raw POST", one.rawPost},
		{"raw GET", one.rawGet},
		{"upload, verified, from memory", one.uploadVerified},
		{"upload, verified, from a file", func() error { return one.uploadFile(src) }},
		{"upload, verified, from a stream", func() error { return one.upload(onlyReads{bytes.NewReader(one.content)}, acd.WithSize(size)) }},
		{"upload, unverified, from memory", one.uploadUnverified},
		{"Open, verified", func() error { return one.open() }},
		{"Open, unverified", func() error { return one.open(acd.WithoutVerification()) }},
		{"Download, verified", func() error { return one.client.Content.Download(context.Background(), one.node, atNowhere{}) }},
		{"DownloadFile, verified, " + kind, func() error { return one.downloadFile(dst) }},
		{"DownloadFile, unverified, " + kind, func() error { return one.downloadFile(dst, acd.WithoutVerification()) }},
		{"8 at once, verified", eightAtOnce(eighth.uploadVerified)},
		{"8 at once, raw POST, hashed inline", eightAtOnce(eighth.postHashedInline)},
	}
	took := map[string][]float64{}
	for range rounds {
		for _, w := range works {
			start := time.Now()
			if err := w.run(); err != nil {
				t.Fatalf("%s: %v", w.name, err)
			}
			took[w.name] = append(took[w.name], time.Since(start).Seconds())
			_ = os.Remove(dst) // so that the next run does not pay for the cleanup
		}
	}
	for _, w := range works {
		t.Logf("%-36s %6.0f MB/s", w.name, size/slices.Min(took[w.name])/1e6)
	}
	for _, r := range []struct {
		name, against string
		target        float64
	}{
		{"upload, verified, from memory", "MD5 alone", 0.88},
		{"upload, verified, from a file", "MD5 alone", 0.85},
		{"upload, verified, from a stream", "MD5 alone", 0},
		{"upload, unverified, from memory", "raw POST", 0.9},
		{"Open, verified", "MD5 alone", 0.88},
		{"Open, unverified", "raw GET", 0.95},
		{"Download, verified", "MD5 alone", 0},
		{"DownloadFile, verified, " + kind, "MD5 alone", 0.88},
		{"DownloadFile, unverified, " + kind, "raw GET", 0},
		{"8 at once, verified", "MD5 alone", 1.3},
		{"8 at once, verified", "8 at once, raw POST, hashed inline", 0.97},
	} {
		var ratios []float64
		for i, s := range took[r.name] {
			ratios = append(ratios, took[r.against][i]/s)
		}
		best, verdict := slices.Min(took[r.against])/slices.Min(took[r.name]), "no target"
		switch {
		case r.target > 0 && best >= r.target:
			verdict = fmt.Sprintf("target %.2f: met", r.target)
		case r.target > 0:
			verdict = fmt.Sprintf("target %.2f: MISSED", r.target)
		}
		t.Logf("%-33s %5.2f of %-34s (median %.2f, %.2f to %.2f) %s", r.name, best, r.against,
			median(ratios), slices.Min(ratios), slices.Max(ratios), verdict)
	}
}

func median(s []float64) float64 {
	s = slices.Sorted(slices.Values(s))
	return s[len(s)/2]
}

// atNowhere discards what is written to it.
type atNowhere struct{}

func (atNowhere) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func benchmarkBulk(b *testing.B, run func(*bulkService) func() error) {
	s := newBulkService(b, bulkSize)
	work := run(s)
	b.SetBytes(bulkSize)
	b.ReportAllocs()
	for b.Loop() {
		if err := work(); err != nil {
			b.Fatal(err)
		}
	}
}

const bulkSize = 64 << 20

func BenchmarkMD5Alone(b *testing.B) {
	benchmarkBulk(b, func(s *bulkService) func() error { return s.hashAlone })
}

func BenchmarkRawPost(b *testing.B) {
	benchmarkBulk(b, func(s *bulkService) func() error { return s.rawPost })
}

func BenchmarkUploadVerified(b *testing.B) {
	benchmarkBulk(b, func(s *bulkService) func() error { return s.uploadVerified })
}

func BenchmarkUploadUnverified(b *testing.B) {
	benchmarkBulk(b, func(s *bulkService) func() error { return s.uploadUnverified })
}

func BenchmarkDownloadVerified(b *testing.B) {
	benchmarkBulk(b, func(s *bulkService) func() error { return func() error { return s.open() } })
}

func BenchmarkEightAtOnce(b *testing.B) {
	s := newBulkService(b, bulkSize/8)
	for name, one := range map[string]func() error{"verified": s.uploadVerified, "raw POST, hashed inline": s.postHashedInline} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(bulkSize)
			for b.Loop() {
				if err := eightAtOnce(one)(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
