package acd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// errHTML means that the response is an HTML page instead of the content. If it happens once, the page
// may come from a proxy on the way. If it happens again and again, the session has ended or a portal is
// in the way.
var errHTML = errors.New("a page is answered instead of the content")

// endsSession reports whether err is final at the first attempt. This is so for an HTML page under Amazon
// Photos: when a session has ended, every file is answered with a page, and retries for all files would
// take hours.
func (f *fetcher) endsSession(err error) bool {
	return f.client.cfg.photos != nil && errors.Is(err, errHTML)
}

func pageError(contentType string) error {
	if strings.Contains(strings.ToLower(contentType), "html") {
		return errHTML
	}
	return errors.New("an error's text is answered instead of the content")
}

// check verifies that the body of the response is the content from off up to end, and not an error page,
// another range or another version. If the body begins before off, check reads it up to off.
func (f *fetcher) check(resp *http.Response, off, end int64, skip bool) error {
	if c := resp.Header.Get("Content-Encoding"); resp.Uncompressed || c != "" && !strings.EqualFold(c, "identity") {
		return errors.New("the content came compressed")
	}
	var err error
	switch resp.StatusCode {
	case http.StatusPartialContent:
		err = f.checkPart(resp, off, end)
	case http.StatusOK:
		err = f.checkWhole(resp)
	default:
		err = fmt.Errorf("a download is answered with status %d", resp.StatusCode)
	}
	switch {
	case err != nil:
		return err
	case f.learnTag(resp):
		return errors.New("the content has another ETag than before")
	case resp.StatusCode == http.StatusPartialContent || off == 0:
		return nil
	case !skip:
		return errNoRanges
	}
	_, err = io.CopyN(io.Discard, resp.Body, off)
	return err
}

// checkPart verifies that a response with status 206 has the range that was requested.
func (f *fetcher) checkPart(resp *http.Response, off, end int64) error {
	from, to, total, err := parseContentRange(resp.Header.Get("Content-Range"))
	if err != nil {
		return err
	}
	size, length := f.node.Size(), resp.ContentLength
	if from != off || to != end || total >= 0 && total != size || length >= 0 && length != end-off {
		return fmt.Errorf("asked for bytes %d-%d of %d, got %d-%d of %d", off, end-1, size, from, to-1, total)
	}
	return nil
}

// checkWhole verifies that a response with status 200 can be the whole content.
func (f *fetcher) checkWhole(resp *http.Response) error {
	size, length, kind := f.node.Size(), resp.ContentLength, resp.Header.Get("Content-Type")
	if length != size && looksLikePage(kind, f.node.ContentProperties.ContentType) {
		return pageError(kind)
	}
	if length >= 0 && length != size {
		return fmt.Errorf("the content has %d bytes, %d are answered", size, length)
	}
	return nil
}

// parseContentRange parses a header such as "bytes 0-9/100". end is the position after the last byte.
// total is -1 if the header does not tell it.
func parseContentRange(s string) (from, end, total int64, err error) {
	var last int64
	var of string
	_, err = fmt.Sscanf(strings.ToLower(s), "bytes %d-%d/%s", &from, &last, &of)
	total = -1
	if err == nil && of != "*" {
		total, err = strconv.ParseInt(of, 10, 64)
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("a part is answered with Content-Range %q", s)
	}
	return from, last + 1, total, nil
}

// looksLikePage reports whether the content type of a response is one of error pages, and not the file's
// own. It is called only if the length of the response is not that of the file.
func looksLikePage(got, want string) bool {
	got, _, _ = mime.ParseMediaType(got)
	want, _, _ = mime.ParseMediaType(want)
	switch got {
	case "text/html", "text/xml", "application/xml", "application/json":
		return got != want
	}
	return false
}

// unchanged checks, before a download continues, that the content is still the one with which the
// download began. If not, the error is ErrChanged.
func (f *fetcher) unchanged(ctx context.Context) error {
	now, err := f.client.Nodes.Get(ctx, f.node.ID)
	if err != nil {
		return err
	}
	return f.sameVersion(now)
}

func (f *fetcher) sameVersion(now *Node) error {
	was, is := f.node.ContentProperties, now.ContentProperties
	if was.Size != is.Size || was.MD5 != is.MD5 && was.MD5 != "" || was.Version != is.Version && was.Version != 0 {
		e := newError(context.Background(), opDownload, f.node.ID, fmt.Errorf("%w: version %d of the content was being read, version %d is there", ErrChanged, was.Version, is.Version))
		f.changed.Store(e)
		return e
	}
	return nil
}

// verify compares the MD5 of the received bytes with the node's. If they differ because the content has
// changed meanwhile, the error is ErrChanged, otherwise ErrChecksum.
func (f *fetcher) verify(ctx context.Context, sum []byte) error {
	got := hex.EncodeToString(sum)
	if got == f.node.MD5() {
		return nil
	}
	if err := f.unchanged(ctx); errors.Is(err, ErrChanged) {
		return err
	}
	return newError(ctx, opDownload, f.node.ID, fmt.Errorf("%w: %q has MD5 %s on the drive, %s arrived", ErrChecksum, f.node.Name, f.node.MD5(), got))
}
