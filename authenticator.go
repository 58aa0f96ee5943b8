package acd

import (
	"errors"
	"fmt"
	"net/http"
)

// An Authenticator signs requests with something other than a bearer token, such as the cookies of a
// browser's session. The client decides which requests may carry credentials: those to the account's own
// hosts, and never a tempLink. It asks the authenticator only then, and for every attempt and every
// redirect anew. Both methods must be safe for concurrent use.
type Authenticator interface {
	// Authorize sets the headers Authorization, Cookie, x-amz-access-token and x-amzn-sessionid, or some of
	// them. What else it changes is not sent. Its error ends the call, and is an [ErrUnauthorized]. The
	// request's context is the caller's.
	Authorize(req *http.Request) error

	// Answered sees the answer to every request that was authorized, without its body. If the service did
	// not accept the credentials (mostly a 401), it says whether Authorize would now set others than
	// those in resp.Request; then the request is sent once more. For other answers the result has no meaning.
	Answered(resp *http.Response) (again bool)
}

// WithAuthenticator signs requests by a. The token source of [NewClient] must then be nil, and the client of
// [WithHTTPClient] must have no cookie jar, so that no two of them decide about the same header.
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
