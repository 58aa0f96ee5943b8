package acd_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestPains08BrokenUploadGoesOnWhereItBroke(t *testing.T) {
	const size, chunk = 10_000, 1000
	content := strings.Repeat("0123456789", size/10)
	for name, tc := range map[string]struct {
		faults  []mocks.Fault
		opts    []acd.UploadOption
		want    error
		uploads int   // of the whole
		sent    int64 // bytes of content that the service got, at most
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
				const envelopes = 2000 // of the multipart bodies and the small calls
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
