package mocks_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
)

func TestTokens(t *testing.T) {
	r := newRig(t, mocks.WithWrappedExpiry())
	check := func(what string, want int, message string, edit func(*http.Request)) {
		t.Helper()
		req := r.request("GET", "/drive/v1/nodes", nil)
		edit(req)
		res := r.send(req)
		if res.status != want || !strings.Contains(res.body, message) {
			t.Errorf("%s: %d %s", what, res.status, res.body)
		}
	}
	check("none", 401, "No Auth Method Provided", func(req *http.Request) { req.Header.Del("Authorization") })
	check("unknown", 401, "No Auth Method Provided", func(req *http.Request) { req.Header.Set("Authorization", "Bearer x") })
	check("basic", 401, "No Auth Method Provided", func(req *http.Request) { req.SetBasicAuth("a", "b") })
	check("both, equal", 200, "", func(req *http.Request) { req.Header.Set("x-amz-access-token", "tok") })
	check("both, different", 401, "Sessions must have exactly one token", func(req *http.Request) { req.Header.Set("x-amz-access-token", "x") })
	check("the other header", 200, "", func(req *http.Request) {
		req.Header.Del("Authorization")
		req.Header.Set("x-amz-access-token", "tok")
	})
	r.drive.ExpireTokens()
	check("expired", 401, "Token has expired", func(*http.Request) {})
	if res := r.meta("POST", "changes", "{}"); res.status != 401 || res.body != "" {
		t.Errorf("changes with an expired token: %d %q", res.status, res.body)
	}
	if res := r.upload("x", r.drive.RootID(), "x"); res.status != 400 || !strings.Contains(res.body, "Token has expired") {
		t.Errorf("upload with an expired token: %d %q", res.status, res.body)
	}
	r.drive.AddToken("other", time.Time{}, "clouddrive:read_image")
	r.token = "other"
	r.want(200, "GET", "nodes", "")
	if res := r.meta("POST", "nodes", `{}`); res.status != 403 || !strings.Contains(res.body, "Insufficient permissions") {
		t.Errorf("without the write scope: %d %s", res.status, res.body)
	}
	text, _ := r.drive.WriteFile("a.txt", []byte("text"))
	picture, _ := r.drive.WriteFile("a.jpg", []byte("not really"))
	if res := r.do("GET", "/cdproxy/nodes/"+text+"/content", ""); res.status != 403 {
		t.Errorf("text with the scope for images: %d", res.status)
	}
	if res := r.do("GET", "/cdproxy/nodes/"+picture+"/content", ""); res.status != 200 {
		t.Errorf("image with the scope for images: %d", res.status)
	}
	for _, q := range r.drive.Journal() {
		if q.Token == mocks.UnknownToken && q.Status == 200 {
			t.Errorf("unknown token passed: %+v", q)
		}
	}
}

func TestTokenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := mocks.NewDrive(mocks.WithToken("tok"), mocks.WithTokenLifetime(time.Hour))
		ts := d.TokenSource()
		token := func() *oauth2.Token {
			t.Helper()
			tok, err := ts.Token()
			if err != nil {
				t.Fatal(err)
			}
			return tok
		}
		first := token()
		if first.AccessToken != "tok" || !first.Expiry.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("first: %v", first)
		}
		d.ExpireTokens()
		if again := token(); again.AccessToken != "tok" {
			t.Error("the source noticed what only the service knows")
		}
		inv := ts.(interface {
			InvalidateToken(context.Context, *oauth2.Token) error
		})
		if err := inv.InvalidateToken(t.Context(), &oauth2.Token{AccessToken: "another"}); err != nil || token() != first {
			t.Error("another token's rejection dropped this one")
		}
		if err := inv.InvalidateToken(t.Context(), first); err != nil {
			t.Error(err)
		}
		second := token()
		if second.AccessToken == "tok" {
			t.Error("the rejected token came back")
		}
		time.Sleep(time.Hour)
		if third := token(); third.AccessToken == second.AccessToken {
			t.Error("an expired token was kept")
		}
	})
}

func TestUnknownRoutes(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 404, "<UnknownOperationException/>"},
		{"GET", "/drive/v1/nope", 404, "<UnknownOperationException/>"},
		{"GET", "/cdproxy/account/info", 404, "<UnknownOperationException/>"},
		{"POST", "/drive/v1/nodes/" + root + "/content", 404, "<UnknownOperationException/>"},
		{"GET", "/drive/v1/nodes/" + root + "/properties//k", 404, "<UnknownOperationException/>"},
		{"PUT", "/drive/v1/nodes", 405, ""},
		{"HEAD", "/drive/v1/nodes", 405, ""},
		{"GET", "/drive/v1/nodes/short", 404, "NODE_NOT_FOUND"},
		{"GET", "/drive/v1/nodes/AAAAAAAAAAAAAAAAAAAAAA", 404, "NODE_NOT_FOUND"},
		{"GET", "/drive/v1//nodes/" + root, 200, "isRoot"},
		{"POST", "/drive/v1/nodes", 400, "not a JSON object"},
	} {
		if res := r.do(c.method, c.path, ""); res.status != c.status || !strings.Contains(res.body, c.body) {
			t.Errorf("%s %s: %d %s", c.method, c.path, res.status, res.body)
		}
	}
}

func TestCreateRefused(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	file := r.mustUpload("file", root, "x")
	trashed := r.mkdir("trashed", root)
	r.want(200, "PUT", "trash/"+trashed, "")
	many := `"1","2","3","4","5","6","7","8","9","10","11"`
	for _, c := range []struct{ body, message string }{
		{`[]`, "not a JSON object"},
		{`{"kind":"FOLDER"}`, "at 'name'"},
		{`{"name":"","kind":"FOLDER"}`, "at 'name'"},
		{`{"name":5,"kind":"FOLDER"}`, "wrong type"},
		{`{"name":"a\u0000b","kind":"FOLDER"}`, "NUL"},
		{"{\"name\":\"a\xff\",\"kind\":\"FOLDER\"}", "UTF-8"},
		{`{"name":"` + strings.Repeat("é", 281) + `","kind":"FOLDER"}`, "Member must have length less than or equal to 280"},
		{`{"name":"` + strings.Repeat("😀", 141) + `","kind":"FOLDER"}`, "Member must have length less than or equal to 280"},
		{`{"name":"a","kind":"FILE"}`, "Invalid Kind FILE"},
		{`{"name":"a","kind":"VISUAL_COLLECTION"}`, "Invalid Kind VISUAL_COLLECTION"},
		{`{"name":"a","kind":"FOLDER","parents":["AAAAAAAAAAAAAAAAAAAAAA"]}`, "One of the parentId doesn't exists"},
		{`{"name":"a","kind":"FOLDER","parents":["` + file + `"]}`, "not a folder"},
		{`{"name":"a","kind":"FOLDER","parents":["` + trashed + `"]}`, "A node cannot be added to trashed parent"},
		{`{"name":"a","kind":"FOLDER","parents":"` + root + `"}`, "wrong type"},
		{`{"name":"a","kind":"FOLDER","labels":[` + many + `]}`, "at 'labels'"},
		{`{"name":"a","kind":"FOLDER","labels":["` + strings.Repeat("l", 257) + `"]}`, "at 'labels'"},
		{`{"name":"a","kind":"FOLDER","description":"` + strings.Repeat("l", 501) + `"}`, "at 'description'"},
	} {
		res := r.meta("POST", "nodes", c.body)
		e := res.json(t)
		if m, _ := e["message"].(string); res.status != 400 || !strings.Contains(m, c.message) || e["logref"] == "" {
			t.Errorf("%.80s: %d %s, want %q", c.body, res.status, res.body, c.message)
		}
	}
	for _, name := range []string{strings.Repeat("é", 280), strings.Repeat("😀", 140), " lead", "trail. ", "a/b", "..", "a\r\nb", "©%&\\"} {
		r.want(201, "POST", "nodes", fmt.Sprintf(`{"name":%q,"kind":"FOLDER","parents":["ROOT"]}`, name))
	}
	r.want(201, "POST", "nodes?localId=one", `{"name":"local","kind":"FOLDER"}`)
	r.want(409, "POST", "nodes?localId=one", `{"name":"other","kind":"FOLDER"}`)
}

func TestUpdate(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	id := r.mustUpload("a.txt", root, "x")
	r.mkdir("other", root)
	n := r.want(200, "PATCH", "nodes/"+id, `{"name":"A.TXT","labels":["l","l"],"description":"d"}`)
	if n["name"] != "A.TXT" || n["version"] != 2.0 || !cmp.Equal(n["labels"], any([]any{"l"})) {
		t.Errorf("updated: %v", n)
	}
	for body, status := range map[string]int{
		`{"name":"OTHER"}`: 409, `{"name":""}`: 400, `{"parents":[]}`: 400, `{"status":"TRASH"}`: 400, `{"contentProperties":{}}`: 403,
		`{"properties":{}}`: 400, `{"settings":{}}`: 400, `{"modifiedDate":"x"}`: 400, `[]`: 400, `{}`: 200,
		`{"resourceVersion":"V2","settings":{"favorite":true}}`: 200,
	} {
		r.want(status, "PATCH", "nodes/"+id, body)
	}
	r.want(403, "PATCH", "nodes/"+root, `{"name":"x"}`)
	r.want(200, "PATCH", "nodes/"+root, `{"description":"x"}`)
	req := r.request("PATCH", "/drive/v1/nodes/"+id, strings.NewReader(`{"name":"b"}`))
	req.Header.Set("If-Match", "AAAAAAAAAAA")
	if res := r.send(req); res.status != 412 {
		t.Errorf("If-Match: %d", res.status)
	}
	// The name of a node in the trash never conflicts.
	r.want(200, "PUT", "trash/"+id, "")
	r.want(200, "PATCH", "nodes/"+id, `{"name":"other"}`)
	r.want(409, "POST", "trash/"+id+"/restore", "")
}

func TestParents(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	a, b := r.mkdir("a", root), r.mkdir("b", root)
	sub := r.mkdir("sub", a)
	f := r.mustUpload("f", a, "x")
	r.mustUpload("F", b, "y")
	for _, c := range []struct {
		status       int
		method, path string
		body         string
	}{
		{409, "PUT", "nodes/" + b + "/children/" + f, ""},
		{409, "POST", "nodes/" + b + "/children", `{"fromParent":"` + a + `","childId":"` + f + `"}`},
		{400, "POST", "nodes/" + b + "/children", `{"fromParent":"` + root + `","childId":"` + f + `"}`},
		{400, "POST", "nodes/" + b + "/children", `{"childId":"` + f + `"}`},
		{400, "POST", "nodes/" + sub + "/children", `{"fromParent":"` + root + `","childId":"` + a + `"}`},
		{400, "POST", "nodes/" + a + "/children", `{"fromParent":"` + root + `","childId":"` + a + `"}`},
		{400, "POST", "nodes/" + f + "/children", `{"fromParent":"` + root + `","childId":"` + b + `"}`},
		{400, "PUT", "nodes/" + sub + "/children/" + a, ""},
		{400, "PUT", "nodes/" + f + "/children/" + b, ""},
		{403, "PUT", "nodes/" + a + "/children/" + root, ""},
		{403, "POST", "nodes/" + a + "/children", `{"fromParent":"` + root + `","childId":"` + root + `"}`},
		{404, "PUT", "nodes/" + a + "/children/AAAAAAAAAAAAAAAAAAAAAA", ""},
		{404, "DELETE", "nodes/" + b + "/children/" + f, ""},
		{200, "PUT", "nodes/" + root + "/children/" + f, ""},
		{200, "PUT", "nodes/" + root + "/children/" + f, ""},
		{200, "DELETE", "nodes/" + a + "/children/" + f, ""},
		{200, "POST", "nodes/" + sub + "/children", `{"fromParent":"` + root + `","childId":"` + f + `"}`},
		{200, "DELETE", "nodes/" + sub + "/children/" + f, ""},
	} {
		r.want(c.status, c.method, c.path, c.body)
	}
	n := r.want(200, "GET", "nodes/"+f, "")
	if !cmp.Equal(n["parents"], any([]any{})) || n["status"] != "AVAILABLE" {
		t.Errorf("without parents: %v", n)
	}
	if _, ok := r.drive.Snapshot().Tree["(no parent)/f"]; !ok {
		t.Errorf("snapshot: %v", r.drive.Snapshot().Paths())
	}
}

func TestTrashNested(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	a := r.mkdir("a", root)
	sub := r.mkdir("sub", a)
	f := r.mustUpload("f", sub, "f")
	own := r.mustUpload("own", sub, "own")
	shared := r.mustUpload("shared", sub, "shared")
	r.want(200, "PUT", "nodes/"+root+"/children/"+shared, "")
	r.want(200, "PUT", "trash/"+own, "")
	r.want(200, "PUT", "trash/"+a, "")
	r.want(409, "PUT", "trash/"+a, "")
	r.want(409, "PUT", "trash/"+f, "")
	r.want(403, "PUT", "trash/"+root, "")
	status := func(id string) any { return r.want(200, "GET", "nodes/"+id, "")["status"] }
	for id, want := range map[string]string{a: "TRASH", sub: "TRASH", f: "TRASH", own: "TRASH", shared: "AVAILABLE"} {
		if got := status(id); got != want {
			t.Errorf("%s: %v, want %s", id, got, want)
		}
	}
	if got := r.names("trash", url.Values{}); !cmp.Equal(got, []string{"own", "a"}) {
		t.Errorf("trash: %q", got)
	}
	if got := r.names("trash", url.Values{"filters": {"kind:FOLDER"}}); !cmp.Equal(got, []string{"a"}) {
		t.Errorf("trash, folders: %q", got)
	}
	r.want(400, "POST", "trash/"+f+"/restore", "") // its folder is still in the trash
	r.want(400, "POST", "nodes/"+root+"/children", `{"fromParent":"`+root+`","childId":"`+a+`"}`)
	r.want(200, "POST", "trash/"+a+"/restore", "")
	for id, want := range map[string]string{a: "AVAILABLE", sub: "AVAILABLE", f: "AVAILABLE", own: "TRASH"} {
		if got := status(id); got != want {
			t.Errorf("restored %s: %v, want %s", id, got, want)
		}
	}
	r.want(200, "POST", "trash/"+a+"/restore", "")
	r.want(403, "DELETE", "nodes/"+own, "")
	r.want(403, "POST", "bulk/nodes/purge", `{"recurse":"true","nodeIds":["`+own+`"]}`)
}

func TestTrashExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.mustUpload("a", r.drive.RootID(), "a")
		r.want(200, "PUT", "trash/"+id, "")
		time.Sleep(30*24*time.Hour - time.Second)
		r.want(200, "GET", "nodes/"+id, "")
		time.Sleep(2 * time.Second)
		r.want(404, "GET", "nodes/"+id, "")
	})
}

func TestBulk(t *testing.T) {
	r := newRig(t, mocks.WithFirstParty())
	root := r.drive.RootID()
	a, b := r.mkdir("a", root), r.mkdir("b", root)
	r.mustUpload("f", b, "f")
	ids := func(list ...string) string { return `["` + strings.Join(list, `","`) + `"]` }
	got := r.want(200, "PATCH", "trash", `{"recurse":"true","op":"add","value":`+ids(a, root, "nope")+`}`)
	if want := map[string]any{"errorMap": map[string]any{root: 403.0, "nope": 404.0}}; !cmp.Equal(got, want) {
		t.Errorf("trash: %v", got)
	}
	r.mkdir("a", root)
	if got := r.want(200, "PATCH", "trash", `{"recurse":"true","op":"remove","value":`+ids(a)+`}`); !cmp.Equal(got, map[string]any{"errorMap": map[string]any{a: 409.0}}) {
		t.Errorf("restore in the way: %v", got)
	}
	r.want(200, "PATCH", "trash", `{"recurse":"true","op":"remove","conflictResolution":"RENAME","value":`+ids(a)+`}`)
	if n := r.want(200, "GET", "nodes/"+a, ""); n["name"] != "a (1)" {
		t.Errorf("renamed: %v", n["name"])
	}
	if got := r.want(200, "POST", "bulk/nodes/purge", `{"recurse":"false","nodeIds":`+ids(b)+`}`); !cmp.Equal(got, map[string]any{"errorMap": map[string]any{b: 400.0}}) {
		t.Errorf("purge of a full folder: %v", got)
	}
	r.want(200, "POST", "bulk/nodes/purge", `{"recurse":"true","nodeIds":`+ids(b)+`}`)
	r.want(404, "GET", "nodes/"+b, "")
	many := ids(strings.Split(strings.Repeat(a+" ", 50)+a, " ")...)
	for path, bodies := range map[string][]string{
		"POST bulk/nodes/purge": {`{"recurse":"true","nodeIds":` + many + `}`, `{"recurse":true,"nodeIds":[]}`, `{"recurse":"true","nodeIds":"x"}`, `[]`},
		"PATCH trash":           {`{"recurse":"true","op":"add","value":` + many + `}`, `{"recurse":true,"op":"add","value":[]}`, `{"recurse":"true","op":"other","value":[]}`},
	} {
		method, path, _ := strings.Cut(path, " ")
		for _, body := range bodies {
			r.want(400, method, path, body)
		}
	}
}

func TestProperties(t *testing.T) {
	r := newRig(t, mocks.WithApp("app-alice"))
	id := r.mustUpload("a", r.drive.RootID(), "a")
	path := "nodes/" + id + "/properties/app-alice"
	if got := r.want(200, "GET", path, ""); !cmp.Equal(got, map[string]any{"count": 0.0, "data": map[string]any{}}) {
		t.Errorf("none: %v", got)
	}
	got := r.want(201, "PUT", path+"/mtime", `{"value":"1462096800"}`)
	if want := map[string]any{"key": "mtime", "value": "1462096800", "location": r.base + "/drive/v1/" + path + "/mtime"}; !cmp.Equal(got, want) {
		t.Errorf("set: %v", got)
	}
	if got := r.want(200, "GET", path+"/mtime", ""); !cmp.Equal(got, map[string]any{"key": "mtime", "value": "1462096800"}) {
		t.Errorf("get: %v", got)
	}
	if got := r.want(200, "GET", "nodes/"+id+"/properties/other", ""); !cmp.Equal(got, map[string]any{"count": 0.0, "data": map[string]any{}}) {
		t.Errorf("another owner's: %v", got)
	}
	r.want(403, "PUT", "nodes/"+id+"/properties/other/k", `{"value":"v"}`)
	r.want(403, "DELETE", "nodes/"+id+"/properties/other/k", "")
	r.want(404, "GET", path+"/none", "")
	r.want(404, "DELETE", path+"/none", "")
	for _, c := range [][2]string{{"bad-key", `{"value":"v"}`}, {strings.Repeat("k", 51), `{"value":"v"}`}, {"k", `{"value":"` + strings.Repeat("v", 501) + `"}`}, {"k", `{}`}, {"k", `{"value":1}`}} {
		r.want(400, "PUT", path+"/"+c[0], c[1])
	}
	for i := range 9 {
		r.want(201, "PUT", fmt.Sprintf("%s/k%d", path, i), `{"value":"v"}`)
	}
	r.want(400, "PUT", path+"/k10", `{"value":"v"}`)
	r.want(201, "PUT", path+"/k1", `{"value":"w"}`)
	r.want(204, "DELETE", path+"/k1", "")
	r.want(201, "PUT", path+"/k10", `{"value":"v"}`)
	if res := r.send(r.uploadRequest("", `{"name":"b","kind":"FILE","properties":{"app-alice":{"mtime":"1"}}}`, []byte("b"))); !strings.Contains(res.body, `"properties":{"app-alice":{"mtime":"1"}}`) {
		t.Errorf("properties of an upload: %s", res.body)
	}
	if res := r.send(r.uploadRequest("", `{"name":"c","kind":"FILE","properties":{"other":{"mtime":"1"}}}`, []byte("c"))); res.status != 403 {
		t.Errorf("another owner's properties of an upload: %d", res.status)
	}
}

func TestQuotaAndUsage(t *testing.T) {
	r := newRig(t, mocks.WithQuota(100))
	root := r.drive.RootID()
	r.mustUpload("a.jpg", root, strings.Repeat("x", 60))
	if res := r.upload("b", root, strings.Repeat("y", 41)); res.status != 403 || !strings.Contains(res.body, "NO_ACTIVE_SUBSCRIPTION_FOUND") {
		t.Errorf("over quota: %d %s", res.status, res.body)
	}
	id := r.mustUpload("b.txt", root, strings.Repeat("y", 40))
	if q := r.want(200, "GET", "account/quota", ""); q["quota"] != 100.0 || q["available"] != 0.0 {
		t.Errorf("quota: %v", q)
	}
	total := func(bytes, count float64) map[string]any { return map[string]any{"bytes": bytes, "count": count} }
	u := r.want(200, "GET", "account/usage", "")
	delete(u, "lastCalculated")
	want := map[string]any{
		"photo": map[string]any{"total": total(60, 1), "billable": total(0, 0)}, "doc": map[string]any{"total": total(40, 1), "billable": total(40, 1)},
		"video": map[string]any{"total": total(0, 0), "billable": total(0, 0)}, "other": map[string]any{"total": total(0, 0), "billable": total(0, 0)},
	}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Error(diff)
	}
	r.want(200, "PUT", "trash/"+id, "")
	if u := r.want(200, "GET", "account/usage", ""); !cmp.Equal(u["doc"].(map[string]any)["total"], any(total(0, 0))) {
		t.Errorf("usage without the trash: %v", u["doc"])
	}
	if q := r.want(200, "GET", "account/quota", ""); q["available"] != 0.0 {
		t.Errorf("the trash still counts against the quota: %v", q)
	}
}

// A program may handle an HTTP request and pass its context on to its client. The client's request
// is then still not one from a socket.
func TestRoundTripWithinAnHTTPHandler(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	id, err := drive.WriteFile("f", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := client.Nodes.Trash(r.Context(), id); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	}))
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// TestMissingLength writes to a raw socket, because a Go client would always send a length.
func TestMissingLength(t *testing.T) {
	r := newRig(t).overSocket()
	conn := dial(t, r.base)
	fmt.Fprintf(conn, "POST /drive/v1/nodes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer tok\r\nConnection: close\r\n\r\n")
	b, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 411 ") {
		t.Errorf("%q %v", b, err)
	}
}
