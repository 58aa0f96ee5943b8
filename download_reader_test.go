package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// pattern returns n bytes of content in which no two parts are alike.
func pattern(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%08d ", i)
	}
	return b.String()[:n]
}

// onDrive puts a file with this content on a new drive. It returns the drive, a client and the file's
// node.
func onDrive(t testing.TB, content string, opts ...mocks.Option) (*mocks.Drive, *acd.Client, *acd.Node) {
	t.Helper()
	drive := mocks.NewDrive(opts...)
	id, err := drive.WriteFile("f.bin", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, drive)
	n, err := client.Nodes.Get(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return drive, client, n
}

func TestReaderBehavesAsAReader(t *testing.T) {
	content := pattern(100_000)
	_, client, n := onDrive(t, content)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, []byte(content)); err != nil {
		t.Error(err)
	}
}

func TestOpenRange(t *testing.T) {
	content := pattern(1000)
	_, client, n := onDrive(t, content)
	for _, tc := range []struct {
		off, length int64
		want        string
	}{{0, -1, content}, {10, 20, content[10:30]}, {990, 100, content[990:]}, {990, -1, content[990:]}, {1000, 5, ""}, {5000, -1, ""}, {7, 0, ""}} {
		r, err := client.Content.Open(t.Context(), n, acd.WithRange(tc.off, tc.length))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != tc.want || r.Size() != int64(len(tc.want)) {
			t.Errorf("%d bytes from %d: %d bytes, size %d, error %v", tc.length, tc.off, len(got), r.Size(), err)
		}
		r.Close()
	}
	if _, err := client.Content.Open(t.Context(), n, acd.WithRange(-1, 5)); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("negative offset: %v", err)
	}
}

// buffer is an io.WriterAt in memory.
type buffer struct {
	mu   sync.Mutex
	data []byte
}

func (b *buffer) WriteAt(p []byte, off int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if need := off + int64(len(p)); need > int64(len(b.data)) {
		b.data = append(b.data, make([]byte, need-int64(len(b.data)))...)
	}
	return copy(b.data[off:], p), nil
}

// silentBody is a body that never sends a byte.
type silentBody struct{ ctx context.Context }

func (b *silentBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b *silentBody) Close() error { return nil }

func TestClosedReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(1000)}
		h.answer = func(req *http.Request, _ int) *http.Response {
			switch from, _, _ := asked(req); from {
			case 500: // no response
				<-req.Context().Done()
			case 600: // a response whose body never sends a byte
				resp := h.serve(req)
				resp.Body = &silentBody{req.Context()}
				return resp
			}
			return nil
		}
		client, n := h.client(t)
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		for _, off := range []int64{500, 600} {
			ranged, err := client.Content.Open(t.Context(), n, acd.WithRange(off, -1))
			if err != nil {
				t.Fatal(err)
			}
			waiting := make(chan error)
			go func() {
				_, err := ranged.ReadAt(make([]byte, 10), 0)
				waiting <- err
			}()
			synctest.Wait()
			ranged.Close()
			if err := <-waiting; !errors.Is(err, fs.ErrClosed) || errors.Is(err, context.Canceled) {
				t.Errorf("a ReadAt under way at %d: %v", off, err)
			}
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		before := len(h.seen)
		if _, err := r.Read(make([]byte, 10)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Read: %v", err)
		}
		if _, err := r.ReadAt(make([]byte, 10), 5); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("ReadAt: %v", err)
		}
		if len(h.seen) != before {
			t.Error("a closed reader asks")
		}
	})
}

func TestSeeksAreCheap(t *testing.T) {
	h := &contentHost{data: pattern(1 << 20)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]byte, 100)
	for off := int64(0); off < 500_000; off += 50_000 {
		if _, err := r.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seek(off, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, p); err != nil || string(p) != h.data[off:off+100] {
			t.Errorf("at %d: %v", off, err)
		}
	}
	if len(h.seen) != 1 {
		t.Errorf("%d requests to skip through a file", len(h.seen))
	}
}

// The MD5 is verified only if the content was read from the start to the end without gaps.
func TestVerifiedAfterSeeks(t *testing.T) {
	h := &contentHost{data: pattern(1000)}
	client, n := h.client(t)
	r, err := client.Content.Open(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 2 {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != h.data {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	// Read a thousand bytes, but not all bytes of the file: some are read twice.
	p := make([]byte, 500)
	for _, off := range []int64{0, 250} {
		if _, err := r.Seek(off, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(p); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	// If the content changes between two passes, the second pass fails with ErrChanged.
	h.overwrite(strings.Repeat("x", 1000))
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, acd.ErrChanged) {
		t.Errorf("another content: %v", err)
	}
}
