package source

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// only hides every method except Read.
type only struct{ io.Reader }

// seekOnly reads and seeks, but has no ReadAt.
type seekOnly struct{ io.ReadSeeker }

func file(t *testing.T, content string, at int64) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSources(t *testing.T) {
	advanced := strings.NewReader("0123456789")
	advanced.Seek(4, io.SeekStart)
	buffer := bytes.NewBufferString("0123456789")
	for name, tc := range map[string]struct {
		r          io.Reader
		size       int64
		wantSize   int64
		rewindable bool
		want       string
	}{
		"file":                        {file(t, "0123456789", 0), Unknown, 10, true, "0123456789"},
		"file from where it stands":   {file(t, "0123456789", 3), Unknown, 7, true, "3456789"},
		"file past its end":           {file(t, "0123456789", 30), Unknown, 0, true, ""},
		"file cut at its size":        {file(t, "0123456789", 0), 4, 4, true, "0123"},
		"strings.Reader half read":    {advanced, Unknown, 6, true, "456789"},
		"seeker":                      {seekOnly{strings.NewReader("0123456789")}, Unknown, 10, true, "0123456789"},
		"ReaderAt of unknown size":    {readerAt{strings.NewReader("0123456789")}, Unknown, Unknown, true, "0123456789"},
		"ReaderAt with a size":        {readerAt{strings.NewReader("0123456789")}, 10, 10, true, "0123456789"},
		"buffer knows its length":     {buffer, Unknown, 10, false, "0123456789"},
		"limited buffer":              {io.LimitReader(bytes.NewBufferString("0123456789"), 3), Unknown, 3, false, "012"},
		"stream":                      {only{strings.NewReader("0123456789")}, Unknown, Unknown, false, "0123456789"},
		"stream byte by byte":         {iotest.OneByteReader(only{strings.NewReader("0123456789")}), Unknown, Unknown, false, "0123456789"},
		"stream with a size":          {only{strings.NewReader("0123456789")}, 10, 10, false, "0123456789"},
		"empty stream is known empty": {only{strings.NewReader("")}, Unknown, 0, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := New(t.Context(), tc.r, tc.size, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.Size != tc.wantSize || s.Rewindable != tc.rewindable {
				t.Errorf("size %d, rewindable %v; want %d, %v", s.Size, s.Rewindable, tc.wantSize, tc.rewindable)
			}
			for attempt := 1; attempt <= 2; attempt++ {
				rc, err := s.Open(t.Context(), 0)
				if attempt == 2 && !tc.rewindable {
					if !errors.Is(err, ErrSpent) {
						t.Errorf("second open: error %v, want %v", err, ErrSpent)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(rc)
				if err != nil || string(got) != tc.want {
					t.Errorf("attempt %d read %q, error %v; want %q", attempt, got, err, tc.want)
				}
				rc.Close()
			}
		})
	}
}

type readerAt struct{ *strings.Reader }

func (r readerAt) Seek() {} // another signature than io.Seeker's
func (r readerAt) Len()  {} // returns no length

func TestOpenInTheMiddle(t *testing.T) {
	reopen := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("0123456789")), nil }
	for name, r := range map[string]io.Reader{"file": file(t, "ab0123456789", 2), "seeker": seekOnly{strings.NewReader("0123456789")}, "reopened": nil} {
		s, err := New(t.Context(), r, 9, reopen)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			rc, err := s.Open(t.Context(), 4)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(rc); err != nil || string(got) != "45678" {
				t.Errorf("%s: read %q, error %v", name, got, err)
			}
			rc.Close()
		}
	}
}

func TestSourceThatIsTooShortIsAnError(t *testing.T) {
	for name, r := range map[string]io.Reader{"file": file(t, "abc", 0), "stream": only{strings.NewReader("abc")}} {
		s, err := New(t.Context(), r, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(rc); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error %v, want unexpected EOF", name, err)
		}
	}
}

func TestFileThatGrowsIsCutAtItsFirstSize(t *testing.T) {
	f := file(t, "0123456789", 0)
	s, err := New(t.Context(), f, Unknown, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := os.OpenFile(f.Name(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString("more")
	w.Close()
	rc, err := s.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(rc); err != nil || string(got) != "0123456789" {
		t.Errorf("read %q, error %v", got, err)
	}
}

func TestUntouchedStreamIsNotSpent(t *testing.T) {
	s, err := New(t.Context(), only{strings.NewReader("abc")}, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // attempts that ended before they read the body
		rc, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		rc.Close()
	}
}

func TestReopen(t *testing.T) {
	opened := 0
	reopen := func() (io.ReadCloser, error) {
		opened++
		return io.NopCloser(strings.NewReader("abc")), nil
	}
	for name, tc := range map[string]struct {
		first io.Reader
		want  int // calls of reopen for three attempts
	}{"with a first reader": {only{strings.NewReader("abc")}, 2}, "without": {nil, 3}} {
		opened = 0
		s, err := New(t.Context(), tc.first, 3, reopen)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			rc, err := s.Open(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(rc); err != nil || string(got) != "abc" {
				t.Errorf("%s: read %q, error %v", name, got, err)
			}
			rc.Close()
		}
		if opened != tc.want || !s.Rewindable {
			t.Errorf("%s: opened %d times, rewindable %v", name, opened, s.Rewindable)
		}
	}
}

// net/http may still read a body after the response came. A seek during that read would mix the
// bytes of two attempts.
func TestRewindWaitsForTheAttemptBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(t.Context(), seekOnly{strings.NewReader("abc")}, Unknown, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.Open(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { first.Close(); first.Close() })
		start := time.Now()
		if _, err := s.Open(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) != time.Second {
			t.Errorf("waited %v", time.Since(start))
		}
	})
}

func TestWhatCannotBeASource(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if _, err := New(t.Context(), dir, Unknown, nil); err == nil {
		t.Error("a directory passed")
	}
	broken := errors.New("broken")
	if _, err := New(t.Context(), iotest.ErrReader(broken), Unknown, nil); !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
	if _, err := New(t.Context(), strings.NewReader(""), -7, nil); err == nil {
		t.Error("a negative size passed")
	}
}
