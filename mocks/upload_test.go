package mocks_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

type part struct{ name, body string }

// parts returns a multipart body with these parts, valid or not, and its content type.
func parts(closed bool, list ...part) (string, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range list {
		pw, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p.name + `"; filename=x`}})
		io.WriteString(pw, p.body)
	}
	if closed {
		w.Close()
	}
	return b.String(), w.FormDataContentType()
}

func sum(s string) string {
	m := md5.Sum([]byte(s))
	return hex.EncodeToString(m[:])
}

// onlyRead hides all methods except Read, so that the length of a body is not known.
type onlyRead struct{ io.Reader }

func TestUploadRefused(t *testing.T) {
	r := newRig(t)
	meta := part{"metadata", `{"name":"f","kind":"FILE"}`}
	content := part{"content", "bytes"}
	for _, c := range []struct {
		what   string
		closed bool
		list   []part
	}{
		{"content first", true, []part{content, meta}},
		{"content missing", true, []part{meta}},
		{"metadata missing", true, []part{content}},
		{"one part more", true, []part{meta, content, {"x", "y"}}},
		{"two contents", true, []part{meta, content, content}},
		{"another name", true, []part{meta, {"file", "bytes"}}},
		{"no closing boundary", false, []part{meta, content}},
		{"nothing", true, nil},
		{"metadata is not JSON", true, []part{{"metadata", "name=f"}, content}},
		{"metadata is an array", true, []part{{"metadata", "[]"}, content}},
		{"kind", true, []part{{"metadata", `{"name":"f","kind":"FOLDER"}`}, content}},
		{"no name", true, []part{{"metadata", `{"kind":"FILE"}`}, content}},
		{"parent", true, []part{{"metadata", `{"name":"f","kind":"FILE","parents":["AAAAAAAAAAAAAAAAAAAAAA"]}`}, content}},
		{"another size than promised", true, []part{{"metadata", `{"name":"f","kind":"FILE","size":4}`}, content}},
		{"another md5 than promised", true, []part{{"metadata", `{"name":"f","kind":"FILE","md5":"` + sum("other") + `"}`}, content}},
	} {
		body, kind := parts(c.closed, c.list...)
		req := r.request("POST", "/cdproxy/nodes", strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		if res := r.send(req); res.status != 400 {
			t.Errorf("%s: %d %s", c.what, res.status, res.body)
		}
	}
	if req := r.request("POST", "/cdproxy/nodes", strings.NewReader("x")); r.send(req).status != 400 {
		t.Error("a body of no type was taken")
	}
	body, kind := parts(true, meta, part{"content", ""})
	req := r.request("POST", "/cdproxy/nodes", onlyRead{strings.NewReader(body)})
	req.Header.Set("Content-Type", kind)
	if res := r.send(req); res.status != 400 {
		t.Errorf("empty and chunked: %d", res.status)
	}
	body, kind = parts(true, meta, content)
	req = r.request("POST", "/cdproxy/nodes", onlyRead{strings.NewReader(body)})
	req.Header.Set("Content-Type", kind)
	if res := r.send(req); res.status != 201 {
		t.Errorf("chunked: %d %s", res.status, res.body)
	}
	r.mustUpload("empty", r.drive.RootID(), "")
	if res := r.send(r.uploadRequest("", `{"name":"empty too","kind":"FILE"}`, nil)); res.status != 201 {
		t.Errorf("an empty file is no duplicate: %d %s", res.status, res.body)
	}
	if got := len(r.drive.Snapshot().Tree); got != 3 {
		t.Errorf("%d nodes, want 3", got)
	}
}

func TestUploadTooLarge(t *testing.T) {
	r := newRig(t, mocks.WithMaxUpload(10))
	if res := r.upload("f", r.drive.RootID(), strings.Repeat("x", 11)); res.status != 500 || !strings.Contains(res.body, "Internal failure") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if c := r.drive.Counters(); c.Received < 11 {
		t.Errorf("refused after %d bytes, not at the end", c.Received)
	}
	r.mustUpload("f", r.drive.RootID(), strings.Repeat("x", 10))
}

func TestRawUpload(t *testing.T) {
	r := newRig(t)
	dir := r.mkdir("d", r.drive.RootID())
	res := r.do("POST", "/cdproxy/nodes?name=a%20b.jpg&kind=FILE&parentNodeId="+dir, "bytes")
	if n := res.json(t); res.status != 201 || n["name"] != "a b.jpg" || n["contentProperties"].(map[string]any)["md5"] != sum("bytes") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := r.do("POST", "/cdproxy/nodes?name=A%20B.jpg&kind=FILE&parentNodeId="+dir, "bytes"); res.status != 409 {
		t.Errorf("again: %d", res.status)
	}
	if res := r.do("POST", "/cdproxy/nodes?name=c&kind=FILE", "bytes"); res.status != 409 || !strings.Contains(res.body, "MD5_DUPLICATE") {
		t.Errorf("same content: %d", res.status)
	}
	if res := r.do("POST", "/cdproxy/nodes?name=c&kind=FILE&suppress=deduplication", "bytes"); res.status != 201 {
		t.Errorf("same content, suppressed: %d", res.status)
	}
}

func TestUploadV2(t *testing.T) {
	r := newRig(t)
	send := func(name, query, hash, content string) result {
		body, kind := parts(true, part{"metadata", `{"name":"` + name + `","kind":"FILE"}`}, part{"file", content})
		req := r.request("POST", "/cdproxy/v2/upload/multiform-upload?kind=FILE&name="+name+query, strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		req.Header.Set("x-amzn-file-md5", hash)
		return r.send(req)
	}
	res := send("a.jpg", "&fileSize=5", sum("bytes"), "bytes")
	if res.status != 201 {
		t.Fatalf("%d %s", res.status, res.body)
	}
	want := `{"errorCode":"DuplicatesConflictError","errorDetails":{"conflictNodeIds":["` + res.json(t)["id"].(string) + `"]}}`
	if res := send("b.jpg", "&fileSize=5", sum("bytes"), "bytes"); res.status != 409 || res.body != want {
		t.Errorf("same content: %d %s", res.status, res.body)
	}
	if res := send("a.jpg", "&fileSize=5", sum("other"), "other"); res.status != 409 || res.body != want {
		t.Errorf("same name: %d %s", res.status, res.body)
	}
	if res := send("a.jpg", "&fileSize=5&conflictResolution=RENAME", sum("other"), "other"); res.status != 201 || res.json(t)["name"] != "a (1).jpg" {
		t.Errorf("renamed: %d %s", res.status, res.body)
	}
	for _, c := range [][2]string{{"&fileSize=4", sum("third")}, {"", sum("third")}, {"&fileSize=5", sum("wrong")}} {
		if res := send("c.jpg", c[0], c[1], "third"); res.status != 400 || !strings.Contains(res.body, `"errorCode":`) {
			t.Errorf("%q: %d %s", c, res.status, res.body)
		}
	}
}

func TestOverwrite(t *testing.T) {
	r := newRig(t)
	id := r.mustUpload("f.txt", r.drive.RootID(), "old")
	put := func(id string, list ...part) result {
		body, kind := parts(true, list...)
		req := r.request("PUT", "/cdproxy/nodes/"+id+"/content", strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		return r.send(req)
	}
	res := put(id, part{"content", "newer"})
	n := res.json(t)
	if c := n["contentProperties"].(map[string]any); res.status != 200 || n["version"] != 2.0 || c["version"] != 2.0 || c["md5"] != sum("newer") || c["size"] != 5.0 {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := put(id, part{"metadata", "{}"}, part{"content", ""}); res.status != 200 || res.json(t)["version"] != 3.0 {
		t.Errorf("with metadata, empty: %d %s", res.status, res.body)
	}
	if res := put(r.drive.RootID(), part{"content", "x"}); res.status != 404 {
		t.Errorf("a folder: %d", res.status)
	}
	if res := put(id, part{"wrong", "x"}); res.status != 400 {
		t.Errorf("another part: %d", res.status)
	}
}

// TestResume breaks off an upload twice and resumes it each time.
func TestResume(t *testing.T) {
	r := newRig(t, mocks.WithResumeChunk(10))
	root := r.drive.RootID()
	content := strings.Repeat("0123456789", 5)
	meta := fmt.Sprintf(`{"name":"big","kind":"FILE","size":%d,"md5":%q}`, len(content), sum(content))
	state := func() result { return r.do("GET", "/cdproxy/resume?localId=one", "") }
	if res := state(); res.status != 204 || res.body != "" {
		t.Errorf("nothing to resume: %d %s", res.status, res.body)
	}
	broken := r.drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, At: mocks.InBody, After: 500, Reset: true})
	req := r.uploadRequest("?localId=one&suppress=deduplication", meta, []byte(content))
	after := req.ContentLength - 70 // in the middle of the content
	broken.Remove()
	r.drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, At: mocks.InBody, After: after - 30, Reset: true})
	if _, err := r.try(req); err == nil {
		t.Fatal("the upload was not broken off")
	}
	s := state().json(t)
	received := int(s["receivedBytes"].(float64))
	if received == 0 || received%10 != 0 || s["uploadState"] != "IN_PROGRESS" || s["expectedMd5"] != sum(content) || s["expectedBytes"] != float64(len(content)) {
		t.Fatalf("state: %v", s)
	}
	if res := r.upload("BIG", root, "x"); res.status != 408 {
		t.Errorf("the name of an unfinished upload: %d %s", res.status, res.body)
	}
	if res := r.do("GET", s["contentLink"].(string), ""); res.status != 404 {
		t.Errorf("an unfinished upload is visible: %d", res.status)
	}
	put := func(from int) (result, error) {
		req := r.request("PUT", s["contentLink"].(string), strings.NewReader(content[from:]))
		req.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		return r.try(req)
	}
	if res, err := put(received + 1); err != nil || res.status != 400 {
		t.Errorf("a gap: %v %v", res, err)
	}
	r.drive.Inject(mocks.Fault{Op: "Content.Resume", Nth: 1, At: mocks.InBody, After: 12, Reset: true})
	if _, err := put(received); err == nil {
		t.Error("the second part was not broken off")
	}
	if more := int(state().json(t)["receivedBytes"].(float64)); more != received+10 {
		t.Errorf("received %d, want %d", more, received+10)
	}
	res, err := put(received + 10)
	if err != nil || res.status != 201 || res.json(t)["id"] != s["nodeId"] {
		t.Fatalf("finished: %v %v", res, err)
	}
	if got, err := r.drive.ReadFile("big"); err != nil || string(got) != content {
		t.Errorf("content: %q %v", got, err)
	}
	if res := state(); res.status != 204 {
		t.Errorf("after the end: %d", res.status)
	}
	if res := r.send(r.uploadRequest("?localId=one&suppress=deduplication", `{"name":"again","kind":"FILE"}`, []byte("x"))); res.status != 409 {
		t.Errorf("localId again: %d", res.status)
	}
}

func TestPendingAndLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, mocks.WithPending(10*time.Second), mocks.WithIndexLag(5*time.Second))
		root := r.drive.RootID()
		a, b := r.mkdir("a", root), r.mkdir("b", root)
		time.Sleep(5 * time.Second)
		id := r.mustUpload("f", a, "f")
		n := r.want(200, "GET", "nodes/"+id, "")
		if n["status"] != "PENDING" || n["contentProperties"] != nil {
			t.Errorf("just uploaded: %v", n)
		}
		children := func(id string) []string { return r.names("nodes/"+id+"/children", map[string][]string{}) }
		if got := children(a); len(got) != 0 {
			t.Errorf("seen at once: %q", got)
		}
		if res := r.upload("F", a, "g"); res.status != 409 {
			t.Errorf("the name is taken although it is not listed: %d", res.status)
		}
		time.Sleep(5 * time.Second)
		if got := children(a); len(got) != 1 {
			t.Errorf("not seen after the lag: %q", got)
		}
		time.Sleep(5 * time.Second)
		if n := r.want(200, "GET", "nodes/"+id, ""); n["status"] != "AVAILABLE" || n["version"] != 2.0 {
			t.Errorf("processed: %v", n)
		}
		// A moved node is still listed in its old folder, with its new parent.
		r.want(200, "POST", "nodes/"+b+"/children", `{"fromParent":"`+a+`","childId":"`+id+`"}`)
		page := r.want(200, "GET", "nodes?filters=parents:"+a, "")["data"].([]any)
		if len(page) != 1 || page[0].(map[string]any)["parents"].([]any)[0] != b {
			t.Errorf("old place: %v", page)
		}
		if got := children(b); len(got) != 0 {
			t.Errorf("new place: %q", got)
		}
		time.Sleep(5 * time.Second)
		if x, y := children(a), children(b); len(x) != 0 || len(y) != 1 {
			t.Errorf("after the lag: %q %q", x, y)
		}
		// A node that was just trashed is still listed, with the status TRASH.
		r.want(200, "PUT", "trash/"+id, "")
		page = r.want(200, "GET", "nodes/"+b+"/children", "")["data"].([]any)
		if len(page) != 1 || page[0].(map[string]any)["status"] != "TRASH" {
			t.Errorf("just trashed: %v", page)
		}
		time.Sleep(5 * time.Second)
		if got := children(b); len(got) != 0 {
			t.Errorf("trashed: %q", got)
		}
	})
}

func TestLongUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, kept := range []bool{true, false} {
			r := newRig(t, mocks.WithTokenLifetime(time.Hour))
			body, kind := uploadBody(`{"name":"f","kind":"FILE"}`, []byte("content"))
			pr, pw := io.Pipe()
			req := r.request("POST", "/cdproxy/nodes", pr)
			req.Header.Set("Content-Type", kind)
			go func() {
				time.Sleep(150 * time.Minute)
				if kept {
					r.drive.AddToken("fresh", time.Time{})
					q := r.request("GET", "/drive/v1/account/info", nil)
					q.Header.Set("Authorization", "Bearer fresh")
					r.send(q)
				}
				_, err := io.Copy(pw, body)
				pw.CloseWithError(err)
			}()
			want := map[bool]int{true: 201, false: 401}[kept]
			if res := r.send(req); res.status != want {
				t.Errorf("session kept alive %t: %d %s", kept, res.status, res.body)
			}
		}
	})
}

func TestSynthetic(t *testing.T) {
	r := newRig(t, mocks.WithSyntheticContents(7))
	root := r.drive.RootID()
	const size = 3<<20 + 5
	data, err := io.ReadAll(mocks.Synthetic(7, size))
	if err != nil || len(data) != size {
		t.Fatal(len(data), err)
	}
	id := r.mustUpload("f", root, string(data))
	req := r.request("GET", "/cdproxy/nodes/"+id+"/content", nil)
	req.Header.Set("Range", "bytes=1000001-1000100")
	if res := r.send(req); res.body != string(data[1000001:1000101]) {
		t.Error("another range than was stored")
	}
	data[size-1] ^= 1
	if res := r.upload("g", root, string(data)); res.status != 400 {
		t.Errorf("one bit off: %d", res.status)
	}
}

func TestThumbnail(t *testing.T) {
	r := newRig(t)
	id, err := r.drive.WriteFile("p.png", picture(t, 200, 100))
	if err != nil {
		t.Fatal(err)
	}
	n := r.want(200, "GET", "nodes/"+id, "")
	if c := n["contentProperties"].(map[string]any)["image"]; fmt.Sprint(c) != "map[height:100 width:200]" {
		t.Errorf("image: %v", c)
	}
	res := r.do("GET", "/cdproxy/nodes/"+id+"/content?viewBox=50", "")
	if w, h := jpegSize(t, res.body); res.header.Get("Content-Type") != "image/jpeg" || w != 50 || h != 25 {
		t.Errorf("%dx%d %v", w, h, res.header)
	}
	n = r.want(200, "GET", "nodes/"+id+"?asset=ALL&tempLink=true", "")
	asset := n["assets"].([]any)[0].(map[string]any)
	if asset["kind"] != "ASSET" || asset["id"] == id {
		t.Errorf("asset: %v", asset)
	}
	if w, h := jpegSize(t, r.bareGet(asset["tempLink"].(string), "").body); w != 200 || h != 100 {
		t.Errorf("asset: %dx%d", w, h)
	}
	text, _ := r.drive.WriteFile("t.txt", nil)
	if n := r.want(200, "GET", "nodes/"+text+"?asset=ALL", ""); len(n["assets"].([]any)) != 0 {
		t.Errorf("assets of a text: %v", n)
	}
	for _, path := range []string{id + "/content?viewBox=x", id + "/content?viewBox=0", text + "/content?viewBox=5"} {
		if res := r.do("GET", "/cdproxy/nodes/"+path, ""); res.status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, res.status)
		}
	}
}
