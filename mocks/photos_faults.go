package mocks

import "net/http"

// What goes wrong at Amazon Photos beyond what a status tells. Each is a whole fault, to which a test adds when it
// happens: f := mocks.SignInPage(); f.Nth = 3; drive.Inject(f).

// SignInPage answers with the page that asks a browser to sign in, and with 200.
func SignInPage() Fault {
	return Fault{Status: http.StatusOK, Header: html(), Body: signInHTML}
}

// SignInRedirect sends the caller to that page with a 302.
func SignInRedirect() Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {signInPath + "signin?openid.return_to=%2Fphotos"}}}
}

// BotDefence answers with the HTML 503 that Amazon gives to what it takes for a robot.
func BotDefence() Fault {
	return Fault{Status: http.StatusServiceUnavailable, Header: html(), Body: `<!DOCTYPE html><html><head><title>Sorry! Something went wrong!</title></head><body><a href="/"><b>Service Unavailable Error</b></a></body></html>`}
}

// NotRegistered refuses a call as the content host refuses the uploads of some accounts.
func NotRegistered() Fault {
	return Fault{Status: http.StatusForbidden, Body: `{"message":"Not Registered"}`}
}

func html() http.Header { return http.Header{"Content-Type": {"text/html;charset=UTF-8"}} }
