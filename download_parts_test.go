package acd_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
)

// lateBody blocks each Read until wait is ready, even if the context has ended.
type lateBody struct {
	io.ReadCloser
	wait <-chan time.Time
}

func (b *lateBody) Read(p []byte) (int, error) {
	<-b.wait
	return b.ReadCloser.Read(p)
}

// If the context ends while the running parts still succeed, the download fails with context.Canceled.
func TestCancelledBetweenParts(t *testing.T) {
	for range 40 {
		synctest.Test(t, func(t *testing.T) {
			h := &contentHost{data: pattern(3 * 64 << 10)}
			h.answer = func(req *http.Request, _ int) *http.Response {
				resp := h.serve(req)
				if from, _, _ := asked(req); from == 64<<10 {
					late := make(chan time.Time)
					time.AfterFunc(time.Second, func() { close(late) })
					resp.Body = &lateBody{resp.Body, late}
				}
				return resp
			}
			client, n := h.client(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := writerFunc(func([]byte, int64) { cancel() })
			if err := client.Content.Download(ctx, n, w, acd.WithPartSize(64<<10), acd.WithConcurrency(2)); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestDownloadInParallelRanges(t *testing.T) {
	content := pattern(1<<20 + 17)
	for _, tc := range []struct {
		part        int64
		concurrency int
		requests    int
	}{{64 << 10, 4, 20}, {1 << 20, 4, 2}, {8 << 20, 4, 1}, {64 << 10, 1, 1}, {64 << 10, 32, 17}} {
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

// If each connection is slow, n connections together need an n-th of the time, for every size of file. No
// connection is idle while the last parts arrive.
func TestPartsKeepAllConnectionsBusy(t *testing.T) {
	const part, perByte = 64 << 10, time.Microsecond
	for _, size := range []int{43 * part, 9*part - 1, 8*part + 1, 8 * part, 3*part + 7} {
		synctest.Test(t, func(t *testing.T) {
			h := &contentHost{data: pattern(size)}
			h.answer = func(req *http.Request, _ int) *http.Response {
				resp := h.serve(req)
				late := make(chan time.Time)
				time.AfterFunc(time.Duration(resp.ContentLength)*perByte, func() { close(late) })
				resp.Body = &lateBody{resp.Body, late}
				return resp
			}
			client, n := h.client(t)
			const connections = 8
			w, start := &buffer{}, time.Now()
			err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(part), acd.WithConcurrency(connections))
			if err != nil || string(w.data) != h.data {
				t.Errorf("%d bytes of %d, %v", len(w.data), size, err)
			}
			ideal := time.Duration(size) * perByte / time.Duration(min(connections, (size+part-1)/part))
			if took := time.Since(start); took > ideal*101/100 {
				t.Errorf("%d bytes: %v, where %d connections need %v", size, took, connections, ideal)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, io.ErrShortWrite }

// docs/pains.md, B1: an error while writing the content is returned to the caller.
func TestWriteErrorsAreReported(t *testing.T) {
	_, client, n := onDrive(t, pattern(300_000))
	for _, opts := range [][]acd.DownloadOption{nil, {acd.WithPartSize(64 << 10)}} {
		if err := client.Content.Download(t.Context(), n, fullDisk{}, opts...); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("error %v", err)
		}
	}
}

// The service sends parts for some time and then only the whole content. The client keeps what has
// arrived, and hashes the bytes that were written.
func TestServiceThatNoLongerGivesParts(t *testing.T) {
	content := pattern(3<<20 + 5)
	for from := range 14 {
		synctest.Test(t, func(t *testing.T) {
			h := &contentHost{data: content}
			h.answer = func(req *http.Request, nth int) *http.Response {
				if nth < from {
					return h.serve(req)
				}
				return respond(req, 200, nil, content, int64(len(content)))
			}
			client, n := h.client(t)
			w := &buffer{}
			if err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(300<<10)); err != nil || string(w.data) != content {
				t.Errorf("whole from request %d on: %d bytes, %v", from, len(w.data), err)
			}
		})
	}
}

// A wrong byte is found in every part.
func TestWrongByteInAnyPartIsFound(t *testing.T) {
	content := pattern(1<<20 + 5)
	for at := 0; at < len(content); at += 100_003 {
		h := &contentHost{data: content}
		h.answer = func(req *http.Request, _ int) *http.Response {
			resp := h.serve(req)
			if from, end, _ := asked(req); at >= from && at < end {
				body := []byte(content[from:end])
				body[at-from] ^= 1
				resp.Body = io.NopCloser(bytes.NewReader(body))
			}
			return resp
		}
		client, n := h.client(t)
		if err := client.Content.Download(t.Context(), n, &buffer{}, acd.WithPartSize(64<<10)); !errors.Is(err, acd.ErrChecksum) {
			t.Errorf("wrong at %d: error %v", at, err)
		}
	}
}
