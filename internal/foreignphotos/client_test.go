package foreignphotos

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// browser is a client that knows only the reference. It follows no redirect.
type browser struct {
	t      *testing.T
	s      *Service
	by     http.RoundTripper
	cookie string
}

func open(t *testing.T, opts ...Option) (*Service, *browser) {
	t.Helper()
	s := New(opts...)
	return s, &browser{t: t, s: s, by: s, cookie: s.CookieHeader()}
}

type answer struct {
	status int
	header http.Header
	body   string
	json   Doc
	err    error // the error of reading the body
}

// do sends a request unchanged.
func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	res, err := b.by.RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	a := answer{status: res.StatusCode, header: res.Header, body: string(raw), err: err}
	_ = json.Unmarshal(raw, &a.json)
	return a
}

func (b *browser) request(method, address, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	for _, c := range rawCookies(r.Header) {
		if c.name == "session-id" {
			r.Header.Set("x-amzn-sessionid", c.value)
		}
	}
	return r
}

// call sends a call to the metadata host, with the usual parameters (docs/wire-photos.md, 3) and
// the parameters in query.
func (b *browser) call(method, path, query, body string) answer {
	b.t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		b.t.Fatal(err)
	}
	for key, value := range map[string]string{"resourceVersion": "V2", "ContentType": "JSON", "asset": "ALL", "tempLink": "false"} {
		if !q.Has(key) {
			q.Set(key, value)
		} else if q.Get(key) == "-" {
			q.Del(key)
		}
	}
	return b.do(b.request(method, "https://"+b.s.Hosts().WWW+api+path+"?"+q.Encode(), body))
}

func (b *browser) get(path, query string) answer {
	b.t.Helper()
	return b.call("GET", path, query, "")
}

func filters(f string) string { return url.Values{"filters": {f}}.Encode() }

// want fails the test unless the response has the given status and its body contains piece.
func (a answer) want(t *testing.T, status int, piece string) answer {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, piece) {
		t.Fatalf("got %d %.300q, want %d with %q", a.status, a.body, status, piece)
	}
	return a
}

func (a answer) nodes(t *testing.T) []Doc {
	t.Helper()
	list, isList := a.json["data"].([]any)
	if a.status != http.StatusOK || !isList {
		t.Fatalf("no listing: %d %.300q", a.status, a.body)
	}
	var docs []Doc
	for _, v := range list {
		docs = append(docs, v.(Doc))
	}
	return docs
}

func (a answer) ids(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, doc := range a.nodes(t) {
		ids = append(ids, doc["id"].(string))
	}
	return ids
}

func (a answer) count() int {
	n, _ := a.json["count"].(float64)
	return int(n)
}

// all pages through a listing by offset until a page is empty. It returns all ids, including
// repeated ones.
func (b *browser) all(path, query string) []string {
	b.t.Helper()
	var ids []string
	for page := 0; ; page++ {
		got := b.get(path, query+"&limit=200&offset="+itoa(len(ids))).ids(b.t)
		if len(got) == 0 {
			return ids
		}
		if ids = append(ids, got...); page > 200 {
			b.t.Fatal("the listing has no end")
		}
	}
}

func distinct(ids []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(ids))))
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }
