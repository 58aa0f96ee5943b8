package mocks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// rig sends plain HTTP requests to a drive.
type rig struct {
	t     testing.TB
	drive *mocks.Drive
	hc    *http.Client
	base  string
	token string
}

func newRig(t testing.TB, opts ...mocks.Option) *rig {
	d := mocks.NewDrive(append([]mocks.Option{mocks.WithToken("tok")}, opts...)...)
	return &rig{t: t, drive: d, hc: &http.Client{Transport: d}, base: "https://drive.test", token: "tok"}
}

// overSocket makes the rig use a real connection.
func (r *rig) overSocket() *rig {
	s := httptest.NewServer(r.drive)
	r.t.Cleanup(s.Close)
	r.hc, r.base = s.Client(), s.URL
	return r
}

type result struct {
	status int
	header http.Header
	body   string
}

// json decodes the body as an object.
func (r result) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("status %d, body %q: %v", r.status, r.body, err)
	}
	return v
}

func (r *rig) request(method, path string, body io.Reader) *http.Request {
	r.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = r.base + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, target, body)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	return req
}

func (r *rig) send(req *http.Request) result {
	r.t.Helper()
	res, err := r.try(req)
	if err != nil {
		r.t.Fatal(err)
	}
	return res
}

func (r *rig) try(req *http.Request) (result, error) {
	resp, err := r.hc.Do(req)
	if err != nil {
		return result{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return result{resp.StatusCode, resp.Header, string(b)}, err
}

func (r *rig) do(method, path, body string) result {
	r.t.Helper()
	var rd io.Reader
	if body != "" {
		rd = strings.NewReader(body)
	}
	return r.send(r.request(method, path, rd))
}

// meta calls the metadata API.
func (r *rig) meta(method, path, body string) result {
	r.t.Helper()
	return r.do(method, "/drive/v1/"+path, body)
}

// want calls the metadata API, checks the status and returns the body.
func (r *rig) want(status int, method, path, body string) map[string]any {
	r.t.Helper()
	res := r.meta(method, path, body)
	if res.status != status {
		r.t.Fatalf("%s %s: status %d, want %d: %s", method, path, res.status, status, res.body)
	}
	if res.body == "" {
		return nil
	}
	return res.json(r.t)
}

func (r *rig) mkdir(name, parent string) string {
	r.t.Helper()
	return r.want(201, "POST", "nodes", fmt.Sprintf(`{"name":%q,"kind":"FOLDER","parents":[%q]}`, name, parent))["id"].(string)
}

// uploadBody returns a multipart body and its content type.
func uploadBody(metadata string, content []byte) (io.Reader, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if metadata != "" {
		p, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="metadata"`}})
		io.WriteString(p, metadata)
	}
	p, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="content"; filename="x"`}, "Content-Type": {"application/octet-stream"}})
	p.Write(content)
	w.Close()
	return bytes.NewReader(b.Bytes()), w.FormDataContentType()
}

func (r *rig) uploadRequest(query, metadata string, content []byte) *http.Request {
	r.t.Helper()
	body, kind := uploadBody(metadata, content)
	req := r.request("POST", "/cdproxy/nodes"+query, body)
	req.Header.Set("Content-Type", kind)
	return req
}

func (r *rig) upload(name, parent, content string) result {
	r.t.Helper()
	return r.send(r.uploadRequest("?suppress=deduplication", fmt.Sprintf(`{"name":%q,"kind":"FILE","parents":[%q]}`, name, parent), []byte(content)))
}

func (r *rig) mustUpload(name, parent, content string) string {
	r.t.Helper()
	res := r.upload(name, parent, content)
	if res.status != 201 {
		r.t.Fatalf("upload %s: %d %s", name, res.status, res.body)
	}
	return res.json(r.t)["id"].(string)
}

// names returns the names in a listing, from all its pages.
func (r *rig) names(path string, query url.Values) []string {
	r.t.Helper()
	var out []string
	for {
		page := r.want(200, "GET", path+"?"+query.Encode(), "")
		for _, n := range page["data"].([]any) {
			name, _ := n.(map[string]any)["name"].(string)
			out = append(out, name)
		}
		next, _ := page["nextToken"].(string)
		if next == "" {
			return out
		}
		query.Set("startToken", next)
	}
}

func dial(t *testing.T, base string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegSize(t *testing.T, body string) (w, h int) {
	t.Helper()
	cfg, err := jpeg.DecodeConfig(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Width, cfg.Height
}
