package webdav_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

func TestWhatMacOSWritesBesideFilesStaysInMemory(t *testing.T) {
	drive := seed(t, "folder/f", "folder/._old")
	before := live(drive)
	url := serveDrive(t, drive)
	do(t, "PUT", url+"/folder/._f", "resource fork").want(t, 201)
	do(t, "PUT", url+"/folder/.DS_Store", "positions").want(t, 201)
	do(t, "PUT", url+"/folder/.DS_Store", "new positions").want(t, 204)
	if r := do(t, "GET", url+"/folder/.DS_Store", "").want(t, 200); r.body != "new positions" || r.header.Get("ETag") != etagOf("new positions") {
		t.Errorf("%s %v", r.body, r.header)
	}
	if diff := cmp.Diff([]string{"/folder/", "/folder/.DS_Store", "/folder/._f", "/folder/._old", "/folder/f"}, listed(t, url+"/folder")); diff != "" {
		t.Error(diff)
	}
	do(t, "MOVE", url+"/folder/._f", "", "Destination: "+url+"/folder/._g").want(t, 201)
	do(t, "COPY", url+"/folder/._g", "", "Destination: "+url+"/folder/._h").want(t, 201)
	do(t, "DELETE", url+"/folder/._h", "").want(t, 204)
	do(t, "GET", url+"/folder/._h", "").want(t, 404)
	do(t, "GET", url+"/folder/._f", "").want(t, 404)
	if r := do(t, "GET", url+"/folder/._g", "").want(t, 200); r.body != "resource fork" {
		t.Error(r.body)
	}
	do(t, "PUT", url+"/none/._f", "x").want(t, http.StatusConflict)
	if diff := cmp.Diff(before, live(drive)); diff != "" {
		t.Errorf("the drive was changed: %s", diff)
	}
	// A file of this kind that is on the drive is read from the drive and removed from the drive.
	if r := do(t, "GET", url+"/folder/._old", "").want(t, 200); r.body != "content of folder/._old" {
		t.Error(r.body)
	}
	do(t, "DELETE", url+"/folder/._old", "").want(t, 204)
	if content(drive, "folder/._old") != "nothing" {
		t.Error("it is still on the drive")
	}
	// If such a file gets another name, it moves to the drive.
	do(t, "MOVE", url+"/folder/._g", "", "Destination: "+url+"/folder/g").want(t, 201)
	if content(drive, "folder/g") != "resource fork" {
		t.Errorf("%v", drive.Snapshot().Paths())
	}
	do(t, "GET", url+"/folder/._g", "").want(t, 404)
	// The files in memory move with their folder.
	do(t, "MOVE", url+"/folder", "", "Destination: "+url+"/moved").want(t, 201)
	do(t, "GET", url+"/moved/.DS_Store", "").want(t, 200)
}

func TestMemoryIsBounded(t *testing.T) {
	drive := mocks.NewDrive()
	url := serveDrive(t, drive)
	do(t, "PUT", url+"/._large", strings.Repeat("x", 4<<20+1)).want(t, http.StatusInsufficientStorage)
	body := strings.Repeat("x", 4<<20)
	for i := range 9 { // one more than memory has room for
		do(t, "PUT", fmt.Sprintf("%s/._%d", url, i), body).want(t, 201)
	}
	do(t, "GET", url+"/._0", "").want(t, 404)
	for i := 1; i < 9; i++ {
		do(t, "HEAD", fmt.Sprintf("%s/._%d", url, i), "").want(t, 200)
	}
	if len(live(drive)) != 0 {
		t.Error("something is on the drive")
	}
}

const lockBody = `<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>`

// LOCK of a free name makes an empty file. It stays in memory until content is written to it.
func TestLockOfAFreeName(t *testing.T) {
	drive := seed(t, "folder/")
	url := serveDrive(t, drive)
	r := do(t, "LOCK", url+"/folder/new", lockBody, "Timeout: Infinite").want(t, 201)
	token := r.header.Get("Lock-Token")
	if !strings.Contains(r.body, "Second-3600") {
		t.Errorf("a lock without an end: %s", r.body)
	}
	if len(live(drive)) != 1 {
		t.Errorf("on the drive: %v", drive.Snapshot().Paths())
	}
	if diff := cmp.Diff([]string{"/folder/", "/folder/new"}, listed(t, url+"/folder")); diff != "" {
		t.Error(diff)
	}
	if r := do(t, "GET", url+"/folder/new", "").want(t, 200); r.body != "" {
		t.Error(r.body)
	}
	do(t, "PROPPATCH", url+"/folder/new", patchOf("colour", "red"), "If: ("+token+")").want(t, 207)
	do(t, "PUT", url+"/folder/new", "x").want(t, http.StatusLocked)
	do(t, "PUT", url+"/FOLDER/New", "x").want(t, http.StatusLocked) // on the drive this is the same file
	do(t, "PROPPATCH", url+"/Folder/NEW", patchOf("colour", "red"), "If: ("+token+")").want(t, 207)
	do(t, "PUT", url+"/folder/new", "content", "If: ("+token+")").want(t, 204)
	if content(drive, "folder/new") != "content" {
		t.Errorf("%v", drive.Snapshot().Paths())
	}
	if got := property(t, url+"/folder/new", "colour"); got != "red" {
		t.Errorf("its property is %q", got)
	}
	do(t, "UNLOCK", url+"/folder/new", "", "Lock-Token: "+token).want(t, 204)
	do(t, "DELETE", url+"/folder/new", "").want(t, 204)
	do(t, "GET", url+"/folder/new", "").want(t, 404)
	do(t, "LOCK", url+"/none/new", lockBody).want(t, http.StatusConflict)
}

func TestLockTimeouts(t *testing.T) {
	url := serveDrive(t, seed(t, "f"))
	for asked, want := range map[string]string{
		"Second-10": "Second-10", "Second-3600": "Second-3600", "Second-3601": "Second-3600", "Infinite, Second-10": "Second-3600",
		"": "Second-3600", "nonsense": "Second-3600", "Second-99999999999999999999": "Second-3600", "Second--1": "Second-3600",
	} {
		r := do(t, "LOCK", url+"/f", lockBody, "Timeout: "+asked).want(t, 200)
		if !strings.Contains(r.body, ">"+want+"<") {
			t.Errorf("%q: %s", asked, r.body)
		}
		do(t, "UNLOCK", url+"/f", "", "Lock-Token: "+r.header.Get("Lock-Token")).want(t, 204)
	}
}

func patchOf(name, value string) string {
	return `<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><Z:` + name + ` xmlns:Z="urn:z">` + value + `</Z:` + name + `></D:prop></D:set></D:propertyupdate>`
}

// property returns the value of a property of a file, or "none".
func property(t *testing.T, url, name string) string {
	t.Helper()
	r := do(t, "PROPFIND", url, `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><Z:`+name+` xmlns:Z="urn:z"/></D:prop></D:propfind>`, "Depth: 0").want(t, 207)
	if m := regexp.MustCompile(`xmlns="urn:z">([^<]*)</` + name).FindStringSubmatch(r.body); m != nil && strings.Contains(r.body, "200 OK") {
		return m[1]
	}
	return "none"
}

func TestPropertiesStayWithTheirFile(t *testing.T) {
	drive := seed(t, "f", "folder/")
	before := live(drive)
	url := serveDrive(t, drive)
	for _, path := range []string{"/f", "/folder"} {
		do(t, "PROPPATCH", url+path, patchOf("colour", "red")).want(t, 207)
	}
	if diff := cmp.Diff(before, live(drive)); diff != "" {
		t.Error(diff)
	}
	do(t, "COPY", url+"/f", "", "Destination: "+url+"/copy").want(t, 201)
	do(t, "MOVE", url+"/f", "", "Destination: "+url+"/folder/moved").want(t, 201)
	do(t, "PUT", url+"/folder/moved", "new content").want(t, 204)
	for _, path := range []string{"/copy", "/folder/moved", "/folder"} {
		if got := property(t, url+path, "colour"); got != "red" {
			t.Errorf("%s: %q", path, got)
		}
	}
	do(t, "PROPPATCH", url+"/copy", strings.NewReplacer("D:set", "D:remove").Replace(patchOf("colour", ""))).want(t, 207)
	if got := property(t, url+"/copy", "colour"); got != "none" {
		t.Errorf("removed, and still %q", got)
	}
}

func TestPropertiesAreBounded(t *testing.T) {
	var paths []string
	for i := range 80 {
		paths = append(paths, fmt.Sprintf("f%02d", i))
	}
	url := serveDrive(t, seed(t, paths...)) + "/"
	if r := do(t, "PROPPATCH", url+"f00", patchOf("p", strings.Repeat("x", 70_000))).want(t, 207); !strings.Contains(r.body, " 507 ") {
		t.Error(r.body)
	}
	for _, path := range paths { // 80 properties of 60,000 bytes; only 4 MiB are kept
		if r := do(t, "PROPPATCH", url+path, patchOf("p", strings.Repeat("x", 60_000))).want(t, 207); !strings.Contains(r.body, " 200 ") {
			t.Error(r.body)
		}
	}
	kept := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return property(t, url+path, "p") == "none" })
	if diff := cmp.Diff(paths[len(paths)-len(kept):], kept); diff != "" || len(kept) < 60 || len(kept) > 70 {
		t.Errorf("%d are kept: %s", len(kept), diff)
	}
	do(t, "PROPPATCH", url+"f00", patchOf("p", strings.Repeat("x", 2<<20))).want(t, http.StatusBadRequest)
}
