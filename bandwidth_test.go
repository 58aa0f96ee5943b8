package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// All uploads together keep to the limit for uploads, and all downloads together to the limit for
// downloads, for every size of file. A wait for bandwidth does not count as a stall, even if it is longer
// than the stall timeout.
func TestBandwidthLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		up, down    int64
		files, size int
		wantUp      time.Duration
		wantDown    time.Duration
	}{
		"no limit":           {0, 0, 2, 100_000, 0, 0},
		"up alone":           {10_000, 0, 2, 100_000, 20 * time.Second, 0},
		"down alone":         {0, 20_000, 2, 100_000, 0, 10 * time.Second},
		"both":               {20_000, 10_000, 1, 100_000, 5 * time.Second, 10 * time.Second},
		"small files":        {10_000, 0, 100, 1000, 10 * time.Second, 0},
		"slower than stalls": {10, 10, 1, 1000, 100 * time.Second, 100 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := mocks.NewDrive().Client(t.Context(), acd.WithBandwidthLimit(tc.up, tc.down), acd.WithStallTimeout(5*time.Second))
				if _, err := client.Nodes.Root(t.Context()); err != nil {
					t.Fatal(err)
				}
				nodes := make([]*acd.Node, tc.files)
				took := all(tc.files, func(i int) {
					n, err := client.Content.Upload(t.Context(), "", fmt.Sprint(i), bytes.NewReader(bytes.Repeat([]byte{byte(i)}, tc.size)))
					if err != nil {
						t.Error(err)
					}
					nodes[i] = n
				})
				// Multipart forms and responses also use some of the bandwidth.
				near(t, "up", took, tc.wantUp)
				took = all(tc.files, func(i int) {
					r, err := client.Content.Open(t.Context(), nodes[i])
					if err != nil {
						t.Error(err)
						return
					}
					defer r.Close()
					if n, err := io.Copy(io.Discard, r); err != nil || n != int64(tc.size) {
						t.Errorf("%d bytes, %v", n, err)
					}
				})
				near(t, "down", took, tc.wantDown)
			})
		})
	}
}

func all(n int, do func(int)) time.Duration {
	start := time.Now()
	var g sync.WaitGroup
	for i := range n {
		g.Go(func() { do(i) })
	}
	g.Wait()
	return time.Since(start)
}

func near(t *testing.T, what string, took, want time.Duration) {
	t.Helper()
	if took < want*85/100 || want > 0 && took > 2*want+time.Second || want == 0 && took > 15*time.Second {
		t.Errorf("%s took %v, want %v", what, took, want)
	}
}

// A wait for bandwidth ends when its context ends. A negative limit is an error.
func TestBandwidthLimitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := mocks.NewDrive().Client(t.Context(), acd.WithBandwidthLimit(1, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := client.Content.Upload(ctx, "", "a", bytes.NewReader(make([]byte, 1000)))
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 61*time.Second {
			t.Errorf("error %v after %v", err, took)
		}
	})
	if _, err := acd.NewClient(t.Context(), nil, acd.WithBandwidthLimit(-1, 0)); err == nil {
		t.Error("a negative limit is accepted")
	}
}
