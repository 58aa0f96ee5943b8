package mocks_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// If the pages have no tokens, as at Amazon Photos, a client that pages by offset still reads the
// whole listing.
func TestPagesWithoutTokens(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithoutPageTokens())
	for i := range 412 {
		if _, err := drive.WriteFile(fmt.Sprint("f", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	resp := ask(t, drive, "https://meta.test/drive/v1/nodes?filters=kind:FILE")
	if strings.Contains(resp, "nextToken") || !strings.Contains(resp, `"count":412`) {
		t.Errorf("%.100s", resp)
	}
	seen := 0
	for _, err := range drive.Client(t.Context()).Nodes.Children(t.Context(), acd.RootID, acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
	}
	if seen != 412 {
		t.Errorf("%d nodes", seen)
	}
}

func ask(t *testing.T, drive *mocks.Drive, url string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, url, nil)
	token, err := drive.TokenSource().Token()
	if err != nil {
		t.Fatal(err)
	}
	token.SetAuthHeader(req)
	w := httptest.NewRecorder()
	drive.ServeHTTP(w, req)
	return w.Body.String()
}

// Rewrite changes only what the response says. What the drive has done stays.
func TestRewriteChangesWhatIsSaid(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("f", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	client := drive.Client(t.Context())
	drive.Inject(mocks.Fault{Op: mocks.OpNodesGet, Times: 1, Rewrite: func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"version":1,`), []byte(`"version":"1","createdDate":"0000-00-00",`), 1)
	}})
	n, err := client.Nodes.Get(t.Context(), id)
	if err != nil || n.Version != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	// If the response is about another node, the client does not take that node for the new folder.
	drive.Inject(mocks.Fault{Op: mocks.OpNodesCreateFolder, Times: 1, Rewrite: func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"name":"new"`), []byte(`"name":"precious"`), 1)
	}})
	if n, err := client.Nodes.CreateFolder(t.Context(), acd.RootID, "new"); err != nil || n.Name != "new" {
		t.Errorf("%+v, %v", n, err) // the client has read the node again by its id
	}
	if _, ok := drive.Snapshot().Tree["new"]; !ok {
		t.Error("the folder was not made")
	}
}

// If the response to an upload is lost, the client recognizes its own file, even if the clocks of
// the hosts are wrong or disagree.
func TestClocksThatDoNotAgree(t *testing.T) {
	for name, skew := range map[string][2]time.Duration{
		"right": {}, "metadata ahead": {2 * time.Second, 0}, "an hour ahead": {time.Hour, 0}, "content behind": {0, -time.Hour}, "apart": {time.Minute, -time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(mocks.WithClockSkew(skew[0], skew[1]))
				drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, At: mocks.AfterBody, Reset: true, Commit: true, Times: 1})
				n, err := drive.Client(t.Context()).Content.Upload(t.Context(), acd.RootID, "f", strings.NewReader("x"))
				if err != nil || n.Name != "f" {
					t.Errorf("%+v, %v", n, err)
				}
				if errors.Is(err, acd.ErrExists) {
					t.Error("our own file is a stranger's")
				}
			})
		})
	}
}

// A node of another application or another user shows its origin. A restricted node is not shown at
// all.
func TestNodesOfOthers(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithApp("mine"))
	ids := map[string]string{}
	for path, o := range map[string]mocks.Origin{
		"mine": {}, "other app": {App: "theirs"}, "other user": {OwnerID: "A1USER"}, "hidden": {App: "theirs", Restricted: true}, "own secret": {App: "mine", Restricted: true},
	} {
		id, err := drive.WriteFile(path, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		ids[path] = id
		if err := drive.SetOrigin(path, o); err != nil {
			t.Fatal(err)
		}
	}
	client := drive.Client(t.Context())
	seen := map[string]*acd.Node{}
	for n, err := range client.Nodes.Children(t.Context(), acd.RootID, acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[n.Name] = n
	}
	if len(seen) != 4 || seen["hidden"] != nil {
		t.Errorf("seen: %v", seen)
	}
	if seen["mine"].CreatedBy != "mine" || seen["other app"].CreatedBy != "theirs" || seen["other user"].OwnerID != "A1USER" || !seen["own secret"].Restricted {
		t.Errorf("%+v", seen)
	}
	if _, err := client.Nodes.Get(t.Context(), ids["hidden"]); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("the hidden one by its id: %v", err)
	}
	if err := drive.SetOrigin("nowhere", mocks.Origin{}); err == nil {
		t.Error("a node that is not there was changed")
	}
}
