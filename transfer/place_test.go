package transfer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// lying answers some calls itself. It reads the body of the request, as a server does.
type lying struct {
	next   http.RoundTripper
	answer func(op string, req *http.Request) (status int, body string) // status 0: next answers
}

func (l lying) RoundTrip(req *http.Request) (*http.Response, error) {
	op, _ := acd.OperationFromContext(req.Context())
	status, body := l.answer(op.Name, req)
	if status == 0 {
		return l.next.RoundTrip(req)
	}
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
		req.Body.Close()
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func nodeJSON(t testing.TB, drive *mocks.Drive, path string) string {
	t.Helper()
	id, ok := drive.Lookup(path)
	if !ok {
		t.Fatalf("no %s", path)
	}
	n, err := drive.Client(t.Context()).Nodes.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Responses name other nodes. Whatever node they name, nothing outside of the target folder is
// changed.
func TestAnswersThatNameAnotherNode(t *testing.T) {
	conflict := func(drive *mocks.Drive, path string) (int, string) {
		id, _ := drive.Lookup(path)
		return 409, fmt.Sprintf(`{"code":"NAME_ALREADY_EXISTS","message":"exists","info":{"nodeId":%q}}`, id)
	}
	for name, tc := range map[string]struct {
		answer func(drive *mocks.Drive, op string) (int, string)
		fails  bool
	}{
		"a refusal names a file of another folder": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return conflict(drive, "other/precious.txt")
			}
			return 0, ""
		}, true},
		"a refusal names a file of the same name in another folder": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return conflict(drive, "other/new.txt")
			}
			return 0, ""
		}, true},
		"a refusal names a folder": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return conflict(drive, "other")
			}
			return 0, ""
		}, true},
		"a success names another file": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return 201, nodeJSON(t, drive, "other/precious.txt")
			}
			return 0, ""
		}, true},
		"a success names an equal file of old": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return 201, nodeJSON(t, drive, "other/equal.txt")
			}
			return 0, ""
		}, true},
		"a success names an equal file of old in the same folder": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Upload" {
				return 201, nodeJSON(t, drive, "b/old equal.txt")
			}
			return 0, ""
		}, true},
		"an overwrite names another file": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Content.Overwrite" {
				return 200, nodeJSON(t, drive, "other/equal.txt")
			}
			return 0, ""
		}, true},
		"a new folder is another one": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Nodes.CreateFolder" {
				return 201, nodeJSON(t, drive, "other")
			}
			return 0, ""
		}, true},
		"a folder that is refused is another one": {func(drive *mocks.Drive, op string) (int, string) {
			if op == "Nodes.CreateFolder" {
				return conflict(drive, "other/sub")
			}
			return 0, ""
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, files{"new.txt": "content", "sub/inner.txt": "content", "changed.txt": "content"})
			drive := mocks.NewDrive()
			seed(t, drive, files{"other/precious.txt": "precious", "other/new.txt": "another", "other/equal.txt": "content",
				"other/sub/x": "x", "b/old equal.txt": "content", "b/changed.txt": "before"})
			others := remote(t, drive, "other")
			client := drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}), acd.WithUploadWaitPerGiB(0),
				acd.WithHTTPClient(&http.Client{Transport: lying{drive, func(op string, _ *http.Request) (int, string) { return tc.answer(drive, op) }}}))
			report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 1})
			if (err != nil) != tc.fails || report.Seen() < 2 {
				t.Errorf("error %v, report %+v", err, report)
			}
			equal(t, others, remote(t, drive, "other"))
			if got := remote(t, drive, "b")["old equal.txt"]; got != "content" {
				t.Errorf("the old file is gone: %q", got)
			}
			if n := len(drive.Snapshot().Trash); n > 0 {
				t.Errorf("%d nodes were trashed", n)
			}
		})
	}
}

// If the drive refuses a file because it has the content in another folder, the file is not in the
// target folder. It is a failure, not identical.
func TestDeduplicatedFileIsNotIdentical(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a.txt": "same", "b.txt": "other"})
	drive := mocks.NewDrive()
	seed(t, drive, files{"elsewhere/twin.txt": "same", "b/": ""})
	id, _ := drive.Lookup("elsewhere/twin.txt")
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{UploadOptions: []acd.UploadOption{acd.WithDeduplication()}})
	if !errors.Is(err, acd.ErrExists) || report.Identical != 0 || report.Failed != 1 || report.Copied != 1 {
		t.Errorf("error %v, report %+v", err, report)
	}
	if err == nil || !strings.Contains(err.Error(), "a.txt") || !strings.Contains(err.Error(), "twin.txt") || !strings.Contains(err.Error(), id) {
		t.Errorf("the error does not name both: %v", err)
	}
	equal(t, files{"b.txt": "other"}, remote(t, drive, "b"))
}

// A node that was listed may be moved or changed before its turn comes.
func TestNodesThatMoveAfterTheListing(t *testing.T) {
	moves := map[string]func(c *acd.Client, drive *mocks.Drive, id string) error{
		"moved away": func(c *acd.Client, drive *mocks.Drive, id string) error {
			from, _ := drive.Lookup("b")
			to, _ := drive.Lookup("other")
			_, err := c.Nodes.Move(t.Context(), id, from, to)
			return err
		},
		"renamed": func(c *acd.Client, _ *mocks.Drive, id string) error {
			_, err := c.Nodes.Rename(t.Context(), id, "renamed")
			return err
		},
		"in another folder too": func(c *acd.Client, drive *mocks.Drive, id string) error {
			to, _ := drive.Lookup("other")
			_, err := c.Nodes.AddParent(t.Context(), id, to)
			return err
		},
		"rewritten": func(c *acd.Client, drive *mocks.Drive, id string) error {
			n, err := c.Nodes.Get(t.Context(), id)
			if err == nil {
				_, err = c.Content.Overwrite(t.Context(), n, strings.NewReader("by another program"))
			}
			return err
		},
	}
	for name, move := range moves {
		t.Run("mirror, "+name, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, files{"keep": "k", "last": "l"})
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/keep": "k", "b/extra": "precious", "other/": ""})
			id, _ := drive.Lookup("b/extra")
			report, _ := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true, Workers: 1, OnEvent: func(e transfer.Event) {
				if e.Path == "last" {
					if err := move(drive.Client(t.Context()), drive, id); err != nil {
						t.Error(err)
					}
				}
			}})
			if report.Trashed > 0 || len(drive.Snapshot().Trash) > 0 || report.Failed+report.LeftOut != 1 {
				t.Errorf("report %+v", report)
			}
		})
	}
	for _, name := range []string{"moved away", "renamed"} {
		t.Run("overwrite, "+name, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, files{"a": "first", "victim": "new content"})
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/victim": "precious", "other/": ""})
			id, _ := drive.Lookup("b/victim")
			report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Workers: 1, OnEvent: func(e transfer.Event) {
				if e.Path == "a" {
					if err := moves[name](drive.Client(t.Context()), drive, id); err != nil {
						t.Error(err)
					}
				}
			}})
			if err == nil || report.Failed != 1 || !strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), `"victim"`) {
				t.Errorf("error %v, report %+v", err, report)
			}
			if n := drive.Counters().ByOp["Content.Overwrite"]; n > 0 {
				t.Error("it was overwritten")
			}
		})
	}
}
