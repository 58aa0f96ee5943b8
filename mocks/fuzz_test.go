package mocks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// FuzzFilter checks that every filter is answered either with a page or with an error about the
// filter.
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

// FuzzRequest checks that no request makes the drive panic, that nothing is stored under a
// forbidden name, and that every response is valid HTTP.
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

// in returns the same rig for another test.
func (r *rig) in(t testing.TB) *rig {
	other := *r
	other.t = t
	return &other
}

// FuzzMediaFilter checks that every filter of a search is answered either with a page or with an
// error about the filter.
func FuzzMediaFilter(f *testing.F) {
	for _, s := range []string{"type:(PHOTOS OR VIDEOS) AND timeYear:(2023)", "settings.hidden:false", `location:(CAN#BC#Port Moody)`, "people:(", `things:("a" OR b)`, "favorite:()", " AND ", "kind:FILE"} {
		f.Add(s)
	}
	b := newBrowser(f)
	b.seed(40)
	f.Fuzz(func(t *testing.T, filter string) {
		b := browser{b.in(t), b.session}
		res := b.call("GET", wwwDE+"search?"+v2+"&filters="+url.QueryEscape(filter), "")
		if res.status != 200 && (res.status != 400 || !strings.Contains(res.body, "Invalid filter: ")) {
			t.Errorf("%q: %d %s", filter, res.status, res.body)
		}
		res.json(t)
	})
}

// FuzzCookies checks that a Cookie header is accepted only if it has the values of the session.
func FuzzCookies(f *testing.F) {
	for _, s := range []string{"session-id=1; ubid-acbde=; at-acbde=", ";;=;a", `at-acbde="`, "session-id"} {
		f.Add(s)
	}
	b := newBrowser(f)
	f.Fuzz(func(t *testing.T, cookie string) {
		if strings.ContainsAny(cookie, "\r\n\x00") {
			return
		}
		b := browser{b.in(t), b.session}
		if res := b.call("GET", wwwDE+"nodes?"+v2, "", "Cookie", cookie); res.status != 401 {
			t.Errorf("%q: %d", cookie, res.status)
		}
		if res := b.call("GET", wwwDE+"nodes?"+v2, "", "Cookie", b.session.Header()+"; x="+strings.ReplaceAll(cookie, ";", "")); res.status != 200 {
			t.Errorf("%q spoils the session: %d", cookie, res.status)
		}
	})
}

// FuzzPhotosRequest checks that no request to the hosts of Photos makes the drive panic, and that
// every response is valid HTTP.
func FuzzPhotosRequest(f *testing.F) {
	b := newBrowser(f, mocks.WithPartSize(3))
	lib := b.seed(40)
	share, err := b.drive.ShareAlbum(lib.Albums[0])
	if err != nil {
		f.Fatal(err)
	}
	up := b.wants(201, "POST", uploadDE+"/multipart-upload?name=v.mp4&fileSize=10", "")
	at := uploadDE + "/multipart-upload/" + up["nodeId"].(string)
	for _, s := range []struct{ method, url, md5, body string }{
		{"POST", uploadDE + "?name=a.jpg&fileSize=1&conflictResolution=RENAME&contentDate=2019-08-12T10:11:12.000Z", sum("x"), "x"},
		{"PUT", at + "/parts/1?uploadId=" + up["uploadId"].(string) + "&partSize=3", sum("abc"), "abc"},
		{"POST", at + "/complete", "", ""},
		{"GET", at, "", ""},
		{"PATCH", wwwDE + "nodes/" + lib.Albums[0] + "/children", "", `{"op":"remove","value":[],"resourceVersion":"V2"}`},
		{"PATCH", wwwDE + "nodes/" + lib.Albums[0] + "?" + v2, "", `{"collectionProperties":{"covers":[{"id":"x"}]}}`},
		{"POST", wwwDE + "bulk/nodeByDigest?" + v2, "", `{"digestList":["` + sum("x") + `"],"digestType":"MD5"}`},
		{"GET", wwwDE + "search/aggregation?category=time&groupByForTime=day&searchContext=all", "", ""},
		{"GET", wwwDE + "nodes?limit=200&offset=9799&sort=['createdDate DESC']&" + v2, "", ""},
		{"GET", wwwDE + "shares/" + share, "", ""},
		{"GET", "https://thumbnails-photos.amazon.de/v1/thumbnail/" + lib.Albums[0] + "?viewBox=10&shareId=" + share, "", ""},
		{"GET", "https://www.amazon.de/cdrs/drive/v2/photosGroups/shares/x", "", ""},
	} {
		f.Add(s.method, s.url, s.md5, s.body)
	}
	f.Fuzz(func(t *testing.T, method, address, md5, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
		if err != nil || strings.ContainsAny(md5, "\r\n\x00") {
			return
		}
		req.Header.Set("Cookie", b.session.Header())
		req.Header.Set("X-Amzn-File-Md5", md5)
		req.Header.Set("X-Amzn-Part-Md5", md5)
		res, err := b.in(t).try(req)
		if err != nil {
			return
		}
		if res.status < 200 || res.status > 599 || res.status == 500 {
			t.Errorf("%s %s: %d %s", method, address, res.status, res.body)
		}
	})
}
