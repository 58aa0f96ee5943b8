package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	peer "github.com/ncw/go-acd"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/wait"
)

// A contentService accepts any content, drops it, and answers that it has the expected content. It
// also serves this content, by ranges. It does as little work as a service can, so that the report
// measures the client.
type contentService struct {
	*httptest.Server
	ours    *acd.Client
	theirs  *peer.Client
	raw     *http.Client
	content []byte
	node    *acd.Node
	// perConnection is the limit of each connection in bytes a second; 0 means no limit.
	perConnection int
}

const contentID = "AAAAAAAAAAAAAAAAAAAAAA"

func newContentService(size, perConnection int) (*contentService, error) {
	s := &contentService{content: bytes.Repeat([]byte("0123456789abcdef"), size/16), perConnection: perConnection}
	digest := md5.Sum(s.content)
	node := fmt.Sprintf(`{"id":%q,"name":"f","kind":"FILE","status":"AVAILABLE","version":1,"parents":["BBBBBBBBBBBBBBBBBBBBBB"],"createdDate":"2020-01-01T00:00:00.000Z","contentProperties":{"md5":"%s","size":%d,"version":1,"contentType":"application/octet-stream"}}`,
		contentID, hex.EncodeToString(digest[:]), len(s.content))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/content") {
			http.ServeContent(&throttled{ResponseWriter: w, ctx: r.Context(), perSecond: s.perConnection}, r, "", time.Time{}, bytes.NewReader(s.content))
			return
		}
		_ = drain(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, node)
	}))
	s.raw = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	var err error
	s.ours, err = acd.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
		acd.WithHTTPClient(s.raw), acd.WithEndpoints(acd.Endpoints{MetadataURL: s.URL + "/", ContentURL: s.URL + "/"}))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(s.URL + "/")
	if err != nil {
		return nil, err
	}
	s.theirs = peer.NewClient(s.raw)
	s.theirs.MetadataURL, s.theirs.ContentURL = base, base
	s.node, err = s.ours.Nodes.Get(context.Background(), contentID)
	return s, err
}

// throttled limits a response to perSecond bytes a second, counted from its first byte.
type throttled struct {
	http.ResponseWriter
	ctx       context.Context // of the request
	perSecond int             // 0: no limit
	start     time.Time
	sent      int
}

func (t *throttled) Write(p []byte) (n int, err error) {
	if t.perSecond == 0 {
		return t.ResponseWriter.Write(p)
	}
	if t.start.IsZero() {
		t.start = time.Now()
	}
	for len(p) > 0 && err == nil {
		var k int
		k, err = t.ResponseWriter.Write(p[:min(len(p), 32<<10)])
		n, p, t.sent = n+k, p[k:], t.sent+k
		if err == nil {
			err = wait.For(t.ctx, time.Duration(t.sent)*time.Second/time.Duration(t.perSecond)-time.Since(t.start))
		}
	}
	return n, err
}

func drain(r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10))
	return err
}

func (s *contentService) hashAlone() error {
	h := md5.New()
	for rest := s.content; len(rest) > 0; {
		n := min(32<<10, len(rest))
		_, _ = h.Write(rest[:n])
		rest = rest[n:]
	}
	h.Sum(nil)
	return nil
}

// onlyReads hides all methods except Read, so that net/http copies as it does from a client's own
// reader.
type onlyReads struct{ io.Reader }

func (s *contentService) rawPost(src io.Reader) error {
	req, err := http.NewRequest(http.MethodPost, s.URL+"/nodes", onlyReads{src})
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(s.content))
	resp, err := s.raw.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return drain(resp.Body)
}

func (s *contentService) rawGet() error {
	resp, err := s.raw.Get(s.URL + "/nodes/x/content")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return drain(resp.Body)
}

func (s *contentService) upload(src io.Reader, opts ...acd.OverwriteOption) error {
	_, err := s.ours.Content.Overwrite(context.Background(), s.node, src, opts...)
	return err
}

func (s *contentService) uploadTheirs() error {
	folder := peer.FolderFromId("BBBBBBBBBBBBBBBBBBBBBB", s.theirs.Nodes)
	_, _, err := folder.Put(bytes.NewReader(s.content), "f") //nolint:bodyclose // go-acd closes it
	return err
}

func (s *contentService) uploadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.upload(f)
}

func (s *contentService) open(opts ...acd.OpenOption) error {
	r, err := s.ours.Content.Open(context.Background(), s.node, opts...)
	if err != nil {
		return err
	}
	defer r.Close()
	return drain(r)
}

func (s *contentService) downloadFile(path string, opts ...acd.DownloadOption) error {
	err := s.ours.Content.DownloadFile(context.Background(), s.node, path, opts...)
	_ = os.Remove(path)
	return err
}

// eightAtOnce returns a function that runs one eight times at the same time.
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

// memoryDir returns a directory in memory, so that no disk slows its files down. If there is none,
// it returns a directory on disk.
func memoryDir() (dir, kind string, err error) {
	if dir, err = os.MkdirTemp("/dev/shm", "acd"); err == nil {
		return dir, "tmpfs", nil
	}
	dir, err = os.MkdirTemp("", "acd")
	return dir, "disk", err
}

// contents measures transfers of one file, and of eight files at once.
func contents(s settings) ([]row, error) {
	one, err := newContentService(s.size(), 0)
	if err != nil {
		return nil, err
	}
	defer one.Close()
	eighth, err := newContentService(s.size()/8, 0)
	if err != nil {
		return nil, err
	}
	defer eighth.Close()
	dir, kind, err := memoryDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	disk, err := os.MkdirTemp("", "acd")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(disk)
	src, dst, onDisk := filepath.Join(dir, "src"), filepath.Join(dir, "dst"), filepath.Join(disk, "dst")
	if err := os.WriteFile(src, one.content, 0o600); err != nil {
		return nil, err
	}
	memory := func() io.Reader { return bytes.NewReader(one.content) }
	took, err := s.interleave(s.rounds(),
		work{"MD5 alone", one.hashAlone},
		work{"raw POST", func() error { return one.rawPost(memory()) }},
		work{"raw GET", one.rawGet},
		work{"go-acd: upload", one.uploadTheirs},
		work{"upload, verified, from memory", func() error { return one.upload(memory()) }},
		work{"upload, verified, from a file", func() error { return one.uploadFile(src) }},
		work{"upload, unverified", func() error { return one.upload(memory(), acd.WithoutVerification()) }},
		work{"download, verified, one stream", func() error { return one.open() }},
		work{"download, unverified, one stream", func() error { return one.open(acd.WithoutVerification()) }},
		work{"DownloadFile, verified, 4 parts, " + kind, func() error { return one.downloadFile(dst) }},
		work{"DownloadFile, verified, 4 parts, disk and sync", func() error { return one.downloadFile(onDisk) }},
		work{"8 files at once, verified", eightAtOnce(func() error { return eighth.upload(bytes.NewReader(eighth.content)) })},
		work{"8 raw POSTs that hash what they read", eightAtOnce(func() error {
			return eighth.rawPost(io.TeeReader(bytes.NewReader(eighth.content), md5.New()))
		})},
	)
	if err != nil {
		return nil, err
	}
	rate := perSecond(s.size())
	return []row{
		took.compare("upload, verified, from memory", "MD5 alone", rate, 0.88),
		took.compare("upload, verified, from a file", "MD5 alone", rate, 0.85),
		took.compare("upload, unverified", "raw POST", rate, 0.9),
		took.compare("upload, unverified", "go-acd: upload", rate, 1.4),
		took.compare("download, verified, one stream", "MD5 alone", rate, 0.88),
		took.compare("DownloadFile, verified, 4 parts, "+kind, "MD5 alone", rate, 0.88),
		took.compare("DownloadFile, verified, 4 parts, disk and sync", "MD5 alone", rate, 0),
		took.compare("download, unverified, one stream", "raw GET", rate, 0.95),
		took.compare("8 files at once, verified", "MD5 alone", rate, 1.3),
		took.compare("8 files at once, verified", "8 raw POSTs that hash what they read", rate, 0.97),
	}, nil
}

// parts measures how much several connections gain if each of them is slow.
func parts(s settings) ([]row, error) {
	const perConnection = 20_000_000
	rounds := min(s.rounds(), 2)
	service, err := newContentService(s.size(), perConnection)
	if err != nil {
		return nil, err
	}
	defer service.Close()
	dir, _, err := memoryDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	dst := filepath.Join(dir, "dst")
	with := func(n int) func() error {
		return func() error { return service.downloadFile(dst, acd.WithConcurrency(n)) }
	}
	took, err := s.interleave(rounds, work{"one connection of 20 MB/s", with(1)}, work{"4 parts at once", with(4)}, work{"8 parts at once", with(8)})
	if err != nil {
		return nil, err
	}
	rate := perSecond(s.size())
	return []row{took.compare("4 parts at once", "one connection of 20 MB/s", rate, 3.8), took.compare("8 parts at once", "one connection of 20 MB/s", rate, 7)}, nil
}
