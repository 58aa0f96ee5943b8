package mocks_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

const (
	wwwDE     = "https://www.amazon.de/drive/v1/"
	contentEU = "https://content-eu.drive.amazonaws.com/cdproxy/"
	uploadDE  = "https://upload-photos.amazon.de/v2/upload"
	v2        = "resourceVersion=V2&ContentType=JSON"
)

// browser sends requests to a drive of Photos with the cookies of a browser.
type browser struct {
	*rig
	session *mocks.Session
}

func newBrowser(t testing.TB, opts ...mocks.Option) *browser {
	d := mocks.NewDrive(append([]mocks.Option{mocks.WithPhotos("amazon.de")}, opts...)...)
	hc := &http.Client{Transport: d, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{rig: &rig{t: t, drive: d, hc: hc, base: "https://www.amazon.de"}, session: d.NewSession()}
}

// call sends a request with the cookies. headers is a list of name, value, name, value.
func (b *browser) call(method, url, body string, headers ...string) result {
	b.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := b.request(method, url, r)
	req.Header.Set("Cookie", b.session.Header())
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	return b.send(req)
}

// wants sends a request as call does, checks the status and returns the body.
func (b *browser) wants(status int, method, url, body string, headers ...string) map[string]any {
	b.t.Helper()
	res := b.call(method, url, body, headers...)
	if res.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %.300s", method, url, res.status, status, res.body)
	}
	if !strings.HasPrefix(res.body, "{") {
		return nil
	}
	return res.json(b.t)
}

func (b *browser) write(path string, p mocks.Photo) string {
	b.t.Helper()
	id, err := b.drive.WritePhoto(path, []byte("content of "+path), p)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *browser) seed(n int) mocks.Library {
	b.t.Helper()
	lib, err := b.drive.SeedPhotos(n, 7)
	if err != nil {
		b.t.Fatal(err)
	}
	return lib
}

// found returns the names of the nodes on the first page of a search.
func (b *browser) found(filters string, more ...string) []string {
	b.t.Helper()
	q := url.Values{"filters": {filters}, "limit": {"200"}, "sort": {"['createdDate ASC']"}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	var names []string
	for _, n := range data(b.wants(200, "GET", wwwDE+"search?"+v2+"&"+q.Encode(), "")) {
		names = append(names, n["name"].(string))
	}
	return names
}

func data(page map[string]any) []map[string]any {
	var list []map[string]any
	for _, n := range page["data"].([]any) {
		list = append(list, n.(map[string]any))
	}
	return list
}
