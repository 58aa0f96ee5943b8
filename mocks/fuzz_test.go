package mocks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzFilter: whatever the filter, it is answered with a page or refused as a filter.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`name:sun\ \(1\).txt`, `createdDate:{"2000-01-01T00:00:00.000Z" TO *]`, `labels:(x AND y) AND kind:FILE`, `name:"a\"b"`, `(`, `\`, `name:\`, `parents:-_*`} {
		f.Add(s)
	}
	r, _ := seedFuzz(f)
	f.Fuzz(func(t *testing.T, filter string) {
		r := r.in(t)
		res, err := r.try(r.request("GET", "/drive/v1/nodes?filters="+url.QueryEscape(filter), nil))
		if err != nil {
			t.Fatal(err)
		}
		if res.status != 200 && (res.status != 400 || !strings.Contains(res.body, "Invalid filter: ")) {
			t.Errorf("%q: %d %s", filter, res.status, res.body)
		}
		res.json(t)
	})
}

// FuzzRequest: whatever comes, nothing panics, nothing is stored under a name that must not be, and
// every answer is one of HTTP.
func FuzzRequest(f *testing.F) {
	r, id := seedFuzz(f)
	body, kind := parts(true, part{"metadata", `{"name":"f","kind":"FILE"}`}, part{"content", "x"})
	for _, s := range []struct{ method, path, kind, body string }{
		{"POST", "/cdproxy/nodes?localId=1", kind, body},
		{"PUT", "/cdproxy/nodes/" + id + "/content", kind, body},
		{"POST", "/drive/v1/nodes", "", `{"name":"d","kind":"FOLDER","labels":["x"],"properties":{"acd-mock-alice":{"k":"v"}}}`},
		{"PATCH", "/drive/v1/nodes/" + id, "", `{"name":"x","labels":null,"description":"d"}`},
		{"POST", "/drive/v1/changes", "", `{"checkpoint":"AAAA","chunkSize":1,"maxNodes":2,"includePurged":"true"}`},
		{"PATCH", "/drive/v1/trash", "", `{"op":"add","value":["` + id + `"],"recurse":"true"}`},
		{"POST", "/drive/v1/nodes/" + id + "/children", "", `{"fromParent":"x","childId":"y"}`},
		{"GET", "/drive/v1/nodes?limit=5&sort=[\"name ASC\"]&offset=1&fields=name&tempLink=true&asset=ALL", "", ""},
		{"GET", "/s3/" + id + ".1?X-Amz-Algorithm=AWS4-HMAC-SHA256", "", ""},
		{"GET", "/cdproxy/templink/AAAA", "", ""},
	} {
		f.Add(s.method, s.path, s.kind, s.body)
	}
	f.Fuzz(func(t *testing.T, method, path, kind, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, r.base+"/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil || strings.ContainsAny(kind, "\r\n\x00") {
			return
		}
		req.Header.Set("Authorization", "Bearer tok")
		req.Header.Set("Content-Type", kind)
		res, err := r.in(t).try(req)
		if err != nil {
			return
		}
		if res.status < 200 || res.status > 599 || res.status == 500 {
			t.Errorf("%s %s: %d %s", method, path, res.status, res.body)
		}
	})
}

func seedFuzz(f *testing.F) (r *rig, id string) {
	f.Helper()
	r = newRig(f)
	r.hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	id, err := r.drive.WriteFile("dir/file.txt", []byte("hello"))
	if err != nil {
		f.Fatal(err)
	}
	return r, id
}

// in is the same rig in another test.
func (r *rig) in(t testing.TB) *rig {
	other := *r
	other.t = t
	return &other
}
