package webdav_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/webdav"
)

// serveDrive serves a drive on loopback. The client sends each request only once.
func serveDrive(t *testing.T, drive *mocks.Drive, opts ...webdav.Option) (url string) {
	t.Helper()
	client := drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
	return serveClient(t, client, opts...)
}

func serveClient(t *testing.T, client *acd.Client, opts ...webdav.Option) (url string) {
	t.Helper()
	server := httptest.NewServer(webdav.New(client, opts...))
	t.Cleanup(server.Close)
	return server.URL
}

// seed returns a drive with these files. A path that ends in a slash is a folder.
func seed(t *testing.T, paths ...string) *mocks.Drive {
	t.Helper()
	drive := mocks.NewDrive()
	for _, path := range paths {
		var err error
		if folder, ok := strings.CutSuffix(path, "/"); ok {
			_, err = drive.Mkdir(folder)
		} else {
			_, err = drive.WriteFile(path, []byte("content of "+path))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return drive
}

type reply struct {
	status int
	header http.Header
	body   string
}

// do makes a request. Each header is written as "Name: value".
func do(t *testing.T, method, url, body string, headers ...string) reply {
	t.Helper()
	r, err := tryDo(t.Context(), method, url, strings.NewReader(body), headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryDo(ctx context.Context, method, url string, body io.Reader, headers ...string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return reply{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(got)}, err
}

// want checks the status.
func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d (%.200s), want %d", r.status, r.body, status)
	}
	return r
}

// content returns the content of a file on the drive, or "nothing".
func content(drive *mocks.Drive, path string) string {
	data, err := drive.ReadFile(path)
	if err != nil {
		return "nothing"
	}
	return string(data)
}

// live returns all paths on the drive outside the trash, with their kinds and MD5s.
func live(drive *mocks.Drive) map[string]string {
	is := map[string]string{}
	for path, e := range drive.Snapshot().Tree {
		is[path] = e.Kind + " " + e.MD5
	}
	return is
}

// trashed returns the paths in the trash.
func trashed(drive *mocks.Drive) []string {
	return slices.Sorted(maps.Keys(drive.Snapshot().Trash))
}

// quickly is an option that retries without waiting.
func quickly() acd.Option {
	return acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 3, Backoff: func(int) time.Duration { return 0 }})
}
