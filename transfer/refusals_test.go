package transfer_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// A full account refuses every file at the end of its body. Only few bodies are sent in vain, also
// by a second run.
func TestFullAccountGivesUpWhatItRefuses(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	for i := range 100 {
		write(t, from, files{fmt.Sprintf("photos/%02d.jpg", i): strings.Repeat("x", 200+i)})
	}
	drive := mocks.NewDrive(mocks.WithQuota(100))
	for range 2 {
		before := drive.Counters().ByOp["Content.Upload"]
		report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Workers: 2, Include: []string{"*.jpg"}})
		if !errors.Is(err, acd.ErrQuotaExceeded) || report.Failed != 100 || report.Seen() != 100+filesOfTree() {
			t.Errorf("error %v, report %+v", err, report)
		}
		if n := drive.Counters().ByOp["Content.Upload"] - before; n > 3+2 {
			t.Errorf("%d bodies were sent to a full account", n)
		}
		want := []transfer.GivenUp{{Kind: "image", MinSize: 200}}
		equal(t, want, report.GivenUp, cmpopts.IgnoreFields(transfer.GivenUp{}, "Err"))
	}
}

// filesOfTree returns how many files tree has.
func filesOfTree() (n int) {
	for path := range tree() {
		if !strings.HasSuffix(path, "/") {
			n++
		}
	}
	return n
}

// With an Amazon Prime account, photos are free and videos use the quota.
func TestRefusalBelongsToTheKindOfFile(t *testing.T) {
	from := t.TempDir()
	const photos, videos = 100, 20
	for i := range photos {
		write(t, from, files{fmt.Sprintf("%03d.jpg", i): fmt.Sprint("photo", i)})
	}
	for i := range videos {
		write(t, from, files{fmt.Sprintf("%03d.mp4", i): strings.Repeat("v", 1000+i)})
	}
	write(t, from, files{"short.mp4": "v"})
	drive := mocks.NewDrive()
	for range 2 {
		rt := &refusing{next: drive, refuse: func(name string, size int64) bool { return strings.HasSuffix(name, ".mp4") && size > 900 }}
		client := drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt}))
		report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 1})
		if !errors.Is(err, acd.ErrQuotaExceeded) || report.Copied+report.Identical != photos+1 || report.Failed != videos {
			t.Errorf("error %v, report %+v", err, report)
		}
		if rt.refused != 3 {
			t.Errorf("%d videos were sent, want 3", rt.refused)
		}
		if len(report.GivenUp) != 1 || report.GivenUp[0].Kind != "video" || report.GivenUp[0].MinSize != 1000 || !errors.Is(report.GivenUp[0].Err, acd.ErrQuotaExceeded) {
			t.Errorf("given up: %+v", report.GivenUp)
		}
	}
}

// If some files of a kind are stored between the refused ones, all files are tried.
func TestSuccessBetweenRefusalsGivesNothingUp(t *testing.T) {
	from := t.TempDir()
	for i := range 30 {
		write(t, from, files{fmt.Sprintf("%03d.jpg", i): strings.Repeat("x", 1000)})
	}
	drive, n := mocks.NewDrive(), 0
	rt := &refusing{next: drive, refuse: func(string, int64) bool { n++; return n%3 != 0 }}
	report, _ := transfer.Upload(t.Context(), drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt})), from, "b", transfer.Options{Workers: 1})
	if report.Copied != 10 || report.Failed != 20 || len(report.GivenUp) > 0 {
		t.Errorf("report %+v", report)
	}
}

// refusing refuses uploads by name and size after the body has arrived, because the account is
// full.
type refusing struct {
	next    http.RoundTripper
	refuse  func(name string, size int64) bool
	mu      sync.Mutex
	refused int
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	op, _ := acd.OperationFromContext(req.Context())
	if op.Name != "Content.Upload" {
		return r.next.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	_, name, _ := strings.Cut(string(body), `"name":"`)
	name, _, _ = strings.Cut(name, `"`)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse(name, int64(len(body))) {
		r.refused++
		return &http.Response{StatusCode: 403, Header: http.Header{}, Request: req,
			Body: io.NopCloser(strings.NewReader(`{"code":"NO_ACTIVE_SUBSCRIPTION_FOUND","message":"File size exceeds account allowance."}`))}, nil
	}
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(strings.NewReader(string(body)))
	return r.next.RoundTrip(again)
}

// If an application is over its quota, it gets only 429 for days. The run then ends.
func TestNothingButTooManyRequestsEndsTheRun(t *testing.T) {
	from := t.TempDir()
	for i := range 1000 {
		write(t, from, files{fmt.Sprintf("%02d/%d", i%10, i): "x"})
	}
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		limited := mocks.Fault{Op: "*", Status: 429}
		client := drive.Client(t.Context())
		var report *transfer.Report
		start := time.Now()
		injected := false
		report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{OnEvent: func(e transfer.Event) {
			if e.Action == transfer.Copied && !injected {
				injected = true
				drive.Inject(limited)
			}
		}})
		if !errors.Is(err, acd.ErrRateLimited) || time.Since(start) > time.Hour {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		if _, single := errors.AsType[*transfer.FailedError](err); single || report.Failed > 8 || report.Failed == 0 {
			t.Errorf("error %v, report %+v", err, report)
		}
		if report.Copied == 0 || report.NotReached == 0 {
			t.Errorf("report %+v", report)
		}
	})
}

// If only some requests are refused with 429, the run does not end.
func TestSomeTooManyRequestsDoNotEndTheRun(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "*", Rate: 0.3, Seed: 5, Status: 429})
		report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{})
		if err != nil {
			t.Error(err)
		}
		equal(t, &transfer.Report{Copied: report.Copied, Bytes: report.Bytes, Folders: report.Folders}, report, cmp.Options{})
	})
}
