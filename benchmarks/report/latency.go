package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/wait"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// pause is how long the service waits before each response, however small the response is.
const pause = 50 * time.Millisecond

// A slowService is a drive that waits for pause before each response.
type slowService struct {
	*httptest.Server
	drive  *mocks.Drive
	client *acd.Client
}

func newSlowService() (*slowService, error) {
	s := &slowService{drive: mocks.NewDrive(mocks.WithToken("token"))}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait.For(r.Context(), pause) == nil {
			s.drive.ServeHTTP(w, r)
		}
	}))
	var err error
	s.client, err = acd.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
		acd.WithHTTPClient(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}),
		acd.WithEndpoints(acd.Endpoints{MetadataURL: s.URL + "/drive/v1/", ContentURL: s.URL + "/cdproxy/"}))
	return s, err
}

// counted runs a copy, and returns how long the copy took and how many requests it made.
func (s *slowService) counted(copying func() error) (seconds float64, requests int, err error) {
	before := s.drive.Counters().Requests
	start := time.Now()
	err = copying()
	return time.Since(start).Seconds(), s.drive.Counters().Requests - before, err
}

const workers = 8

// inIdealTime returns a row that compares the time of a copy with the ideal time. In the ideal
// time, all workers only wait for responses.
func inIdealTime(what string, seconds float64, requests int) row {
	ideal := float64(requests) * pause.Seconds() / workers
	r := limit(what, fmt.Sprintf("requests x %v / %d", pause, workers), fmt.Sprintf("%.1f s", seconds), seconds/ideal, 1.15)
	r.peer = fmt.Sprintf("%.1f s", ideal)
	return r
}

// smallFiles writes files of 10 KiB into folders below dir.
func smallFiles(dir string, folders, perFolder int) error {
	for i := range folders {
		folder := filepath.Join(dir, fmt.Sprintf("folder %02d", i))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		for j := range perFolder {
			content := strings.Repeat(fmt.Sprintf("%04d %04d ", i, j), 1024)
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file %02d.txt", j)), []byte(content), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// latency measures what users wait for: the requests, and how many of them run at the same time. It
// measures an upload, the same upload again when nothing has changed, and a download.
func latency(s settings) ([]row, error) {
	folders, perFolder := 50, 20
	if s.quick {
		folders, perFolder = 5, 10
	}
	dir, err := os.MkdirTemp("", "acd")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	from := filepath.Join(dir, "from")
	if err := smallFiles(from, folders, perFolder); err != nil {
		return nil, err
	}
	files := folders * perFolder
	service, err := newSlowService()
	if err != nil {
		return nil, err
	}
	defer service.Close()
	cache, err := transfer.OpenHashCache(filepath.Join(dir, "hashes"))
	if err != nil {
		return nil, err
	}
	defer cache.Close()
	opts := transfer.Options{Workers: workers, Hashes: cache}
	ctx := context.Background()
	up := func() error { _, err := transfer.Upload(ctx, service.client, from, "backup", opts); return err }
	down := func() error {
		_, err := transfer.Download(ctx, service.client, "backup", filepath.Join(dir, "to"), opts)
		return err
	}
	var rows []row
	for _, step := range []struct {
		what    string
		unit    string
		n       int
		target  float64
		copying func() error
	}{
		{"upload of small files", "a file", files, 1.06, up},
		{"again, nothing changed", "a folder", folders, 1.05, up},
		{"download of small files", "a file", files, 1.06, down},
	} {
		seconds, requests, err := service.counted(step.copying)
		if err != nil {
			return nil, err
		}
		rows = append(rows, limit(step.what+": requests "+step.unit, "one", fmt.Sprintf("%d in %.1f s", requests, seconds), float64(requests)/float64(step.n), step.target))
		if len(rows) == 1 { // only uploads have a target in seconds
			rows = append(rows, inIdealTime(step.what+": seconds", seconds, requests))
		}
	}
	return rows, nil
}
