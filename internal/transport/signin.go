package transport

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// SignInError means that the server sent a web page where it should have sent JSON.
type SignInError struct{}

func (*SignInError) Error() string {
	return "a web page was answered: the session has ended, or a portal is in the way"
}

// signInPath is the path to which Amazon's hosts redirect when the session has ended.
const signInPath = "/ap/signin"

// isSignIn reports whether a response is a sign-in page or redirects to one. It is one in three
// cases: the request was redirected to such a page, the response redirects there, or the response
// is a success of type HTML although JSON was expected. HTML with the status of an error may come
// from any machine on the way, so only its status counts.
func isSignIn(call *Call, resp *http.Response) bool {
	if resp.Request != nil && strings.Contains(resp.Request.URL.Path, signInPath) {
		return true
	}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		to, err := url.Parse(resp.Header.Get("Location"))
		return err == nil && strings.Contains(to.Path, signInPath)
	case resp.StatusCode < 300 && !call.Op.Content:
		return isHTML(resp.Header.Get("Content-Type"))
	}
	return false
}

func isHTML(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// PageStart is how many bytes of a body IsPage needs.
const PageStart = 256

// IsPage reports whether a body that should be JSON begins like an HTML page. The content type does
// not matter.
func IsPage(start []byte) bool {
	start = start[:min(len(start), PageStart)]
	start = bytes.TrimPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("\xef\xbb\xbf"))
	start = bytes.ToLower(bytes.TrimLeft(start, " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<")) && bytes.Contains(start, []byte("<html"))
}
