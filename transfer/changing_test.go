package transfer_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// meanwhile calls do once, when the first part of an upload's body that contains text has been
// sent.
type meanwhile struct {
	next http.RoundTripper
	text string
	do   func()
	once sync.Once
}

func (m *meanwhile) RoundTrip(req *http.Request) (*http.Response, error) {
	if op, _ := acd.OperationFromContext(req.Context()); op.Name == "Content.Upload" || op.Name == "Content.Overwrite" {
		req.Body = &spied{ReadCloser: req.Body, m: m}
	}
	return m.next.RoundTrip(req)
}

type spied struct {
	io.ReadCloser
	m    *meanwhile
	head []byte
}

func (s *spied) Read(p []byte) (int, error) {
	if len(s.head) < 4096 {
		p = p[:min(len(p), 512)]
	}
	n, err := s.ReadCloser.Read(p)
	if len(s.head) < 4096 {
		if s.head = append(s.head, p[:n]...); strings.Contains(string(s.head), s.m.text) {
			s.m.once.Do(s.m.do)
		}
	}
	return n, err
}

// If a file changes while it is read, only this file fails, with one clear error. All other files
// are copied.
func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be changed")
	}
	content := "the victim" + strings.Repeat(".", 3<<20)
	tests := []struct {
		name   string
		change func(path string) error
		fails  bool
	}{
		{"grows", func(p string) error {
			f, err := os.OpenFile(p, os.O_APPEND|os.O_WRONLY, 0)
			return errors.Join(err, write1(f, "more"))
		}, true},
		{"shrinks", func(p string) error { return os.Truncate(p, 100_000) }, true},
		{"is emptied", func(p string) error { return os.Truncate(p, 0) }, true},
		{"is rewritten", func(p string) error {
			f, err := os.OpenFile(p, os.O_WRONLY, 0)
			return errors.Join(err, write1(f, "other"))
		}, true},
		{"is removed, but still open", os.Remove, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, tree())
			victim := filepath.Join(from, "victim")
			write(t, from, files{"victim": content})
			touch(t, victim, time.Now().Add(-time.Hour))
			drive := mocks.NewDrive()
			rt := &meanwhile{next: drive, text: content[:10], do: func() {
				if err := test.change(victim); err != nil {
					t.Error(err)
				}
			}}
			client := drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt}))
			start := time.Now()
			report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{})
			if time.Since(start) > 10*time.Second {
				t.Error("a change of the source was retried in vain")
			}
			want := len(tree()) - 1 // without the empty folder
			if !test.fails {
				if err != nil || report.Copied != want+1 {
					t.Errorf("error %v, report %+v", err, report)
				}
				return
			}
			if !errors.Is(err, transfer.ErrChanged) || !errors.Is(err, acd.ErrChanged) || report.Failed != 1 || report.Failures[0].Path != "victim" || report.Copied != want {
				t.Errorf("error %v, %d failed, %d copied", err, report.Failed, report.Copied)
			}
			// When the file does not change any more, it is copied.
			if _, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{}); err != nil {
				t.Fatal(err)
			}
			if got, want := remote(t, drive, "b")["victim"], local(t, from)["victim"]; got != want {
				t.Errorf("%d bytes on the drive, %d here", len(got), len(want))
			}
		})
	}
}

func write1(f *os.File, text string) error {
	_, err := f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Some files vanish between the listing and the reading, and some cannot be read.
func TestFilesThatVanish(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": "1", "b": "2", "c": "3", "d/e": "4", "z": "5"})
	drive := mocks.NewDrive()
	first := true
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Workers: 1, OnEvent: func(e transfer.Event) {
		if !first {
			return
		}
		first = false
		for _, name := range []string{"b", "c", "d"} {
			if err := os.RemoveAll(filepath.Join(from, name)); err != nil {
				t.Error(err)
			}
		}
		write(t, from, files{"c/": ""})
	}})
	var failed []string
	for _, f := range report.Failures {
		failed = append(failed, f.Path)
	}
	if !errors.Is(err, os.ErrNotExist) || len(failed) == 0 || len(failed) > 3 {
		t.Errorf("error %v, failed %q", err, failed)
	}
	got := remote(t, drive, "b")
	if got["a"] != "1" || got["z"] != "5" {
		t.Errorf("the others are not there: %v", got)
	}
}

// A tree of 100,000 files takes no more requests than its listings have pages.
func TestManyFilesTakeNoMoreRequestsThanPages(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	drive := mocks.NewDrive()
	for i := range n {
		if _, err := drive.WriteFile(fmt.Sprintf("b/%03d/%d", i/1000, i), nil); err != nil {
			t.Fatal(err)
		}
	}
	events := 0
	report, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", filepath.Join(t.TempDir(), "new"), transfer.Options{
		DryRun: true, OnEvent: func(transfer.Event) { events++ }})
	if err != nil {
		t.Fatal(err)
	}
	folders := n / 1000
	equal(t, &transfer.Report{DryRun: true, Copied: n, Folders: folders}, report)
	if events != n+folders {
		t.Errorf("%d events", events)
	}
	if got, most := drive.Counters().Requests, n/200+2*folders+10; got > most {
		t.Errorf("%d requests, want at most %d", got, most)
	}
}

// A report has the totals, but not every failure of a disk that dies.
func TestReportIsBounded(t *testing.T) {
	drive := mocks.NewDrive()
	const n = 1500
	for i := range n {
		if _, err := drive.WriteFile(fmt.Sprintf("b/%d", i), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	to := t.TempDir()
	for i := range n {
		write(t, to, files{fmt.Sprint(i) + "/": ""})
	}
	report, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{})
	if report.Failed != n || len(report.Failures) != 1000 || !strings.Contains(err.Error(), "1500 failures") {
		t.Errorf("%d failed, %d kept: %v", report.Failed, len(report.Failures), err)
	}
}
