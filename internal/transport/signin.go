package transport

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// SignInError is a page for people where the service owes an answer to a program.
type SignInError struct{}

func (*SignInError) Error() string {
	return "a web page was answered: the session has ended, or a portal is in the way"
}

// signInPath is where Amazon's hosts send a session that has ended.
const signInPath = "/ap/signin"

// isSignIn says whether an answer leads to a sign-in page or is one: by a redirect, followed or not, or as a success
// whose type is HTML where JSON is due. HTML with an error's status may be any machine's that is on the way, and is judged by its status.
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

// PageStart is how much of an answer tells whether it is a page.
const PageStart = 256

// IsPage says whether an answer that owes JSON begins as a page of HTML does, whatever its type.
func IsPage(start []byte) bool {
	start = start[:min(len(start), PageStart)]
	start = bytes.TrimPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("\xef\xbb\xbf"))
	start = bytes.ToLower(bytes.TrimLeft(start, " \t\r\n"))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<")) && bytes.Contains(start, []byte("<html"))
}
