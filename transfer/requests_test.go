package transfer_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// The number of requests decides how long users wait. This test copies 1,000 files in 50 folders
// with 8 workers. The server answers after 50 ms.
func TestRequestsPerFileAndFolder(t *testing.T) {
	const nFiles, nFolders, workers, latency = 1000, 50, 8, 50 * time.Millisecond
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	for i := range nFiles {
		write(t, from, files{fmt.Sprintf("folder %02d/file %03d.bin", i%nFolders, i): fmt.Sprint("content ", i)})
	}
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "*", Delay: mocks.Duration(latency)})
		opts := transfer.Options{Workers: workers}
		client := drive.Client(t.Context())
		for _, step := range []struct {
			name string
			run  func() (*transfer.Report, error)
			most float64 // requests in all
		}{
			{"upload", func() (*transfer.Report, error) {
				return transfer.Upload(t.Context(), client, from, "b", opts)
			}, 1.06 * nFiles},
			{"upload again", func() (*transfer.Report, error) {
				return transfer.Upload(t.Context(), client, from, "b", opts)
			}, 1.05 * (nFolders + 1)},
			{"download", func() (*transfer.Report, error) {
				return transfer.Download(t.Context(), client, "b", to, opts)
			}, 1.06 * nFiles},
			{"download again", func() (*transfer.Report, error) {
				return transfer.Download(t.Context(), client, "b", to, opts)
			}, 1.05 * (nFolders + 1)},
		} {
			before, start := drive.Counters(), time.Now()
			report, err := step.run()
			if err != nil || report.Copied+report.Identical != nFiles {
				t.Fatalf("%s: error %v, report %+v", step.name, err, report)
			}
			requests, took := drive.Counters().Requests-before.Requests, time.Since(start)
			ideal := time.Duration(requests) * latency / workers
			t.Logf("%s: %d requests, %v, %.2f of the ideal", step.name, requests, took, float64(took)/float64(ideal))
			if float64(requests) > step.most {
				t.Errorf("%s: %d requests, want at most %.1f", step.name, requests, step.most)
			}
			// If there is nothing to copy, most of the time is spent on listing the folders, so the
			// limit is only for runs that copy.
			if report.Copied > 0 && float64(took) > 1.15*float64(ideal) {
				t.Errorf("%s: it took %v, want at most 1.15 of %v", step.name, took, ideal)
			}
		}
	})
}
