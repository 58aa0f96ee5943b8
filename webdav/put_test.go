package webdav_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

func etagOf(content string) string { return fmt.Sprintf(`"%x"`, md5.Sum([]byte(content))) }

func TestPutIsWhatGetReturns(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 3<<16) // 3 MiB, more than the handler holds in memory
	for name, body := range map[string]string{"empty": "", "small": "hello", "large": large} {
		t.Run(name, func(t *testing.T) {
			drive := seed(t, "folder/")
			url := serveDrive(t, drive) + "/folder/file.txt"
			r := do(t, "PUT", url, body).want(t, http.StatusCreated)
			if got := r.header.Get("ETag"); got != etagOf(body) {
				t.Errorf("ETag %s, want the MD5's %s", got, etagOf(body))
			}
			if content(drive, "folder/file.txt") != body {
				t.Error("the drive has another content")
			}
			r = do(t, "GET", url, "").want(t, http.StatusOK)
			if r.body != body || r.header.Get("ETag") != etagOf(body) || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
				t.Errorf("%d bytes, %v", len(r.body), r.header)
			}
			do(t, "GET", url, "", "If-None-Match: "+etagOf(body)).want(t, http.StatusNotModified)

			id, _ := drive.Lookup("folder/file.txt")
			r = do(t, "PUT", url, "new").want(t, http.StatusNoContent)
			if now, _ := drive.Lookup("folder/file.txt"); now != id || r.header.Get("ETag") != etagOf("new") || content(drive, "folder/file.txt") != "new" {
				t.Error("the file was not overwritten")
			}
		})
	}
}

// A client that does not know the length in advance sends chunks.
func TestPutWithoutLength(t *testing.T) {
	for name, size := range map[string]int{"empty": 0, "small": 5, "large": 3 << 20} {
		t.Run(name, func(t *testing.T) {
			drive := seed(t)
			body := strings.Repeat("x", size)
			r, err := tryDo(t.Context(), "PUT", serveDrive(t, drive)+"/f", io.MultiReader(strings.NewReader(body)), fmt.Sprintf("X-Expected-Entity-Length: %d", size))
			if err != nil || r.status != http.StatusCreated || content(drive, "f") != body {
				t.Errorf("%v, status %d %s", err, r.status, r.body)
			}
		})
	}
}

func TestBodyThatIsCutShortChangesNothing(t *testing.T) {
	chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
	for name, tc := range map[string]struct{ header, body string }{
		"small":                 {"Content-Length: 1000", strings.Repeat("x", 999)},
		"large":                 {"Content-Length: 5000000", strings.Repeat("x", 3_000_000)},
		"small, in chunks":      {"Transfer-Encoding: chunked", chunk},
		"large, in chunks":      {"Transfer-Encoding: chunked", strings.Repeat(chunk, 40)},
		"chunks that end early": {"Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 3000000", strings.Repeat(chunk, 40) + "0\r\n\r\n"},
		"chunks beyond the end": {"Transfer-Encoding: chunked\r\nX-Expected-Entity-Length: 3", chunk + "0\r\n\r\n"},
	} {
		for _, path := range []string{"new", "old", "._junk"} {
			t.Run(name+" "+path, func(t *testing.T) {
				drive := seed(t, "old")
				before := live(drive)
				url := serveDrive(t, drive)
				answer := cutShort(t, url, path, tc.header, tc.body)
				if answer != "" && !strings.Contains(answer, " 400 ") {
					t.Errorf("answered %q", answer)
				}
				if diff := cmp.Diff(before, live(drive)); diff != "" {
					t.Error(diff)
				}
				if path != "old" {
					do(t, "GET", url+"/"+path, "").want(t, http.StatusNotFound)
				}
				if now := trashed(drive); len(now) > 0 {
					t.Errorf("in the trash: %v", now)
				}
			})
		}
	}
}

// cutShort sends a body and closes its side of the connection. It returns the status line, "" if
// there is none.
func cutShort(t *testing.T, url, path, header, body string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "PUT /%s HTTP/1.1\r\nHost: drive\r\n%s\r\n\r\n", path, header)
	_, _ = io.WriteString(conn, body)
	_ = conn.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(conn)
	line, _, _ := strings.Cut(string(answer), "\r\n")
	return line
}

func TestPartOfAFileIsRefused(t *testing.T) {
	drive := seed(t, "f")
	do(t, "PUT", serveDrive(t, drive)+"/f", "abc", "Content-Range: bytes 0-2/10").want(t, http.StatusBadRequest)
	if content(drive, "f") != "content of f" {
		t.Error("the file was changed")
	}
}

func TestPreconditions(t *testing.T) {
	is := etagOf("content of f")
	for _, tc := range []struct {
		method, path, header string
		status               int
	}{
		{"PUT", "f", "If-Match: " + is, http.StatusNoContent},
		{"PUT", "f", "If-Match: *", http.StatusNoContent},
		{"PUT", "f", `If-Match: "other"`, http.StatusPreconditionFailed},
		{"PUT", "new", "If-Match: *", http.StatusPreconditionFailed},
		{"PUT", "f", "If-None-Match: *", http.StatusPreconditionFailed},
		{"PUT", "f", `If-None-Match: "a", ` + is, http.StatusPreconditionFailed},
		{"PUT", "new", "If-None-Match: *", http.StatusCreated},
		{"DELETE", "f", `If-Match: "other"`, http.StatusPreconditionFailed},
		{"DELETE", "f", "If-Match: " + is, http.StatusNoContent},
		{"MOVE", "f", `If-Match: "other"`, http.StatusPreconditionFailed},
	} {
		t.Run(tc.method+" "+tc.path+" "+tc.header, func(t *testing.T) {
			drive := seed(t, "f")
			before := live(drive)
			url := serveDrive(t, drive)
			do(t, tc.method, url+"/"+tc.path, "new", tc.header, "Destination: "+url+"/to").want(t, tc.status)
			if changed := !cmp.Equal(before, live(drive)); changed != (tc.status < 300) {
				t.Errorf("the drive was changed: %v", changed)
			}
		})
	}
}

// A small body is held in memory, so it is sent again after a refusal.
func TestSmallBodyIsSentAgain(t *testing.T) {
	drive := mocks.NewDrive()
	refused := drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 429, Times: 1})
	client := drive.Client(t.Context(), quickly())
	do(t, "PUT", serveClient(t, client)+"/f", "hello").want(t, http.StatusCreated)
	if refused.Fired() != 1 || content(drive, "f") != "hello" {
		t.Errorf("refused %d times, the drive has %q", refused.Fired(), content(drive, "f"))
	}
}

func TestRanges(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 400_000) // 4 MB
	drive := mocks.NewDrive()
	if _, err := drive.WriteFile("f.bin", data); err != nil {
		t.Fatal(err)
	}
	url := serveDrive(t, drive) + "/f.bin"
	for header, want := range map[string][]byte{
		"bytes=0-9":             data[:10],
		"bytes=1000-1999":       data[1000:2000],
		"bytes=-5":              data[len(data)-5:],
		"bytes=100000-":         data[100000:], // first in windows, then as a stream
		"bytes=1048576-3145727": data[1<<20 : 3<<20],
	} {
		drive.ClearJournal()
		r := do(t, "GET", url, "", "Range: "+header).want(t, http.StatusPartialContent)
		if r.body != string(want) {
			t.Errorf("%s: %d bytes, want %d", header, len(r.body), len(want))
		}
		// A short range needs only a window of 512 KiB. A long range needs two windows and then a
		// stream.
		downloads := 0
		for _, asked := range drive.Journal() {
			if asked.Op != "Content.Download" {
				continue
			}
			downloads++
			var first, last int64
			if _, err := fmt.Sscanf(asked.Range, "bytes=%d-%d", &first, &last); len(want) < 2000 && header != "bytes=0-9" && (err != nil || last-first >= 512<<10) {
				t.Errorf("%s: asked for %q", header, asked.Range)
			}
		}
		if downloads == 0 || downloads > 4 {
			t.Errorf("%s: %d requests", header, downloads)
		}
	}
	if r := do(t, "GET", url, "", "Range: bytes=0-1,1000000-1000001").want(t, http.StatusOK); r.body != string(data) {
		t.Errorf("several ranges: %d bytes, want the whole", len(r.body))
	}
	do(t, "GET", url, "", "Range: bytes=4000000-").want(t, http.StatusRequestedRangeNotSatisfiable)
	before := drive.Counters().ByOp["Content.Download"]
	if r := do(t, "HEAD", url, "").want(t, http.StatusOK); r.header.Get("Content-Length") != "4000000" || drive.Counters().ByOp["Content.Download"] != before {
		t.Errorf("HEAD: %v, and the content was fetched %d times", r.header, drive.Counters().ByOp["Content.Download"]-before)
	}
}

// Damaged content never looks like a complete file.
func TestDamagedContentIsNoWholeAnswer(t *testing.T) {
	drive := mocks.NewDrive()
	if _, err := drive.WriteFile("f", bytes.Repeat([]byte("x"), 300_000)); err != nil {
		t.Fatal(err)
	}
	if _, err := drive.WriteFile("small", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	fault := drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true})
	url := serveDrive(t, drive)
	r, err := tryDo(t.Context(), "GET", url+"/f", nil)
	if err == nil || fault.Fired() == 0 {
		t.Errorf("status %d with %d bytes and no error, fault fired %d times", r.status, len(r.body), fault.Fired())
	}
	do(t, "GET", url+"/small", "").want(t, http.StatusBadGateway)
}
