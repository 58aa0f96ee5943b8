package webdav_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/webdav"
)

// listed returns the decoded paths that a PROPFIND shows.
func listed(t *testing.T, address string) (paths []string) {
	t.Helper()
	body := do(t, "PROPFIND", address, "", "Depth: 1").want(t, http.StatusMultiStatus).body
	var multi struct {
		Response []struct {
			Href string `xml:"DAV: href"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal([]byte(body), &multi); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	for _, r := range multi.Response {
		path, err := url.PathUnescape(r.Href)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestListingCostsOneRequestAndNoContent(t *testing.T) {
	drive := mocks.NewDrive()
	for i := range 100 {
		if _, err := drive.WriteFile(fmt.Sprintf("a/b/file %02d.unknown", i), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	url := serveDrive(t, drive)
	if got := listed(t, url+"/a/b"); len(got) != 101 || got[0] != "/a/b/" || got[1] != "/a/b/file 00.unknown" {
		t.Errorf("%d paths: %v", len(got), got)
	}
	for i := range 100 { // a client asks for each file separately, and for the files that macOS may have written beside it
		do(t, "PROPFIND", fmt.Sprintf("%s/a/b/file%%20%02d.unknown", url, i), "", "Depth: 0").want(t, http.StatusMultiStatus)
		do(t, "PROPFIND", fmt.Sprintf("%s/a/b/._file%%20%02d.unknown", url, i), "", "Depth: 0").want(t, http.StatusNotFound)
	}
	fresh := serveDrive(t, drive) // it has not listed the folder
	for i := range 100 {
		do(t, "PROPFIND", fmt.Sprintf("%s/a/b/._file%%20%02d.unknown", fresh, i), "", "Depth: 0").want(t, http.StatusNotFound)
	}
	c := drive.Counters()
	if c.ByOp["Content.Download"] != 0 || c.Requests > 15 {
		t.Errorf("%d requests: %v", c.Requests, c.ByOp)
	}
}

// A folder that cannot be read must not look like an empty one. Otherwise a program that mirrors it
// would delete its own files.
func TestFolderThatCannotBeReadIsNotEmpty(t *testing.T) {
	for _, status := range []int{401, 403, 429, 500, 503} {
		drive := seed(t, "folder/a", "folder/b")
		url := serveDrive(t, drive)
		listed(t, url) // now the folder is known, but not its content
		fault := drive.Inject(mocks.Fault{Op: "Nodes.Children", Status: status})
		r := do(t, "PROPFIND", url+"/folder", "", "Depth: 1")
		if r.status < 400 || fault.Fired() == 0 || strings.Contains(r.body, "multistatus") {
			t.Errorf("after %d: status %d %s", status, r.status, r.body)
		}
	}
}

func TestAllLevelsAtOnceAreRefused(t *testing.T) {
	url := serveDrive(t, seed(t, "folder/a"))
	for _, headers := range [][]string{{"Depth: infinity"}, nil} {
		r := do(t, "PROPFIND", url, "", headers...).want(t, http.StatusForbidden)
		if !strings.Contains(r.body, "propfind-finite-depth") {
			t.Errorf("%s", r.body)
		}
	}
}

func TestFailuresOfTheDrive(t *testing.T) {
	type failure struct {
		op     mocks.Op
		method string
		path   string
	}
	put, get, remove := failure{"Content.Upload", "PUT", "new"}, failure{"Content.Download", "GET", "f"}, failure{"Nodes.Trash", "DELETE", "f"}
	mkcol, move := failure{"Nodes.CreateFolder", "MKCOL", "new"}, failure{"Nodes.Update", "MOVE", "f"}
	for _, tc := range []struct {
		failure
		fault      mocks.Fault
		status     int
		retryAfter string
		logged     string
	}{
		{put, mocks.Fault{Status: 403, Body: `{"code":"NO_SPACE"}`}, 403, "", ""},
		{put, mocks.Fault{Status: 401}, 502, "", "level=ERROR"},
		{put, mocks.Fault{Status: 403}, 403, "", ""},
		{put, mocks.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, 503, "7", "level=WARN"},
		{put, mocks.Fault{Status: 400}, 503, "10", "level=WARN"}, // the response of the service when it has lost its state
		{put, mocks.Fault{Status: 409}, 409, "", ""},
		{get, mocks.Fault{Status: 401}, 502, "", "level=ERROR"},
		{get, mocks.Fault{Status: 403}, 403, "", ""},
		{get, mocks.Fault{Status: 404}, 404, "", ""},
		{get, mocks.Fault{Status: 429}, 503, "10", "level=WARN"},
		{get, mocks.Fault{Reset: true}, 503, "10", "level=WARN"},
		{remove, mocks.Fault{Status: 401}, 502, "", "level=ERROR"},
		{remove, mocks.Fault{Status: 403}, 403, "", ""},
		{remove, mocks.Fault{Status: 404}, 404, "", ""},
		{remove, mocks.Fault{Status: 503}, 503, "10", "level=WARN"},
		{remove, mocks.Fault{Status: 429}, 503, "10", "level=WARN"},
		{mkcol, mocks.Fault{Status: 401}, 502, "", "level=ERROR"},
		{mkcol, mocks.Fault{Status: 409}, 405, "", ""},
		{move, mocks.Fault{Status: 409}, 409, "", ""},
		{move, mocks.Fault{Status: 429}, 503, "10", "level=WARN"},
	} {
		t.Run(fmt.Sprint(tc.method, " ", tc.fault.Status), func(t *testing.T) {
			drive := seed(t, "f")
			before := live(drive)
			var log bytes.Buffer
			url := serveDrive(t, drive, webdav.WithPrefix("/secret"), webdav.WithLogger(slog.New(slog.NewTextHandler(&log, nil)))) + "/secret/"
			tc.fault.Op = tc.op
			fault := drive.Inject(tc.fault)
			r := do(t, tc.method, url+tc.path, bodyOf(tc.method), "Destination: "+url+"to").want(t, tc.status)
			if fault.Fired() == 0 || r.header.Get("Retry-After") != tc.retryAfter || !strings.Contains(log.String(), tc.logged) || (log.Len() > 0) != (tc.logged != "") {
				t.Errorf("fault fired %d times, Retry-After %q, log %q", fault.Fired(), r.header.Get("Retry-After"), log.String())
			}
			if strings.Contains(log.String()+r.body, "secret") {
				t.Errorf("the prefix is in the log or the answer: %s %s", log.String(), r.body)
			}
			if diff := cmp.Diff(before, live(drive)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func bodyOf(method string) string {
	if method == "PUT" {
		return "content"
	}
	return ""
}

func TestFullAccount(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithQuota(10))
	url := serveDrive(t, drive)
	do(t, "PUT", url+"/f", "0123456789").want(t, http.StatusCreated)
	do(t, "PUT", url+"/g", "more").want(t, http.StatusInsufficientStorage)
	do(t, "PUT", url+"/f", strings.Repeat("x", 50)).want(t, http.StatusInsufficientStorage)
	if content(drive, "f") != "0123456789" || content(drive, "g") != "nothing" {
		t.Error("the drive was changed")
	}
}

func TestWhatIsNotThere(t *testing.T) {
	for _, tc := range []struct {
		method, path, to string
		status           int
	}{
		{"GET", "none", "", 404},
		{"HEAD", "f/below", "", 404},
		{"GET", "folder", "", 405},
		{"PROPFIND", "none", "", 404},
		{"PROPPATCH", "none", "", 404},
		{"DELETE", "none", "", 404},
		{"DELETE", "", "", 403},
		{"PUT", "none/f", "", 409},
		{"PUT", "f/below", "", 409},
		{"PUT", "folder", "", 405},
		{"PUT", "", "", 403},
		{"MKCOL", "none/new", "", 409},
		{"MKCOL", "f", "", 405},
		{"MKCOL", "folder", "", 405},
		{"MKCOL", "", "", 403},
		{"MOVE", "none", "to", 404},
		{"MOVE", "f", "none/to", 409},
		{"MOVE", "f", "f", 403},
		{"MOVE", "folder", "folder/in", 403},
		{"MOVE", "folder/in", "folder", 403},
		{"MOVE", "", "to", 403},
		{"MOVE", "f", "", 403},
		{"COPY", "none", "to", 404},
		{"COPY", "f", "none/to", 409},
		{"COPY", "folder", "none/to", 409},
		{"COPY", "f", "F", 403},
		{"COPY", "folder", "FOLDER/in", 403},
		{"COPY", "folder/in", "folder", 403},
		{"POST", "f", "", 405},
		{"BREW", "f", "", 400},
	} {
		t.Run(tc.method+" "+tc.path+" "+tc.to, func(t *testing.T) {
			drive := seed(t, "f", "folder/in/deep")
			before := live(drive)
			url := serveDrive(t, drive) + "/"
			do(t, tc.method, url+tc.path, bodyOf(tc.method), "Depth: infinity", "Destination: "+url+tc.to, "Depth: "+map[bool]string{true: "0", false: "infinity"}[tc.method == "PROPFIND"]).want(t, tc.status)
			if diff := cmp.Diff(before, live(drive)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDestinationsElsewhere(t *testing.T) {
	drive := seed(t, "f")
	before := live(drive)
	url := serveDrive(t, drive, webdav.WithPrefix("/in/")) + "/in/f"
	for destination, status := range map[string]int{
		"http://other.example/in/to": 502, "/out/to": 502, "/inside/to": 502, "": 400, "%zz": 400, "/in/../to": 502,
	} {
		do(t, "MOVE", url, "", "Destination: "+destination).want(t, status)
	}
	if diff := cmp.Diff(before, live(drive)); diff != "" {
		t.Error(diff)
	}
	do(t, "MOVE", url, "", "Destination: /in/to").want(t, http.StatusCreated) // a Destination without a host
}

func TestDeletedIsInTheTrash(t *testing.T) {
	drive := seed(t, "f", "folder/deep/g", "stays")
	url := serveDrive(t, drive)
	do(t, "DELETE", url+"/f", "").want(t, http.StatusNoContent)
	do(t, "DELETE", url+"/folder/", "").want(t, http.StatusNoContent)
	if diff := cmp.Diff([]string{"/", "/stays"}, listed(t, url)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"f", "folder", "folder/deep", "folder/deep/g"}, trashed(drive)); diff != "" {
		t.Error(diff)
	}
}

// If a file in several folders is deleted, it stays in the other folders.
func TestFileInSeveralFolders(t *testing.T) {
	drive := seed(t, "a/f", "b/")
	client := drive.Client(t.Context())
	id, _ := drive.Lookup("a/f")
	b, _ := drive.Lookup("b")
	if _, err := client.Nodes.AddParent(t.Context(), id, b); err != nil {
		t.Fatal(err)
	}
	url := serveDrive(t, drive)
	do(t, "MOVE", url+"/b/f", "", "Destination: "+url+"/b/g").want(t, http.StatusForbidden)
	if content(drive, "a/f") != "content of a/f" || content(drive, "b/f") != "content of a/f" {
		t.Fatalf("%v", drive.Snapshot().Paths())
	}
	do(t, "DELETE", url+"/b/f", "").want(t, http.StatusNoContent)
	if content(drive, "a/f") != "content of a/f" || content(drive, "b/f") != "nothing" || len(trashed(drive)) > 0 {
		t.Errorf("%v, trash %v", drive.Snapshot().Paths(), trashed(drive))
	}
}

func TestRootFolder(t *testing.T) {
	drive := seed(t, "served/in", "outside")
	id, _ := drive.Lookup("served")
	url := serveDrive(t, drive, webdav.WithRoot(id))
	if diff := cmp.Diff([]string{"/", "/in"}, listed(t, url)); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"/../outside", "/in/../../outside", "/%2e%2e/outside", "/..%2foutside"} {
		do(t, "GET", url+path, "").want(t, http.StatusNotFound)
	}
	do(t, "PUT", url+"/../new", "x").want(t, http.StatusCreated)
	if content(drive, "served/new") != "x" {
		t.Errorf("%v", drive.Snapshot().Paths())
	}
	gone := serveDrive(t, drive, webdav.WithRoot(mustLookup(t, drive, "outside")))
	do(t, "PROPFIND", gone, "", "Depth: 0").want(t, http.StatusNotFound)
}

func mustLookup(t *testing.T, drive *mocks.Drive, path string) string {
	t.Helper()
	id, ok := drive.Lookup(path)
	if !ok {
		t.Fatalf("there is no %s", path)
	}
	return id
}

func TestPrefix(t *testing.T) {
	drive := seed(t, "folder/f")
	url := serveDrive(t, drive, webdav.WithPrefix("a b/c/"))
	if diff := cmp.Diff([]string{"/a b/c/folder/", "/a b/c/folder/f"}, listed(t, url+"/a%20b/c/folder")); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"/", "/folder/f", "/a%20b/cfolder/f", "/a%20b/c%20/folder/f", "/a%20b"} {
		do(t, "GET", url+path, "").want(t, http.StatusNotFound)
	}
}

// The drive compares names without case, and a composed character is the same as a decomposed one.
func TestNamesAreComparedAsTheDriveDoes(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	drive := seed(t, composed+"/Read Me.txt")
	url := serveDrive(t, drive)
	for _, path := range []string{composed + "/Read Me.txt", decomposed + "/read me.TXT"} {
		u := url + "/" + (&urlPath{path}).String()
		if r := do(t, "GET", u, "").want(t, 200); r.body != "content of "+composed+"/Read Me.txt" {
			t.Errorf("%q: %s", path, r.body)
		}
	}
	do(t, "PUT", url+"/"+(&urlPath{decomposed + "/READ ME.txt"}).String(), "new").want(t, http.StatusNoContent)
	if content(drive, composed+"/Read Me.txt") != "new" || len(live(drive)) != len(seedPaths(drive)) {
		t.Errorf("%v", drive.Snapshot().Paths())
	}
	// A file whose name only changes its case can be moved, with Overwrite T or F: it does not
	// conflict with itself.
	for _, overwrite := range []string{"T", "F"} {
		name := "renamed " + overwrite
		do(t, "PUT", url+"/"+(&urlPath{name}).String(), "x").want(t, http.StatusCreated)
		do(t, "MOVE", url+"/"+(&urlPath{name}).String(), "", "Overwrite: "+overwrite, "Destination: "+url+"/"+(&urlPath{strings.ToUpper(name)}).String()).want(t, http.StatusCreated)
		if paths := drive.Snapshot().Paths(); !slices.Contains(paths, strings.ToUpper(name)) {
			t.Errorf("%v", paths)
		}
	}
	if got := trashed(drive); len(got) > 0 {
		t.Errorf("in the trash: %v", got)
	}
}

type urlPath struct{ path string }

func (p *urlPath) String() string { return (&url.URL{Path: p.path}).EscapedPath() }

func seedPaths(drive *mocks.Drive) []string { return drive.Snapshot().Paths() }

// Every name that the drive can hold is shown as one element of a path, and can be requested by
// this path.
func TestOddNames(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	want := map[string]string{}
	for _, name := range []string{"a/b", "a\uff0fb", "..", ".", "...", "%2e%2e", "back\\slash", "bytes \xff", "<&>\"'", "new\nline", "q?u#e", " space ", "\u202eright to left", strings.Repeat("n", 250)} {
		if _, err := client.Content.Upload(t.Context(), "", name, strings.NewReader("content of "+name)); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		want["content of "+name] = name
	}
	base := serveDrive(t, drive)
	paths := listed(t, base)
	if len(paths) != len(want)+1 {
		t.Fatalf("%d paths of %d: %q", len(paths), len(want)+1, paths)
	}
	for _, path := range paths[1:] {
		u := base + (&url.URL{Path: path}).EscapedPath()
		r := do(t, "GET", u, "").want(t, 200)
		if alone := do(t, "GET", serveDrive(t, drive)+u[len(base):], "").want(t, 200); alone.body != r.body { // from a server that has not listed the folder
			t.Errorf("%q holds %q, or %q", path, r.body, alone.body)
		}
		if _, ok := want[r.body]; !ok || strings.Count(path, "/") != 1 {
			t.Errorf("%q holds %q", path, r.body)
		}
		delete(want, r.body)
		do(t, "PUT", u, "new").want(t, http.StatusNoContent)
		do(t, "MOVE", u, "", "Destination: "+base+"/moved").want(t, http.StatusCreated)
		do(t, "MOVE", base+"/moved", "", "Destination: "+u).want(t, http.StatusCreated)
		do(t, "DELETE", u, "").want(t, http.StatusNoContent)
	}
	if len(want) > 0 {
		t.Errorf("not shown: %q", want)
	}
	if left := listed(t, base); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
	do(t, "PUT", base+"/"+strings.Repeat("n", 2000), "x").want(t, http.StatusBadRequest)
	do(t, "PROPFIND", base+strings.Repeat("/a", 5000), "", "Depth: 0").want(t, http.StatusNotFound)
	do(t, "PUT", base+"/nul%00", "x").want(t, http.StatusCreated)
	do(t, "GET", base+"/nul%00", "").want(t, http.StatusOK)
}

// A web page in a file must not run as a page of this server, because it could read the secret
// address.
func TestFilesAreNoPagesOfTheServer(t *testing.T) {
	r := do(t, "GET", serveDrive(t, seed(t, "page.html"))+"/page.html", "").want(t, 200)
	if !strings.HasPrefix(r.header.Get("Content-Security-Policy"), "sandbox") || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%v", r.header)
	}
}

// A change by another program is seen after a few seconds. A change through the server is seen at
// once.
func TestChangesAreSeen(t *testing.T) {
	drive := seed(t, "folder/a")
	url := serveClient(t, drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1})))
	listed(t, url+"/folder")
	do(t, "PUT", url+"/folder/b", "x").want(t, 201)
	do(t, "MKCOL", url+"/folder/c", "").want(t, 201)
	do(t, "MOVE", url+"/folder/a", "", "Destination: "+url+"/folder/c/a").want(t, 201)
	do(t, "COPY", url+"/folder/b", "", "Destination: "+url+"/folder/d").want(t, 201)
	do(t, "DELETE", url+"/folder/b", "").want(t, 204)
	if diff := cmp.Diff([]string{"/folder/", "/folder/c/", "/folder/d"}, listed(t, url+"/folder")); diff != "" {
		t.Error(diff)
	}
}
