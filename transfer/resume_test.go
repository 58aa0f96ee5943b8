package transfer_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// A copy is killed in the middle of a file. The next run sends only the part of the file that the
// drive does not have.
func TestKilledCopyGoesOnInTheMiddleOfAFile(t *testing.T) {
	const size, chunk, envelope = 100_000, 1000, 2000
	from := t.TempDir()
	write(t, from, files{"sub/large": strings.Repeat("0123456789", size/10)})
	resume := transfer.Options{UploadOptions: []acd.UploadOption{acd.WithResume()}}
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithResumeChunk(chunk))
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.InBody, After: 75_500, Reset: true, Times: 1})
		ctx, kill := context.WithCancel(t.Context())
		client := drive.Client(ctx, acd.WithHTTPClient(&http.Client{Transport: killing{drive, "Content.Upload", kill}}))
		report, err := transfer.Upload(ctx, client, from, "b", resume)
		if !errors.Is(err, context.Canceled) || report.NotReached != 1 || report.Seen() != 1 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		before, start := drive.Counters().Received, time.Now()
		report, err = transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", resume)
		if err != nil || report.Copied != 1 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		if sent := drive.Counters().Received - before; sent > size-75_000+chunk+envelope {
			t.Errorf("%d bytes were sent, of %d that were missing", sent, size-75_000)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v", took)
		}
		equal(t, local(t, from), remote(t, drive, "b"))
	})
}

// killing is a transport that simulates the death of its process after an operation.
type killing struct {
	next http.RoundTripper
	op   string
	kill func()
}

func (k killing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := k.next.RoundTrip(req)
	if op, _ := acd.OperationFromContext(req.Context()); op.Name == k.op {
		k.kill()
	}
	return resp, err
}
