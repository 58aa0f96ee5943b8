package acd_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
)

// photosNet is the network of a session of amazon.de. It has a function for each host, and records
// all requests.
type photosNet struct {
	hosts map[string]func(*http.Request) (status int, header http.Header, body string)
	mu    sync.Mutex
	sent  []*http.Request
}

func (n *photosNet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	n.mu.Lock()
	n.sent = append(n.sent, r)
	n.mu.Unlock()
	host := n.hosts[r.URL.Host]
	if host == nil {
		return nil, fmt.Errorf("no such host: %s", r.URL.Host)
	}
	status, header, body := host(r)
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
}

// to returns the requests that were sent to a host.
func (n *photosNet) to(host string) (reqs []*http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.sent {
		if r.URL.Host == host {
			reqs = append(reqs, r)
		}
	}
	return reqs
}

type cookie string

func (c cookie) Authorize(r *http.Request) error {
	r.Header.Set("Cookie", "at-acbde="+string(c))
	return nil
}
func (cookie) Answered(*http.Response) bool { return false }

func photosClient(t *testing.T, n *photosNet, opts ...acd.Option) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(t.Context(), nil, append([]acd.Option{acd.WithPhotos("amazon.de"), acd.WithAuthenticator(cookie("a-session-cookie")),
		acd.WithHTTPClient(&http.Client{Transport: n}), acd.WithLimiter(noLimiter{})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const (
	www       = "www.amazon.de"
	contentEU = "content-eu.drive.amazonaws.com"
	contentNA = "content-na.drive.amazonaws.com"
)

const photoText = "the original, all of it"

func photo() *acd.Node {
	sum := md5.Sum([]byte(photoText))
	return &acd.Node{ID: "photo", Kind: acd.KindFile, Name: "a.jpg", OwnerID: "me",
		ContentProperties: acd.ContentProperties{Size: int64(len(photoText)), MD5: hex.EncodeToString(sum[:]), ContentType: "image/jpeg"}}
}

func redirectTo(location string) (int, http.Header, string) {
	return http.StatusFound, http.Header{"Location": {location}}, ""
}

// site returns a function that answers like the site. The keys of paths are below /drive/v1/.
func site(paths map[string]func(*http.Request) (int, http.Header, string)) func(*http.Request) (int, http.Header, string) {
	return func(r *http.Request) (int, http.Header, string) {
		if f := paths[strings.TrimPrefix(r.URL.Path, "/drive/v1/")]; f != nil {
			return f(r)
		}
		return http.StatusNotFound, nil, `{"message":"Not Found"}`
	}
}

func says(status int, body string) func(*http.Request) (int, http.Header, string) {
	return func(*http.Request) (int, http.Header, string) { return status, nil, body }
}

type hosts = map[string]func(*http.Request) (int, http.Header, string)

var photoJSON = fmt.Sprintf(`{"id":"photo","kind":"FILE","status":"AVAILABLE","name":"a.jpg","version":1,"contentProperties":{"size":%d,"md5":%q}}`, photo().Size(), photo().MD5())

func TestPhotosSendsItsParametersWithEachCall(t *testing.T) {
	n := &photosNet{hosts: hosts{www: func(r *http.Request) (int, http.Header, string) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/trash"):
			return 200, nil, `{"errorMap":{}}`
		case strings.HasSuffix(r.URL.Path, "/nodes"), strings.HasSuffix(r.URL.Path, "/children"):
			return 200, nil, `{"count":0,"data":[]}`
		}
		return 200, nil, photoJSON
	}}}
	client := photosClient(t, n)
	ctx := t.Context()
	calls := []error{}
	_, err := client.Nodes.Get(ctx, "photo")
	calls = append(calls, err)
	_, err = client.Nodes.Rename(ctx, "photo", "a.jpg")
	calls = append(calls, err, client.Nodes.TrashAll(ctx, []string{"photo"}))
	for _, err := range client.Nodes.Children(ctx, "folder", acd.ListOptions{}) {
		calls = append(calls, err)
	}
	resp, err := client.Do(ctx, acd.Call{Path: "nodes/photo", Method: "PATCH", Body: strings.NewReader(`{}`)})
	if err == nil {
		resp.Body.Close()
	}
	if err := errors.Join(append(calls, err)...); err != nil {
		t.Fatal(err)
	}
	if len(n.sent) != 6 {
		t.Errorf("%d requests", len(n.sent))
	}
	for _, r := range n.sent {
		q := r.URL.Query()
		if q.Get("resourceVersion") != "V2" || q.Get("ContentType") != "JSON" || r.Header.Get("Cookie") != "at-acbde=a-session-cookie" {
			t.Errorf("%s %s: %v", r.Method, r.URL, r.Header)
		}
		if r.Body == nil || r.Header.Get("Content-Type") != "application/json" {
			continue
		}
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body) > 0 && (body["resourceVersion"] != "V2" || body["ContentType"] != "JSON") {
			t.Errorf("%s %s: body %v", r.Method, r.URL, body)
		}
	}
}

func TestPhotosHostsOfASite(t *testing.T) {
	const other = "cdws.eu-west-1.amazonaws.com"
	tests := []struct {
		name    string
		answer  func(*http.Request) (int, http.Header, string)
		content string
		err     error
	}{
		{"discovery is silent", says(404, `{}`), contentEU, nil},
		{"discovery fails", says(503, `<html>busy</html>`), contentEU, nil},
		{"discovery says nothing", says(200, `{}`), contentEU, nil},
		{"discovery names another region", says(200, `{"customerExists":true,"metadataUrl":"https://`+other+`/drive/v1/","contentUrl":"https://`+contentNA+`/cdproxy/"}`), contentNA, nil},
		{"discovery names a stranger", says(200, `{"customerExists":true,"metadataUrl":"https://evil.test/","contentUrl":"https://evil.test/","uploadServiceUrl":"https://evil.test/"}`), contentEU, nil},
		{"the session has ended", says(401, `{"Message":"No Auth Method Provided"}`), "", acd.ErrUnauthorized},
		{"a sign-in page", func(*http.Request) (int, http.Header, string) {
			return 200, http.Header{"Content-Type": {"text/html"}}, "<html>"
		}, "", acd.ErrUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &photosNet{hosts: hosts{www: site(hosts{"account/endpoint": tt.answer, "nodes/photo": says(200, photoJSON)})}}
				for _, host := range []string{contentEU, contentNA} {
					n.hosts[host] = says(200, photoText)
				}
				client := photosClient(t, n)
				_, err := client.Nodes.Get(t.Context(), "photo")
				if !errors.Is(err, tt.err) {
					t.Fatal(err)
				}
				if tt.err != nil {
					return
				}
				if err := client.Content.Download(t.Context(), photo(), discardAt{}); err != nil {
					t.Fatal(err)
				}
				if got := len(n.to(tt.content)); got != 1 || len(n.to(other)) > 0 || len(n.to("evil.test")) > 0 {
					t.Errorf("%d requests to %s", got, tt.content)
				}
			})
		})
	}
}

type discardAt struct{}

func (discardAt) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// Originals are downloaded through the redirection, whatever its target. A host of the site needs
// the session. A signed URL must not get the session.
func TestPhotosOriginalsFollowTheRedirection(t *testing.T) {
	const signed = "https://bucket.s3.amazonaws.com/key?X-Amz-Signature=abc"
	tests := []struct{ name, location, host, cookie string }{
		{"content host", "https://" + contentEU + "/cdproxy/nodes/photo/content", contentEU, "at-acbde=a-session-cookie"},
		{"download host", "https://download-photos.amazon.de/v2/download/signed/photo?ownerId=me", "download-photos.amazon.de", "at-acbde=a-session-cookie"},
		{"signed", signed, "bucket.s3.amazonaws.com", ""},
		{"stranger", "https://content-eu.drive.amazonaws.com.evil.test/photo", "content-eu.drive.amazonaws.com.evil.test", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := &photosNet{hosts: hosts{
				www:     site(hosts{"nodes/photo/contentRedirection": func(*http.Request) (int, http.Header, string) { return redirectTo(tt.location) }}),
				tt.host: says(200, photoText),
			}}
			client := photosClient(t, n, acd.WithTempLinkThreshold(0))
			if err := client.Content.Download(t.Context(), photo(), discardAt{}); err != nil {
				t.Fatal(err)
			}
			reqs := n.to(tt.host)
			if len(reqs) != 1 || reqs[0].Header.Get("Cookie") != tt.cookie {
				t.Errorf("%d requests, %v", len(reqs), reqs[0].Header)
			}
			asked := n.to(www)
			if q := asked[len(asked)-1].URL.Query(); q.Get("querySuffix") != "?download=true" || q.Get("ownerId") != "me" {
				t.Errorf("asked with %v", q)
			}
		})
	}
}

func TestPhotosOriginalsWithoutRedirection(t *testing.T) {
	for _, status := range []int{404, 405, 501, 400} {
		n := &photosNet{hosts: hosts{
			www:       site(hosts{"nodes/photo/contentRedirection": says(status, `{"message":"no such call"}`)}),
			contentEU: says(200, photoText),
		}}
		client := photosClient(t, n)
		for range 3 {
			if err := client.Content.Download(t.Context(), photo(), discardAt{}); err != nil {
				t.Fatal(status, err)
			}
		}
		if asked := len(n.to(www)); asked != 2 || len(n.to(contentEU)) != 3 { // discovery, and one redirection
			t.Errorf("%d: %d requests to the site, %d for content", status, asked, len(n.to(contentEU)))
		}
	}
}

// The content host of a wrong region answers 401, as if the session had ended. The client must find
// the right region.
func TestPhotosFindsTheAccountsRegion(t *testing.T) {
	n := &photosNet{hosts: hosts{
		www:       site(hosts{"account/info": says(200, `{"status":"ACTIVE","termsOfUse":"1.0.0"}`)}),
		contentEU: says(401, `{"logref":"x","message":"no","code":""}`),
		contentNA: says(200, photoText),
	}}
	for _, host := range []string{"content-fe.drive.amazonaws.com", "content-jp.drive.amazonaws.com"} {
		n.hosts[host] = says(401, `{}`)
	}
	client := photosClient(t, n)
	for range 3 {
		if err := client.Content.Download(t.Context(), photo(), discardAt{}); err != nil {
			t.Fatal(err)
		}
	}
	if eu, na := len(n.to(contentEU)), len(n.to(contentNA)); eu != 1 || na != 3 {
		t.Errorf("%d requests to the region of the site, %d to that of the account", eu, na)
	}
}

func TestPhotosSessionThatHasEndedIsNoOtherRegion(t *testing.T) {
	n := &photosNet{hosts: hosts{
		www:       site(hosts{"account/info": says(401, `{"Message":"No Auth Method Provided"}`)}),
		contentEU: says(401, `{"logref":"x","message":"no","code":""}`),
	}}
	err := photosClient(t, n).Content.Download(t.Context(), photo(), discardAt{})
	if !errors.Is(err, acd.ErrUnauthorized) || len(n.to(contentNA)) != 0 || len(n.to(contentEU)) != 1 {
		t.Errorf("%v, %d requests", err, len(n.sent))
	}
}

// If a page comes instead of a photo, the download must fail at once, without a retry: a program
// may have ten thousand more photos to download.
func TestPhotosPageInsteadOfContent(t *testing.T) {
	n := &photosNet{hosts: hosts{
		www: site(hosts{"nodes/photo": says(200, photoJSON)}),
		contentEU: func(*http.Request) (int, http.Header, string) {
			return 200, http.Header{"Content-Type": {"text/html; charset=utf-8"}}, "<html>Sign in</html>"
		},
	}}
	err := photosClient(t, n).Content.Download(t.Context(), photo(), discardAt{})
	if !errors.Is(err, acd.ErrUnauthorized) || acd.IsRetryable(err) || len(n.to(contentEU)) != 1 {
		t.Errorf("%v after %d requests", err, len(n.to(contentEU)))
	}
}

// manyPhotos lists nodes without tokens, by offsets up to 9,999, and obeys a filter of dates.
type manyPhotos struct {
	dates    []time.Time
	count    func(true int) int
	requests int
}

func (m *manyPhotos) answer(r *http.Request) (int, http.Header, string) {
	q := r.URL.Query()
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	if offset+limit > 9999 {
		return 400, nil, `{"message":"offset + limit is above 9999"}`
	}
	return m.unlimited(r)
}

func (m *manyPhotos) unlimited(r *http.Request) (int, http.Header, string) {
	m.requests++
	q := r.URL.Query()
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	var matching []int
	for i, d := range m.dates {
		if inFilter(q.Get("filters"), d) {
			matching = append(matching, i)
		}
	}
	count := len(matching)
	if m.count != nil {
		count = m.count(count)
	}
	var data []string
	for _, i := range matching[min(offset, len(matching)):min(offset+limit, len(matching))] {
		data = append(data, fmt.Sprintf(`{"id":"n%d","kind":"FILE","status":"AVAILABLE","name":"%d.jpg","version":1,"createdDate":%q}`, i, i, m.dates[i].Format("2006-01-02T15:04:05.000Z")))
	}
	return 200, nil, fmt.Sprintf(`{"count":%d,"data":[%s]}`, count, strings.Join(data, ","))
}

// inFilter reports whether a filter of the form createdDate:["a" TO "b"] selects d. Either end may
// be open.
func inFilter(filters string, d time.Time) bool {
	_, dates, found := strings.Cut(filters, "createdDate:")
	if !found {
		return true
	}
	from, to, _ := strings.Cut(strings.Trim(dates, "[]{}"), " TO ")
	at := func(s string) time.Time { u, _ := time.Parse(`"2006-01-02T15:04:05.000Z"`, s); return u }
	return (from == "*" || !d.Before(at(from))) && (to == "*" || !d.After(at(to)))
}

func TestPhotosListsAboveTheServicesLimit(t *testing.T) {
	day := time.Date(2021, 5, 1, 12, 0, 0, 0, time.UTC)
	spread := func(n int, step time.Duration) (dates []time.Time) {
		for i := range n {
			dates = append(dates, day.Add(time.Duration(i)*step))
		}
		return dates
	}
	tests := []struct {
		name     string
		service  manyPhotos
		whole    bool
		requests int // at most
	}{
		{"below", manyPhotos{dates: spread(9900, time.Hour)}, true, 51},
		{"three times over years", manyPhotos{dates: spread(30000, 30*time.Minute)}, true, 210},
		{"most within a second", manyPhotos{dates: append(spread(3000, time.Hour), spread(12000, 50*time.Microsecond)...)}, true, 240},
		{"a count that says too little", manyPhotos{dates: spread(15000, time.Hour), count: func(int) int { return 10 }}, true, 450},
		{"a count that says too much", manyPhotos{dates: spread(300, time.Hour), count: func(n int) int { return n + 20000 }}, true, 220},
		{"too many in one millisecond", manyPhotos{dates: spread(11000, 0)}, false, 2500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := &photosNet{hosts: hosts{www: site(hosts{"nodes": tt.service.answer})}}
			seen := map[string]bool{}
			var listErr error
			for node, err := range photosClient(t, n).Nodes.List(t.Context(), acd.ListOptions{}) {
				if listErr = err; err != nil {
					break
				}
				if seen[node.ID] {
					t.Fatal("twice: ", node.ID)
				}
				seen[node.ID] = true
			}
			t.Logf("%d nodes, %d requests", len(seen), tt.service.requests)
			if tt.whole && (listErr != nil || len(seen) != len(tt.service.dates)) {
				t.Errorf("%d nodes of %d: %v", len(seen), len(tt.service.dates), listErr)
			}
			if !tt.whole && !errors.Is(listErr, acd.ErrIncomplete) {
				t.Errorf("%d nodes, and no ErrIncomplete: %v", len(seen), listErr)
			}
			if tt.service.requests > tt.requests {
				t.Errorf("%d requests, at most %d", tt.service.requests, tt.requests)
			}
		})
	}
}

func TestPhotosFilterOfDatesThatIsNotObeyed(t *testing.T) {
	m := &manyPhotos{}
	for i := range 12000 {
		m.dates = append(m.dates, time.Date(2021, 5, 1, 0, i, 0, 0, time.UTC))
	}
	n := &photosNet{hosts: hosts{www: site(hosts{"nodes": func(r *http.Request) (int, http.Header, string) {
		q := r.URL.Query()
		q.Del("filters")
		r.URL.RawQuery = q.Encode()
		return m.answer(r)
	}})}}
	var last error
	for _, err := range photosClient(t, n).Nodes.List(t.Context(), acd.ListOptions{}) {
		last = err
	}
	if !errors.Is(last, acd.ErrIncomplete) || m.requests > 60 {
		t.Errorf("%v after %d requests", last, m.requests)
	}
}

func TestPhotosChildrenOfAlbumsAndStills(t *testing.T) {
	const (
		album = `{"id":"album","kind":"VISUAL_COLLECTION","status":"AVAILABLE","name":"Harbour","version":1}`
		still = `{"id":"still","kind":"FILE","status":"AVAILABLE","name":"a.heic","version":1,"parents":["folder"]%s}`
		video = `{"id":"video","kind":"ASSET","status":"AVAILABLE","name":"a.mov","version":1,"assetProperties":{"assetType":"LIVE_VIDEO"}}`
	)
	list := func(nodes ...string) func(*http.Request) (int, http.Header, string) {
		return says(200, fmt.Sprintf(`{"count":%d,"data":[%s]}`, len(nodes), strings.Join(nodes, ",")))
	}
	n := &photosNet{hosts: hosts{www: site(hosts{
		"nodes/album":           says(200, album),
		"nodes/still":           says(200, fmt.Sprintf(still, "")),
		"nodes/folder":          says(200, `{"id":"folder","kind":"FOLDER","status":"AVAILABLE","name":"Pictures","version":1}`),
		"nodes/album/children":  list(fmt.Sprintf(still, `,"xAccntParents":["album"]`), strings.Replace(fmt.Sprintf(still, ""), `"still"`, `"other"`, 1)),
		"nodes/still/children":  list(video),
		"nodes/folder/children": list(fmt.Sprintf(still, ""), strings.Replace(fmt.Sprintf(still, ""), `"folder"`, `"elsewhere"`, 1)),
	})}}
	client := photosClient(t, n)
	for parent, want := range map[string][]string{"album": {"still", "other"}, "still": {"video"}, "folder": {"still"}} {
		var got []string
		for node, err := range client.Nodes.Children(t.Context(), parent, acd.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, node.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("children of the %s: %v, want %v", parent, got, want)
		}
	}
}

func TestPhotosNeedsAKnownSite(t *testing.T) {
	_, err := acd.NewClient(t.Context(), nil, acd.WithPhotos("amazon.xyz"))
	if err == nil || !strings.Contains(err.Error(), `"amazon.xyz"`) || !strings.Contains(err.Error(), "amazon.co.uk") {
		t.Error(err)
	}
	client, err := acd.NewClient(t.Context(), nil, acd.WithPhotos("https://www.amazon.co.uk/photos"))
	if err != nil {
		t.Fatal(err)
	}
	if site, ok := client.PhotosSite(); site != "amazon.co.uk" || !ok {
		t.Errorf("%q, %v", site, ok)
	}
	client, err = acd.NewClient(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if site, ok := client.PhotosSite(); site != "" || ok {
		t.Errorf("%q, %v", site, ok)
	}
}
