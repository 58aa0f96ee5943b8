package drivetest

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"
)

// linked uploads a file and returns its tempLink.
func (d *drive) linked(t *testing.T, content []byte) string {
	t.Helper()
	n := d.file(t, d.dir(t), "linked.bin", content)
	got := d.meta(t, "GET", "nodes/"+n.ID, query("tempLink", "true")).want(t, 200).node(t)
	if u, err := url.Parse(got.TempLink); err != nil || !u.IsAbs() {
		t.Fatalf("tempLink %q, want a URL", d.short(got.TempLink))
	}
	return got.TempLink
}

func tempLink(t *testing.T, d *drive) {
	t.Run("a link is given on request, to files only", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		if d.get(t, n.ID).TempLink != "" {
			t.Errorf("a link although nobody asked")
		}
		if d.meta(t, "GET", "nodes/"+d.home, query("tempLink", "true")).want(t, 200).node(t).TempLink != "" {
			t.Errorf("a folder has a link")
		}
		d.linked(t, unique(20))
	})
	t.Run("a link works for anyone, without credentials", func(t *testing.T) {
		content := unique(500)
		link := d.linked(t, content)
		for range 2 {
			if r := d.send(t, "GET", link, anonymous()).want(t, 200); !bytes.Equal(r.body, content) {
				t.Errorf("got %d bytes, want the %d sent", len(r.body), len(content))
			}
		}
	})
	t.Run("a link has ranges", func(t *testing.T) {
		content := unique(500)
		link := d.linked(t, content)
		get := func(opts ...option) *reply { return d.send(t, "GET", link, append(opts, anonymous())...) }
		d.checkRange(t, get, content, "bytes=100-199", 100, 199)
		d.checkRange(t, get, content, "bytes=100-", 100, 499)
		get(header("Range", "bytes=500-")).want(t, 416)
	})
	t.Run("a link does not carry the token", func(t *testing.T) {
		if link := d.linked(t, unique(20)); strings.Contains(link, d.Token) || strings.Contains(link, url.QueryEscape(d.Token)) {
			t.Errorf("the token is in the link")
		}
	})
}

func tempLinkCredentials(t *testing.T, d *drive) {
	t.Run("a signed link refuses credentials", func(t *testing.T) {
		link := d.linked(t, unique(20))
		if !strings.Contains(link, "X-Amz-Algorithm") && !d.Fake {
			t.Skip("the service's small files have links that are not signed")
		}
		for _, credentials := range []string{"Bearer " + d.Token, "Bearer other", "Basic eDp5"} {
			d.send(t, "GET", link, header("Authorization", credentials)).storage(t, 400, "InvalidArgument", "Only one auth mechanism allowed")
		}
	})
}

func tempLinkSigned(t *testing.T, d *drive) {
	t.Run("a changed link is refused", func(t *testing.T) {
		d.settled(t)
		link, err := url.Parse(d.linked(t, unique(20)))
		if err != nil {
			t.Fatal(err)
		}
		other := *link
		other.Path += "A"
		if r := d.send(t, "GET", other.String(), anonymous()); r.status < 400 {
			t.Errorf("with another path the link is answered %d", r.status)
		}
	})
	t.Run("a changed signature is refused", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{RedirectAt: 1000})
		link, err := url.Parse(d.linked(t, unique(1000)))
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range map[string]string{"X-Amz-Signature": strings.Repeat("0", 64), "X-Amz-Expires": "604799", "X-Amz-Date": "20990102T030405Z"} {
			other, q := *link, link.Query()
			if q.Get(key) == "" || q.Get(key) == value {
				t.Fatalf("%s is %q in the link", key, q.Get(key))
			}
			q.Set(key, value)
			other.RawQuery = q.Encode()
			d.send(t, "GET", other.String(), anonymous()).storage(t, 403, "", "")
		}
		other := *link
		other.RawQuery = ""
		if r := d.send(t, "GET", other.String(), anonymous()); r.status < 400 {
			t.Errorf("without its signature the link is answered %d", r.status)
		}
	})
	t.Run("a link expires, and another is given", func(t *testing.T) {
		d := d.later(t, Variant{})
		content := unique(20)
		link := d.linked(t, content)
		d.send(t, "GET", link, anonymous()).want(t, 200)
		d.Advance(8 * 24 * time.Hour) // a signed URL can live seven days at most
		d.send(t, "GET", link, anonymous()).storage(t, 403, "", "")
		d.send(t, "GET", d.linked(t, content), anonymous()).want(t, 200)
	})
	t.Run("a large file has a link to the storage", func(t *testing.T) {
		d := d.fresh(t, Variant{RedirectAt: 1000})
		content := unique(2000)
		link := d.linked(t, content)
		if !strings.Contains(link, "X-Amz-Algorithm") {
			t.Errorf("the link is not signed: %s", d.short(link))
		}
		if r := d.send(t, "GET", link, anonymous()).want(t, 200); !bytes.Equal(r.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(r.body), len(content))
		}
		d.send(t, "GET", link).storage(t, 400, "InvalidArgument", "Only one auth mechanism allowed")
	})
}
