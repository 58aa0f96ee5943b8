package drivetest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that a thumbnail may have
	_ "image/png"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func download(t *testing.T, d *drive) {
	t.Run("a download is the whole content with its length", func(t *testing.T) {
		content := unique(5000)
		n := d.file(t, d.dir(t), "a", content)
		r := d.content(t, "GET", "nodes/"+n.ID+"/content").want(t, 200)
		if !slices.Equal(r.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(r.body), len(content))
		}
		if got := r.header.Get("Content-Length"); got != "" && got != "5000" {
			t.Errorf("Content-Length %s, want 5000", got)
		}
	})
	t.Run("an empty file is downloaded", func(t *testing.T) {
		n := d.file(t, d.dir(t), "a", nil)
		if r := d.content(t, "GET", "nodes/"+n.ID+"/content").want(t, 200); len(r.body) != 0 {
			t.Errorf("got %d bytes of an empty file", len(r.body))
		}
	})
}

// checkRange requests a range and checks the response.
func (d *drive) checkRange(t *testing.T, get func(...option) *reply, content []byte, ask string, first, last int) {
	t.Helper()
	r := get(header("Range", ask)).want(t, 206)
	if want := fmt.Sprintf("bytes %d-%d/%d", first, last, len(content)); r.header.Get("Content-Range") != want {
		t.Errorf("%s: Content-Range %q, want %q", ask, r.header.Get("Content-Range"), want)
	}
	if !bytes.Equal(r.body, content[first:last+1]) {
		t.Errorf("%s: %d bytes that are not bytes %d to %d", ask, len(r.body), first, last)
	}
}

func ranges(t *testing.T, d *drive) {
	content := unique(1000)
	n := d.file(t, d.dir(t), "a", content)
	get := func(t *testing.T) func(...option) *reply {
		return func(opts ...option) *reply {
			t.Helper()
			return d.content(t, "GET", "nodes/"+n.ID+"/content", opts...)
		}
	}
	for _, tt := range []struct {
		ask         string
		first, last int
	}{
		{"bytes=0-0", 0, 0}, {"bytes=0-999", 0, 999}, {"bytes=100-199", 100, 199}, {"bytes=500-", 500, 999}, {"bytes=999-", 999, 999}, {"bytes=990-5000", 990, 999},
	} {
		t.Run("range "+tt.ask, func(t *testing.T) { d.checkRange(t, get(t), content, tt.ask, tt.first, tt.last) })
	}
	for _, ask := range []string{"bytes=1000-", "bytes=1000-1001", "bytes=99999999999-"} {
		t.Run("past the end: "+ask, func(t *testing.T) { get(t)(header("Range", ask)).want(t, 416) })
	}
	t.Run("past the end of an empty file", func(t *testing.T) {
		empty := d.file(t, d.dir(t), "empty", nil)
		d.content(t, "GET", "nodes/"+empty.ID+"/content", header("Range", "bytes=0-")).want(t, 416)
	})
	for _, ask := range []string{"bytes", "bytes=", "bytes=x-y", "bytes=9-3", "lines=1-2", "bytes=1", "0-10"} {
		t.Run("malformed and ignored: "+ask, func(t *testing.T) {
			if r := get(t)(header("Range", ask)).want(t, 200); !bytes.Equal(r.body, content) {
				t.Errorf("got %d bytes, want the whole", len(r.body))
			}
		})
	}
}

func downloadRefusals(t *testing.T, d *drive) {
	t.Run("a folder has no content", func(t *testing.T) {
		d.content(t, "GET", "nodes/"+d.dir(t)+"/content").refused(t, 404, anyCode, "")
	})
	t.Run("an unknown node has no content", func(t *testing.T) {
		d.content(t, "GET", "nodes/"+absentID()+"/content").refused(t, 404, "NODE_NOT_FOUND", "")
	})
}

func thumbnails(t *testing.T, d *drive) {
	t.Run("a view box brings a picture that fits", func(t *testing.T) {
		d.settled(t)
		n := d.file(t, d.dir(t), "a.png", picture(t))
		for _, box := range []int{16, 32} {
			r := d.content(t, "GET", "nodes/"+n.ID+"/content", query("viewBox", strconv.Itoa(box))).want(t, 200)
			config, _, err := image.DecodeConfig(bytes.NewReader(r.body))
			if err != nil {
				t.Fatalf("viewBox %d: %v", box, err)
			}
			if max(config.Width, config.Height) > box || !strings.HasPrefix(r.header.Get("Content-Type"), "image/") {
				t.Errorf("viewBox %d: %d by %d, %s", box, config.Width, config.Height, r.header.Get("Content-Type"))
			}
		}
	})
}

func redirects(t *testing.T, d *drive) {
	// large returns a drive with a file above the redirect threshold, the content of the file, and
	// the signed URL to which its download is redirected.
	large := func(t *testing.T, opts ...option) (*drive, []byte, string) {
		t.Helper()
		d := d.fresh(t, Variant{RedirectAt: 1000})
		content := unique(1000)
		n := d.file(t, d.home, "large", content)
		r := d.content(t, "GET", "nodes/"+n.ID+"/content", opts...).want(t, 307)
		u, err := url.Parse(r.header.Get("Location"))
		if err != nil || !u.IsAbs() || !u.Query().Has("X-Amz-Algorithm") || !strings.HasPrefix(u.Path, "/s3/") {
			t.Fatalf("redirected to %q (%v), want a signed URL below /s3/", d.short(r.header.Get("Location")), err)
		}
		return d, content, u.String()
	}
	t.Run("a large file is at a signed address that needs no token", func(t *testing.T) {
		d, content, signed := large(t)
		if r := d.send(t, "GET", signed, anonymous()).want(t, 200); !bytes.Equal(r.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(r.body), len(content))
		}
	})
	t.Run("the signed address has ranges", func(t *testing.T) {
		d, content, signed := large(t, header("Range", "bytes=10-19"))
		d.checkRange(t, func(opts ...option) *reply { return d.send(t, "GET", signed, append(opts, anonymous())...) }, content, "bytes=10-19", 10, 19)
	})
	t.Run("the signed address refuses a token", func(t *testing.T) {
		d, _, signed := large(t)
		r := d.send(t, "GET", signed)
		r.storage(t, 400, "InvalidArgument", "Only one auth mechanism allowed")
		r.storage(t, 400, "InvalidArgument", "<ArgumentName>Authorization</ArgumentName>")
		d.send(t, "GET", signed, header("Authorization", "Basic eDp5")).storage(t, 400, "InvalidArgument", "")
	})
	t.Run("a smaller file is not redirected", func(t *testing.T) {
		d := d.fresh(t, Variant{RedirectAt: 1000})
		content := unique(999)
		n := d.file(t, d.home, "small", content)
		d.content(t, "GET", "nodes/"+n.ID+"/content").want(t, 200)
	})
}

func photosDownload(t *testing.T, d *drive) {
	t.Run("photo clients are redirected to a named download", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		content := unique(50)
		n := d.file(t, d.home, "evening.jpg", content)
		r := d.meta(t, "GET", "nodes/"+n.ID+"/contentRedirection", query("querySuffix", "?download=true", "ownerId", "me")).want(t, 301, 302, 303, 307)
		got := d.send(t, "GET", r.header.Get("Location"), anonymous()).want(t, 200)
		if !bytes.Equal(got.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(got.body), len(content))
		}
		if disposition := got.header.Get("Content-Disposition"); !strings.HasPrefix(disposition, "attachment") || !strings.Contains(disposition, "evening.jpg") {
			t.Errorf("Content-Disposition %q, want an attachment called evening.jpg", disposition)
		}
	})
}
