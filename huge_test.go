package acd_test

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

var huge = flag.Bool("huge", false, "move a file of 12 GiB that is generated, never held (a minute or two)")

// The response to the upload of a 12 GiB file is lost, and the file appears 5 s later. The client
// must recognize it. The file is then downloaded through a tempLink that expires once.
func TestHugeFile(t *testing.T) {
	if !*huge {
		t.Skip("runs with -huge")
	}
	const size = 12 << 30
	drive := mocks.NewDrive(mocks.WithSyntheticContents(9), mocks.WithMaxUpload(2*size))
	lost := drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(5 * time.Second), Times: 1})
	expired := drive.Inject(mocks.Fault{Op: "Content.TempLink", Nth: 700, Status: 403, Body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"})
	client := newClient(t, drive)
	peak := watchHeap(t)

	start := time.Now()
	n, err := client.Content.Upload(t.Context(), drive.RootID(), "huge.bin", mocks.Synthetic(9, size))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("up: %v", time.Since(start).Round(time.Second))
	start = time.Now()
	if err := client.Content.Download(t.Context(), n, discard{}); err != nil {
		t.Fatal(err)
	}
	t.Logf("down: %v, peak heap %s", time.Since(start).Round(time.Second), peak())
	if n.Size() != size || uploads(drive) != 1 || lost.Fired() != 1 || expired.Fired() != 1 {
		t.Errorf("%d bytes, %d uploads, faults fired %d and %d times", n.Size(), uploads(drive), lost.Fired(), expired.Fired())
	}
	if got := drive.Counters().ByOp["Content.Download"]; got != 0 {
		t.Errorf("%d requests went past the tempLink", got)
	}
	mocks.AssertNoLeaks(t, drive)
}

type discard struct{}

func (discard) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// watchHeap measures, ten times a second, how much memory the program has from the system.
func watchHeap(t *testing.T) (peak func() string) {
	const limit = 64 << 20
	var mu sync.Mutex
	var most uint64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var m runtime.MemStats
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			runtime.ReadMemStats(&m)
			mu.Lock()
			most = max(most, m.HeapInuse)
			mu.Unlock()
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				return
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		wg.Wait()
		if most > limit {
			t.Errorf("%d MiB of heap, want at most %d", most>>20, limit>>20)
		}
	})
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return fmt.Sprintf("%d MiB", most>>20)
	}
}
