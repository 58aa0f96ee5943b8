package mocks

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (c *call) download() (*answer, error) {
	n, b, err := c.file(c.id)
	if err != nil {
		return nil, err
	}
	if !c.token.mayRead(n.mime) {
		return nil, front(http.StatusForbidden, "Insufficient permissions granted for operation: "+c.route.right)
	}
	if box := c.query.Get("viewBox"); box != "" {
		return c.thumbnail(n, b, box)
	}
	if c.query.Get("videoTranscodeView") == "true" {
		return c.transcoded(n, b)
	}
	if b.Size >= c.d.opt.redirectFrom && !c.photosDownload() {
		a := reply(http.StatusTemporaryRedirect, []byte{})
		a.header["Location"] = []string{c.signedURL(n.id, n.version)}
		delete(a.header, "Content-Type")
		return a, nil
	}
	return c.send(n, b)
}

// photosDownload reports whether a call went to the download host of the Photos web site. That host
// never redirects.
func (c *call) photosDownload() bool { return strings.HasPrefix(c.route.path, "v2/download/") }

// content is what a download needs to know of a file, at one moment.
type content struct {
	id       ids.Node
	version  int64 // the version of the content
	name     string
	mime     string
	modified int64
	picture  store.Picture
}

// file returns the file with that id and its content. It fails if the node is not a file with
// content.
func (c *call) file(text string) (*content, *store.Blob, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	n, err := c.lookup(text)
	if err != nil {
		return nil, nil, err
	}
	if n.Holder() || n.Blob == nil || n.Status == store.Pending {
		return nil, nil, errNotFound(text)
	}
	return &content{n.ID, n.ContentVersion, n.Name, n.MIME, n.Modified, n.More().Picture}, n.Blob, nil
}

// open opens a content. It fails if the last file with that content was just purged.
func (d *Drive) open(b *store.Blob) (io.ReaderAt, io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return b.Data.Open()
}

// send answers with the content, or with the requested range of the content.
func (c *call) send(f *content, b *store.Blob) (*answer, error) {
	a := &answer{status: http.StatusOK, header: make(http.Header, 8), length: b.Size}
	a.setType(f.mime)
	if c.query.Get("download") == "true" {
		a.header["Content-Disposition"] = []string{"attachment; filename*=UTF-8''" + url.PathEscape(f.name)}
	}
	var ranges string
	if !c.d.opt.photos.noRanges {
		a.header["Accept-Ranges"] = []string{"bytes"}
		ranges = c.r.Header.Get("Range")
	}
	from, to, ok := parseRange(ranges, b.Size)
	if ok && from >= b.Size {
		f := &failure{status: http.StatusRequestedRangeNotSatisfiable, message: "The requested range is not satisfiable"}
		if c.route.open {
			f = storage(f.status, "InvalidRange", f.message)
		}
		f.header = http.Header{"Content-Range": {"bytes */" + strconv.FormatInt(b.Size, 10)}}
		return nil, f
	}
	if ok {
		a.status, a.length = http.StatusPartialContent, to-from
		a.header["Content-Range"] = []string{"bytes " + strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(to-1, 10) + "/" + strconv.FormatInt(b.Size, 10)}
	}
	data, closer, err := c.d.open(b)
	if err != nil {
		return nil, err
	}
	a.stream = readCloser{io.NewSectionReader(data, from, a.length), closer}
	return a, nil
}

// parseRange reads a Range header with one range of bytes. It reports false if the header is absent
// or malformed. The returned from may be behind the end of the content.
func parseRange(s string, size int64) (from, to int64, ok bool) {
	spec, found := strings.CutPrefix(s, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return 0, size, false
	}
	number := func(s string) (int64, bool) {
		v, err := strconv.ParseUint(strings.TrimSpace(s), 10, 63)
		return int64(v), err == nil
	}
	if strings.TrimSpace(first) == "" {
		n, ok := number(last)
		if !ok {
			return 0, size, false
		}
		if n == 0 {
			return size, size, true
		}
		return max(size-n, 0), size, true
	}
	from, ok = number(first)
	if !ok {
		return 0, size, false
	}
	if strings.TrimSpace(last) == "" {
		return from, size, true
	}
	to, ok = number(last)
	if !ok || to < from {
		return 0, size, false
	}
	return from, min(to+1, size), true
}

// redirection serves contentRedirection, the download of the Photos web site.
func (c *call) redirection() (*answer, error) {
	n, _, err := c.file(c.id)
	if err != nil {
		return nil, err
	}
	if !c.token.mayRead(n.mime) {
		return nil, front(http.StatusForbidden, "Insufficient permissions granted for operation: "+c.route.right)
	}
	suffix := strings.TrimPrefix(c.query.Get("querySuffix"), "?")
	link := c.photosLink(n, suffix)
	if !c.d.photos() {
		link = c.shortLink(n.id)
		if suffix != "" {
			link += "?" + suffix
		}
	}
	a := reply(http.StatusFound, []byte{})
	a.header["Location"] = []string{link}
	return a, nil
}
