package mocks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// TestRoundTripAndSocket runs the main calls without a socket and with one. The drive must behave
// the same in both cases.
func TestRoundTripAndSocket(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprintf("socket=%t", socket), func(t *testing.T) {
			r := newRig(t)
			if socket {
				r.overSocket()
			}
			ep := r.want(200, "GET", "account/endpoint", "")
			if got, want := ep["metadataUrl"], r.base+"/drive/v1/"; got != want {
				t.Errorf("metadataUrl %v, want %v", got, want)
			}
			dir := r.mkdir("Reports", r.drive.RootID())
			res := r.upload("It's=1.txt", dir, "hello")
			if res.status != http.StatusCreated {
				t.Fatalf("upload: %d %s", res.status, res.body)
			}
			if !strings.Contains(res.body, `It\u0027s\u003d1.txt`) {
				t.Errorf("apostrophe and = are not escaped: %s", res.body)
			}
			n := res.json(t)
			want := map[string]any{"version": 1.0, "size": 5.0, "md5": "5d41402abc4b2a76b9719d911017c592", "contentType": "text/plain", "extension": "txt"}
			if diff := cmp.Diff(want, n["contentProperties"]); diff != "" {
				t.Error(diff)
			}
			id := n["id"].(string)
			if res := r.do("GET", "/cdproxy/nodes/"+id+"/content", ""); res.body != "hello" || res.header.Get("Content-Length") != "5" {
				t.Errorf("download: %+v", res)
			}
			req := r.request("GET", "/cdproxy/nodes/"+id+"/content", nil)
			req.Header.Set("Range", "bytes=1-3")
			if res := r.send(req); res.status != http.StatusPartialContent || res.body != "ell" || res.header.Get("Content-Range") != "bytes 1-3/5" {
				t.Errorf("range: %+v", res)
			}
			body, kind := uploadBody("", []byte("other"))
			req = r.request("PUT", "/cdproxy/nodes/"+id+"/content", body)
			req.Header.Set("Content-Type", kind)
			if res := r.send(req); res.status != 200 || res.json(t)["version"] != 2.0 {
				t.Errorf("overwrite: %+v", res)
			}
			if got := r.names("nodes/"+dir+"/children", url.Values{}); !cmp.Equal(got, []string{"It's=1.txt"}) {
				t.Errorf("children: %q", got)
			}
			mocks.AssertNoLeaks(t, r.drive)
		})
	}
}

func TestConflicts(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	id := r.mustUpload("A.txt", root, "1")
	res := r.upload("a.TXT", root, "2")
	e := res.json(t)
	if res.status != 409 || e["code"] != "NAME_ALREADY_EXISTS" || !cmp.Equal(e["info"], any(map[string]any{"nodeId": id})) {
		t.Errorf("case variant: %d %s", res.status, res.body)
	}
	want := "Node with the name a.txt already exists under parentId " + root + " conflicting NodeId: " + id
	if e["message"] != want {
		t.Errorf("message %q, want %q", e["message"], want)
	}
	res = r.send(r.uploadRequest("", `{"name":"b","kind":"FILE"}`, []byte("1")))
	if e := res.json(t); res.status != 409 || e["code"] != "MD5_DUPLICATE" {
		t.Errorf("duplicate: %d %s", res.status, res.body)
	}
	r.want(409, "POST", "nodes", `{"name":"a.TXT","kind":"FOLDER"}`)
	r.want(200, "PUT", "trash/"+id, "")
	r.mustUpload("a.txt", root, "3")
	r.want(409, "POST", "trash/"+id+"/restore", "")
}

func TestPaging(t *testing.T) {
	r := newRig(t)
	dir, err := r.drive.Mkdir("d")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 450 {
		name := fmt.Sprintf("f%03d", i)
		want = append(want, name)
		if _, err := r.drive.WriteFile("d/"+name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []url.Values{
		{}, {"limit": {"7"}}, {"filters": {"kind:FILE"}}, {"sort": {`["name ASC"]`}}, {"sort": {`['name ASC']`}, "limit": {"199"}},
	} {
		if diff := cmp.Diff(want, r.names("nodes/"+dir+"/children", q)); diff != "" {
			t.Errorf("%v: %s", q, diff)
		}
	}
	if diff := cmp.Diff(want, r.names("nodes", url.Values{"filters": {"parents:" + dir + " AND kind:FILE"}})); diff != "" {
		t.Error(diff)
	}
}
