package mocks

import "net/http"

// The faults of Amazon Photos that are more than a status. Each function returns a complete fault.
// A test adds when the fault happens: f := mocks.SignInPage(); f.Nth = 3; drive.Inject(f).

// SignInPage returns a fault that answers 200 with the page that asks a browser to sign in.
func SignInPage() Fault {
	return Fault{Status: http.StatusOK, Header: html(), Body: signInHTML}
}

// SignInRedirect returns a fault that redirects the caller to that page with a 302.
func SignInRedirect() Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {signInPath + "signin?openid.return_to=%2Fphotos"}}}
}

// BotDefence returns a fault that answers with the 503 and the HTML page that Amazon sends to a
// client that it takes for a robot.
func BotDefence() Fault {
	return Fault{Status: http.StatusServiceUnavailable, Header: html(), Body: `<!DOCTYPE html><html><head><title>Sorry! Something went wrong!</title></head><body><a href="/"><b>Service Unavailable Error</b></a></body></html>`}
}

// NotRegistered returns a fault that answers 403 "Not Registered". The content host refuses the
// uploads of some accounts with it.
func NotRegistered() Fault {
	return Fault{Status: http.StatusForbidden, Body: `{"message":"Not Registered"}`}
}

func html() http.Header { return http.Header{"Content-Type": {"text/html;charset=UTF-8"}} }
