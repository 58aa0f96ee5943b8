package acd_test

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestReadAtBehindTheEnd(t *testing.T) {
	h := &contentHost{data: pattern(1000)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n, acd.WithRange(100, 50))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]byte, 10)
	for _, off := range []int64{math.MaxInt64, 50, 1000} {
		if n, err := r.ReadAt(p, off); n != 0 || err != io.EOF {
			t.Errorf("at %d: %d bytes, %v", off, n, err)
		}
	}
	if n, err := r.ReadAt(p, 45); n != 5 || err != io.EOF || string(p[:n]) != h.data[145:150] {
		t.Errorf("%d bytes %q, %v", n, p[:n], err)
	}
	if _, err := r.ReadAt(p, -1); err == nil {
		t.Error("a read before the start")
	}
}

// Small reads at distant positions need few requests and little memory.
func TestReadAtIsBounded(t *testing.T) {
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
	for i := range int64(200) { // by turns the index at the end and a scene in the middle
		read(size - 300_000 + i*1000)
		read(size/2 + i*1000)
	}
	if got := drive.Counters().ByOp["Content.Download"]; got > 5 {
		t.Errorf("%d requests for 400 small reads of two places", got)
	}
	for off := int64(0); off < size; off += 1 << 20 { // positions in the whole file
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
