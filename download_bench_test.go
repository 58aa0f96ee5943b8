package acd_test

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// BenchmarkDownload measures the cost of a download without a network: the drive is in the same process.
func BenchmarkDownload(b *testing.B) {
	for _, size := range []int64{10 << 10, 64 << 20} {
		drive := mocks.NewDrive(mocks.WithSyntheticContents(1))
		client := newClient(b, drive)
		n, err := client.Content.Upload(b.Context(), drive.RootID(), "f", mocks.Synthetic(1, size))
		if err != nil {
			b.Fatal(err)
		}
		nowhere := writerFunc(func([]byte, int64) {})
		target := filepath.Join(b.TempDir(), "f")
		for name, download := range map[string]func() error{
			"open": func() error {
				r, err := client.Content.Open(b.Context(), n)
				if err != nil {
					return err
				}
				defer r.Close()
				_, err = io.Copy(io.Discard, r)
				return err
			},
			"ranges": func() error { return client.Content.Download(b.Context(), n, nowhere) },
			"ranges, unverified": func() error {
				return client.Content.Download(b.Context(), n, nowhere, acd.WithoutVerification())
			},
			"file": func() error { return client.Content.DownloadFile(b.Context(), n, target) },
		} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(size)
				for b.Loop() {
					if err := download(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
