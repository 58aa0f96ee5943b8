package acd

import (
	"errors"
	"fmt"
	"net/http"
)

// An Authenticator adds credentials to requests when they are not a bearer token, such as the cookies of
// a browser session. The client decides which requests may carry credentials: only requests to the
// account's own hosts, and never a request for a tempLink. The client calls Authorize only for requests
// that may carry credentials. It calls Authorize again for every attempt and for every redirect. Both
// methods must be safe for concurrent use.
type Authenticator interface {
	// Authorize sets one or more of the headers Authorization, Cookie, x-amz-access-token and
	// x-amzn-sessionid. Any other change of the request is not sent. If Authorize returns an error, the
	// call fails with [ErrUnauthorized]. The request's context is the context of the caller.
	Authorize(req *http.Request) error

	// Answered receives the response to every request that Authorize has signed. The response has no
	// body. If the service did not accept the credentials (mostly status 401), Answered reports whether
	// Authorize would now set other credentials than those in resp.Request. If it returns true, the
	// request is sent once more. For other responses the result is ignored.
	Answered(resp *http.Response) (again bool)
}

// WithAuthenticator makes the authenticator a add credentials to requests. The token source of
// [NewClient] must then be nil, and the http.Client of [WithHTTPClient] must have no cookie jar.
// Otherwise two of them could set the same header.
func WithAuthenticator(a Authenticator) Option {
	return func(c *config) error {
		if a == nil {
			return fmt.Errorf("WithAuthenticator: the authenticator is nil")
		}
		c.authenticator = a
		return nil
	}
}

func (c *config) checkAuthenticator(hasTokens bool) error {
	switch {
	case c.authenticator == nil:
		return nil
	case hasTokens:
		return errors.New("WithAuthenticator: there is a token source too; give NewClient a nil one")
	case c.http.Jar != nil:
		return errors.New("WithAuthenticator: the client of WithHTTPClient has a cookie jar, which would set cookies too; give one without")
	}
	return nil
}
