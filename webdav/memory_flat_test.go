package webdav_test

import (
	"flag"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

var huge = flag.Bool("huge", false, "move a file of 1 GiB that is generated, never held, through a served drive (some seconds)")

func TestMemoryIsFlat(t *testing.T) {
	if !*huge {
		t.Skip("runs with -huge")
	}
	const size, most = 1 << 30, 48 << 20
	drive := mocks.NewDrive(mocks.WithSyntheticContents(3))
	url := serveDrive(t, drive) + "/f.bin"
	var peak atomic.Uint64
	done := make(chan struct{})
	watching := time.NewTicker(50 * time.Millisecond)
	defer watching.Stop()
	go func() {
		for {
			select {
			case <-watching.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapInuse))
			case <-done:
				return
			}
		}
	}()
	began := time.Now()
	req, err := http.NewRequestWithContext(t.Context(), "PUT", url, struct{ io.Reader }{mocks.Synthetic(3, size)})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = size
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	up := time.Since(began)
	began = time.Now()
	get, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer get.Body.Close()
	n, err := io.Copy(io.Discard, get.Body)
	close(done)
	if err != nil || n != size || resp.StatusCode != http.StatusCreated || resp.Header.Get("ETag") != get.Header.Get("ETag") {
		t.Errorf("PUT %s, %d bytes back, %v", resp.Status, n, err)
	}
	if peak.Load() > most || peak.Load() == 0 {
		t.Errorf("%d MiB of heap, want at most %d", peak.Load()>>20, most>>20)
	}
	t.Logf("1 GiB up in %.1f s, down in %.1f s, peak heap %d MiB", up.Seconds(), time.Since(began).Seconds(), peak.Load()>>20)
}
