package acd_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestBrokenUploadGoesOnWhereItBroke(t *testing.T) {
	const size, chunk = 10_000, 1000
	content := strings.Repeat("0123456789", size/10)
	for name, tc := range map[string]struct {
		faults  []mocks.Fault
		opts    []acd.UploadOption
		want    error
		uploads int   // of the whole content
		sent    int64 // most bytes of content that the service received
	}{
		"breaks once":                        {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1}}, nil, nil, 1, 7500 + 4000},
		"breaks again and again":             {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 5500, Reset: true, Times: 1}, {Op: "Content.Resume", At: mocks.InBody, After: 1500, Reset: true, Times: 3}}, nil, nil, 1, 5500 + 3*1500 + 4000},
		"with an id of the caller's":         {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1}}, []acd.UploadOption{acd.WithUploadID("mine")}, nil, 1, 7500 + 4000},
		"breaks too early to be kept":        {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 500, Reset: true, Times: 1}}, nil, nil, 2, 500 + size},
		"the service does not know the call": {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1}, {Op: "Content.ResumeState", Status: 404, Body: "<UnknownOperationException/>"}, {Op: "Content.Resume", Status: 404}}, nil, nil, 2, 7500 + size},
		"the last answer is lost":            {[]mocks.Fault{{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1}, {Op: "Content.Resume", At: mocks.AfterBody, Status: 504, Commit: true, Times: 1}}, nil, nil, 1, 7500 + 4000},
		"stored whole, answer lost":          {[]mocks.Fault{{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, Times: 1}}, nil, nil, 1, size},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(mocks.WithResumeChunk(chunk))
				for _, f := range tc.faults {
					drive.Inject(f)
				}
				n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader(content), append(tc.opts, acd.WithResume())...)
				if !errors.Is(err, tc.want) {
					t.Fatalf("error %v, want %v", err, tc.want)
				}
				if n.MD5() != sum(content) || n.Name != "f" {
					t.Errorf("node %+v", n)
				}
				if uploads(drive) != tc.uploads {
					t.Errorf("%d whole uploads, want %d", uploads(drive), tc.uploads)
				}
				const envelopes = 2000 // for the rest of the multipart bodies and for the small calls
				if got := drive.Counters().Received; got > tc.sent+envelopes {
					t.Errorf("%d bytes were sent, want at most %d", got, tc.sent+envelopes)
				}
				if got, err := drive.ReadFile("f"); err != nil || string(got) != content {
					t.Errorf("the drive holds %d other bytes, %v", len(got), err)
				}
			})
		})
	}
}

func TestSourceThatChangesUnderAResumableUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		opened := 0
		reopen := func() (io.ReadCloser, error) {
			opened++
			return io.NopCloser(strings.NewReader(strings.Repeat(string(rune('a'+opened)), 5000))), nil
		}
		start := time.Now()
		_, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", nil, acd.WithSize(5000), acd.WithReopen(reopen), acd.WithResume())
		if !errors.Is(err, acd.ErrChanged) || time.Since(start) > time.Second {
			t.Errorf("error %v after %v, want changed at once", err, time.Since(start))
		}
	})
}

// If a process is killed during an upload, the next process must not send again the bytes that the
// service has kept.
func TestAnotherProcessGoesOnWithAnUpload(t *testing.T) {
	const size, chunk, envelopes = 10_000, 1000, 4000
	content := strings.Repeat("0123456789", size/10)
	for name, tc := range map[string]struct {
		faults []mocks.Fault // in the second process
		most   int64         // most bytes of content that the second process sends
		wait   time.Duration // longest time
	}{
		"goes on":                               {nil, size - 7*chunk, time.Second},
		"the rest is refused":                   {[]mocks.Fault{{Op: "Content.Resume", Status: 404}}, size + size - 7*chunk, 5 * time.Second},
		"the rest is refused as wrong":          {[]mocks.Fault{{Op: "Content.Resume", Status: 400, Body: `{"message":"no"}`}}, size + size - 7*chunk, 5 * time.Second},
		"the rest never gets through":           {[]mocks.Fault{{Op: "Content.Resume", At: mocks.InBody, After: 100, Reset: true}}, size + 3*(size-7*chunk), 15 * time.Second},
		"the service does not know the session": {[]mocks.Fault{{Op: "Content.ResumeState", Status: 404}}, size, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(mocks.WithResumeChunk(chunk))
				upload := func(ctx context.Context, opts ...acd.Option) error {
					_, err := drive.Client(ctx, opts...).Content.Upload(ctx, drive.RootID(), "f", strings.NewReader(content), acd.WithResume())
					return err
				}
				drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1})
				ctx, kill := context.WithCancel(t.Context())
				dying := killedAfter{next: drive, op: "Content.Upload", kill: kill}
				if err := upload(ctx, acd.WithHTTPClient(&http.Client{Transport: dying})); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				for _, f := range tc.faults {
					drive.Inject(f)
				}
				before, start := drive.Counters().Received, time.Now()
				if err := upload(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := drive.Counters().Received - before; got > tc.most+envelopes {
					t.Errorf("%d bytes were sent, want at most %d", got, tc.most+envelopes)
				}
				if took := time.Since(start); took > tc.wait {
					t.Errorf("it took %v", took)
				}
				if got, err := drive.ReadFile("f"); err != nil || string(got) != content {
					t.Errorf("the drive holds %d other bytes, %v", len(got), err)
				}
			})
		})
	}
}

// If the service keeps an unfinished upload of other content under the same name, that upload
// cannot be continued. It blocks the name until the service forgets it. A new upload must then end
// soon.
func TestUploadThatIsBlockedByAnotherEndsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithResumeChunk(1000))
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.InBody, After: 7500, Reset: true, Times: 1})
		ctx, kill := context.WithCancel(t.Context())
		dying := killedAfter{next: drive, op: "Content.Upload", kill: kill}
		first := drive.Client(ctx, acd.WithHTTPClient(&http.Client{Transport: dying}))
		if _, err := first.Content.Upload(ctx, drive.RootID(), "f", strings.NewReader(strings.Repeat("x", 10_000)), acd.WithResume()); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		before, start := uploads(drive), time.Now()
		_, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader(strings.Repeat("y", 10_000)), acd.WithResume())
		if err == nil || !strings.Contains(err.Error(), "not finished") || uploads(drive)-before > 3 || time.Since(start) > time.Minute {
			t.Errorf("error %v after %d uploads and %v", err, uploads(drive)-before, time.Since(start))
		}
	})
}

// If the service has bound the upload's id to a node that is now trashed or renamed, that must not
// block the upload for ever.
func TestUploadWhoseIDIsTaken(t *testing.T) {
	for name, moveAway := range map[string]func(*acd.Client, *acd.Node) error{
		"trashed": func(c *acd.Client, n *acd.Node) error {
			_, err := c.Nodes.Trash(context.Background(), n.ID)
			return err
		},
		"renamed": func(c *acd.Client, n *acd.Node) error {
			_, err := c.Nodes.Rename(context.Background(), n.ID, "other "+n.ID)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				client := newClient(t, drive)
				for round := range 5 {
					start := time.Now()
					n, err := client.Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("content"), acd.WithResume())
					if err != nil || time.Since(start) > time.Second {
						t.Fatalf("round %d: error %v after %v", round, err, time.Since(start))
					}
					if err := moveAway(client, n); err != nil {
						t.Fatal(err)
					}
				}
				// If the name is taken, the upload must still be refused.
				drive.WriteFile("f", []byte("other"))
				if _, err := client.Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("content"), acd.WithResume()); !errors.Is(err, acd.ErrExists) {
					t.Errorf("error %v, want exists", err)
				}
			})
		})
	}
}

// killedAfter is a transport that stands for a process which is killed after an operation has
// ended.
type killedAfter struct {
	next http.RoundTripper
	op   string
	kill func()
}

func (k killedAfter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := k.next.RoundTrip(req)
	if op, _ := acd.OperationFromContext(req.Context()); op.Name == k.op {
		k.kill()
	}
	return resp, err
}

// If the service has dropped its session for the upload, the whole content must be sent again at
// once.
func TestSessionThatHasEndedIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithResumeChunk(1000), mocks.WithResumeLifetime(time.Hour))
		drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, At: mocks.InBody, After: 5500, Reset: true, Times: 1})
		drive.Inject(mocks.Fault{Op: mocks.OpContentResumeState, Nth: 2, Status: 403}) // it cannot be continued at once
		content := strings.Repeat("0123456789", 1000)
		first := newClient(t, drive, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
		if _, err := first.Content.Upload(t.Context(), acd.RootID, "f", strings.NewReader(content), acd.WithResume()); err == nil {
			t.Fatal("the first upload was not broken off")
		}
		time.Sleep(2 * time.Hour)
		start := time.Now()
		n, err := newClient(t, drive).Content.Upload(t.Context(), acd.RootID, "f", strings.NewReader(content), acd.WithResume())
		if err != nil || n.MD5() != sum(content) || time.Since(start) > time.Minute {
			t.Errorf("%+v, %v after %v", n, err, time.Since(start))
		}
	})
}
