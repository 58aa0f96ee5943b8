package drivetest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/mocks/drivetest"
)

// A breakage is a mistake that a fake could make. The suite must notice it.
type breakage struct {
	rule   string // the rule that must fail, as topic/words
	before func(r *http.Request)
	after  func(r *http.Request, w *httptest.ResponseRecorder)
}

// rewrite changes the body of the response to every request whose path contains part.
func rewrite(part, old, new string) func(*http.Request, *httptest.ResponseRecorder) {
	pattern := regexp.MustCompile(old)
	return func(r *http.Request, w *httptest.ResponseRecorder) {
		if strings.Contains(r.URL.Path, part) {
			b := pattern.ReplaceAll(w.Body.Bytes(), []byte(new))
			w.Body.Reset()
			w.Body.Write(b)
		}
	}
}

// status changes the status of responses to the requests "METHOD path-part".
func status(call string, old, new int) func(*http.Request, *httptest.ResponseRecorder) {
	method, part, _ := strings.Cut(call, " ")
	return func(r *http.Request, w *httptest.ResponseRecorder) {
		if r.Method == method && strings.Contains(r.URL.Path, part) && w.Code == old {
			w.Code = new
		}
	}
}

func without(header string) func(*http.Request, *httptest.ResponseRecorder) {
	return func(_ *http.Request, w *httptest.ResponseRecorder) { w.Header().Del(header) }
}

// changeBody changes the bodies of requests.
func changeBody(change func(r *http.Request, b []byte) []byte) func(*http.Request) {
	return func(r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return // the upload was broken off by the test
		}
		b = change(r, b)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		r.Header.Set("Content-Length", strconv.Itoa(len(b)))
	}
}

func changeQuery(key string, change func(old string) string) func(*http.Request) {
	return func(r *http.Request) {
		q := r.URL.Query()
		if v := change(q.Get(key)); v != q.Get(key) {
			q.Set(key, v)
			r.URL.RawQuery = q.Encode()
			r.RequestURI = ""
		}
	}
}

var breakages = map[string]breakage{
	"count is the length of the page": {rule: "list/pages have every node once and the total", after: func(_ *http.Request, w *httptest.ResponseRecorder) {
		var l map[string]json.RawMessage
		var data []json.RawMessage
		if json.Unmarshal(w.Body.Bytes(), &l) == nil && json.Unmarshal(l["data"], &data) == nil {
			l["count"] = []byte(strconv.Itoa(len(data)))
			b, _ := json.Marshal(l)
			w.Body.Reset()
			w.Body.Write(b)
		}
	}},
	"a large limit is cut": {rule: "list/limit 201 is refused", before: changeQuery("limit", func(old string) string {
		if n, err := strconv.Atoi(old); err == nil && n > 200 {
			return "200"
		}
		return old
	})},
	"sort is ignored":         {rule: "list/sorted by", before: changeQuery("sort", func(string) string { return "" })},
	"filters are ignored":     {rule: "filters/finds", before: changeQuery("filters", func(old string) string { return strings.Split(old, " AND ")[0] })},
	"links take credentials":  {rule: "templink/a signed link refuses credentials", before: func(r *http.Request) { dropAuth(r, "templink") }},
	"storage takes a token":   {rule: "download/the signed address refuses a token", before: func(r *http.Request) { dropAuth(r, "/s3/") }},
	"ranges are ignored":      {rule: "download/range", before: func(r *http.Request) { r.Header.Del("Range") }},
	"parts do not say which":  {rule: "download/range", after: without("Content-Range")},
	"no request ids":          {rule: "errors/every answer has a request id", after: without("x-amzn-RequestId")},
	"no locations":            {rule: "nodes/a new folder is answered whole", after: without("Location")},
	"duplicates are accepted": {rule: "upload/content that is somewhere", before: changeQuery("suppress", func(string) string { return "deduplication" })},
	"forms need no end": {rule: "upload/a form with no closing boundary", before: changeBody(func(r *http.Request, b []byte) []byte {
		if _, boundary, ok := strings.Cut(r.Header.Get("Content-Type"), "boundary="); ok && len(b) > 0 && !bytes.HasSuffix(b, []byte("--\r\n")) {
			b = append(b, "\r\n--"+boundary+"--\r\n"...)
		}
		return b
	})},
	"booleans may include purged": {rule: "changes/includePurged as a boolean", before: changeBody(func(r *http.Request, b []byte) []byte {
		return bytes.ReplaceAll(b, []byte(`"includePurged":true`), []byte(`"includePurged":"true"`))
	})},
	"the feed has no end":           {rule: "changes/the last line says so", after: rewrite("changes", `\{"end":true\}`, "")},
	"the feed always resets":        {rule: "changes/up to date", after: rewrite("changes", `"reset":false`, `"reset":true`)},
	"the feed has no checkpoints":   {rule: "changes/up to date", after: rewrite("changes", `"checkpoint":"[^"]*"`, `"checkpoint":""`)},
	"conflicts name nobody":         {rule: "nodes/a file cannot take the name", after: rewrite("nodes", `"nodeId":"[^"]*"`, `"nodeId":""`)},
	"messages are not escaped":      {rule: "nodes/apostrophes and equal signs", after: rewrite("nodes", `\\u0027`, `'`)},
	"filter errors are free text":   {rule: "filters/an unknown field", after: rewrite("", `Invalid filter:`, `Bad filter:`)},
	"MD5s are in capitals":          {rule: "upload/a new file", after: rewrite("", `"md5":"[0-9a-f]*"`, `"md5":"D41D8CD98F00B204E9800998ECF8427E"`)},
	"versions stand still":          {rule: "nodes/a patch changes", after: rewrite("nodes", `"version":\d+`, `"version":1`)},
	"dates are in seconds":          {rule: "nodes/a new folder is answered whole", after: rewrite("", `(Date":"[^"]*)\.\d+Z"`, `${1}Z"`)},
	"trashing twice is fine":        {rule: "trash/a trashed node cannot be trashed", after: status("PUT /trash/", 409, 200)},
	"trash shows what is below":     {rule: "trash/the trash lists", before: trashByStatus},
	"purging is for everyone":       {rule: "trash/third parties cannot purge", after: status("DELETE /nodes/", 403, 200)},
	"new properties are 200":        {rule: "properties/a property is set", after: status("PUT /properties/", 201, 200)},
	"long values are cut":           {rule: "properties/value refused: over 500", after: status("PUT /properties/", 400, 201)},
	"wrong verbs are not found":     {rule: "auth/a known path with the wrong verb", after: status("GET /", 405, 404)},
	"an expired feed has a body":    {rule: "auth/changes answers an expired token", after: expiredBody},
	"tokens are not looked at":      {rule: "auth/an unknown token", before: anyToken},
	"an unfinished move is found":   {rule: "children/a move out of the trash", after: status("POST /children", 400, 200)},
	"usage has no videos":           {rule: "account/usage has total", after: rewrite("usage", `"video"`, `"film"`)},
	"hosts do not end in a slash":   {rule: "account/endpoint names the hosts", after: rewrite("endpoint", `/"`, `"`)},
	"cookies are not looked at":     {rule: "photos/a call without cookies", after: status("GET /nodes", 401, 200)},
	"the site's 401 is in small":    {rule: "photos/a call without cookies", after: rewrite("drive/v1", `"Message"`, `"message"`)},
	"V1 finds what Photos made":     {rule: "photos/what Photos made", before: secondVersion},
	"an album is a parent":          {rule: "photos/a member names its album", after: rewrite("nodes", `"parents":\["([^"]*)"\],"xAccntParents":\["([^"]*)"\]`, `"parents":["$1","$2"],"xAccntParents":["$2"]`)},
	"pending files are members":     {rule: "photos/a file that is not processed", after: status("PATCH /children", 400, 200)},
	"every page has a token":        {rule: "photos/tokens come with some", after: rewrite("children", `"count":(\d+),"data"`, `"count":$1,"nextToken":"x","data"`)},
	"no page has a token":           {rule: "photos/tokens come with some", after: rewrite("nodes", `"nextToken":"[^"]*",`, ``)},
	"the search ends, too":          {rule: "photos/listings end at 9999", after: searchEnds},
	"listings do not end":           {rule: "photos/listings end at 9999", after: status("GET /nodes", 400, 200)},
	"hidden photos are found":       {rule: "photos/the search finds", before: changeQuery("filters", showHidden)},
	"kinds can be searched":         {rule: "photos/the search does not know", after: status("GET /search", 400, 200)},
	"the search sums up nothing":    {rule: "photos/the search sums up", after: rewrite("search", `"aggregations":.*`, `"aggregations":{}}`)},
	"renditions are originals":      {rule: "photos/a rendition", before: changeQuery("viewBox", func(string) string { return "" })},
	"duplicates have other words":   {rule: "photos/content that is there", after: rewrite("v2/upload", `DuplicatesConflictError`, `MD5_DUPLICATE`)},
	"parts are not checked":         {rule: "photos/an upload in parts", after: status("PUT /parts/", 400, 200)},
	"missing nodes have other code": {rule: "errors/an error of the service", after: rewrite("", `NODE_NOT_FOUND`, `NotFound`)},
}

// secondVersion makes the drive take every call with cookies as one that asks for resourceVersion
// V2.
func secondVersion(r *http.Request) {
	if q := r.URL.Query(); r.Header.Get("Cookie") != "" {
		q.Set("resourceVersion", "V2")
		r.URL.RawQuery = q.Encode()
	}
}

func searchEnds(r *http.Request, w *httptest.ResponseRecorder) {
	if offset, err := strconv.Atoi(r.URL.Query().Get("offset")); err == nil && offset > 9799 && strings.HasSuffix(r.URL.Path, "/search") {
		w.Code = http.StatusBadRequest
	}
}

func showHidden(filters string) string {
	if strings.Contains(filters, "type:(PHOTOS") && !strings.Contains(filters, "settings.hidden") {
		return filters + " AND settings.hidden:(true OR false)"
	}
	return filters
}

func dropAuth(r *http.Request, part string) {
	if strings.Contains(r.URL.Path, part) {
		r.Header.Del("Authorization")
	}
}

func anyToken(r *http.Request) {
	if r.Header.Get("Authorization") != "" && r.Header.Get("x-amz-access-token") == "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
}

func trashByStatus(r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/trash") && r.Method == http.MethodGet {
		q := r.URL.Query()
		q.Set("filters", q.Get("filters")+" AND status:TRASH")
		r.URL.Path, r.URL.RawQuery = strings.TrimSuffix(r.URL.Path, "trash")+"nodes", q.Encode()
	}
}

func expiredBody(r *http.Request, w *httptest.ResponseRecorder) {
	if w.Code == http.StatusUnauthorized && w.Body.Len() == 0 {
		w.Body.WriteString(`{"message":"Token has expired"}`)
	}
}

// wrong returns a target: the drive behind a handler that makes the mistake.
func (b breakage) wrong(t *testing.T, drive *mocks.Drive, login *mocks.AuthServer) drivetest.Target {
	return listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.before != nil {
			b.before(r)
		}
		rec := httptest.NewRecorder()
		drive.ServeHTTP(rec, r)
		if b.after != nil {
			b.after(r, rec)
		}
		for key, values := range rec.Header() {
			if key != "Content-Length" {
				w.Header()[key] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // fails only if the client has left
	}), login)
}

const breakEnv = "DRIVETEST_BREAK"

// TestMistakesAreNoticed runs the suite against drives that make one mistake each. Each run has its
// own process, because the suite must fail there.
func TestMistakesAreNoticed(t *testing.T) {
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		drivetest.Run(t, target(t, inMemory, breakage{}.wrong, drivetest.Variant{}))
	})
	for name, b := range breakages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic, words, _ := strings.Cut(b.rule, "/")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMistake$/^"+topic+"$")
			cmd.Env = append(os.Environ(), breakEnv+"="+name)
			out, err := cmd.CombinedOutput()
			if failed := "--- FAIL: TestMistake/" + topic + "/" + strings.ReplaceAll(words, " ", "_"); err == nil || !strings.Contains(string(out), failed) {
				t.Errorf("%v, want the failure %q in\n%.2000s", err, failed, out)
			}
		})
	}
}

// TestMistake is the part of TestMistakesAreNoticed that runs in those processes.
func TestMistake(t *testing.T) {
	b, ok := breakages[os.Getenv(breakEnv)]
	if !ok {
		t.Skip("only run by TestMistakesAreNoticed")
	}
	drivetest.Run(t, target(t, inMemory, b.wrong, drivetest.Variant{}))
}
