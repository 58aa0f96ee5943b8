package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Auth adds the bearer token to requests that may carry one, and takes every
// credential off those that may not.
type Auth struct {
	Source oauth2.TokenSource // nil: no bearer token (cookies of the caller's client instead)
	Next   http.RoundTripper
}

// The two interfaces that a token source may offer beyond oauth2's own. They
// are the exported ones of package acd, by structure.
type (
	contextSource interface {
		TokenContext(context.Context) (*oauth2.Token, error)
	}
	invalidator interface {
		InvalidateToken(context.Context, *oauth2.Token) error
	}
)

// RoundTrip implements [http.RoundTripper].
func (a *Auth) RoundTrip(req *http.Request) (*http.Response, error) {
	call := CallFrom(req.Context())
	req = req.Clone(req.Context())
	if call != nil {
		call.noteSecrets(req)
	}
	req.Header.Del("Referer") // net/http tells the next hop the URL of the last, which may be a tempLink
	if call == nil || call.Op.NoToken || !mayCarry(call.Hosts, req.URL) {
		for _, h := range credentialHeaders {
			req.Header.Del(h)
		}
		return a.Next.RoundTrip(req)
	}
	if a.Source != nil {
		token, err := a.token(req.Context())
		if err != nil {
			closeBody(req)
			return nil, &PermanentError{&TokenError{err}}
		}
		call.token = token.AccessToken
		call.secrets.Add(token.AccessToken)
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	}
	return a.Next.RoundTrip(req)
}

// noteSecrets remembers what a request carries that no text may tell: cookies, which the client's jar has put
// there, credentials in headers, and a URL that is itself a right to read.
func (c *Call) noteSecrets(req *http.Request) {
	for _, cookie := range req.Cookies() {
		c.secrets.Add(cookie.Value)
	}
	for _, h := range credentialHeaders {
		c.secrets.Add(req.Header.Values(h)...)
	}
	if c.Op.NoToken || Signed(req.URL) {
		c.secrets.Add(req.URL.String(), req.URL.RequestURI(), req.URL.RawQuery, req.URL.EscapedPath())
	}
}

var credentialHeaders = []string{"Authorization", "Cookie", "X-Amz-Access-Token", "X-Amzn-Sessionid"}

// TokenError says that the token source gave no token.
type TokenError struct{ Err error }

func (e *TokenError) Error() string { return "no access token: " + e.Err.Error() }
func (e *TokenError) Unwrap() error { return e.Err }

// errNoToken is a token source's fault: it owes one of the two.
var errNoToken = errors.New("the token source returned neither a token nor an error")

func (a *Auth) token(ctx context.Context) (*oauth2.Token, error) {
	t, err := a.ask(ctx)
	if err == nil && t == nil {
		err = errNoToken
	}
	return t, err
}

// ask asks the source, with ctx in charge even of a source that knows no context.
func (a *Auth) ask(ctx context.Context) (*oauth2.Token, error) {
	if s, ok := a.Source.(contextSource); ok {
		return s.TokenContext(ctx)
	}
	if ctx.Done() == nil {
		return a.Source.Token()
	}
	type result struct {
		token *oauth2.Token
		err   error
	}
	done := make(chan result, 1)
	go func() {
		t, err := a.Source.Token()
		done <- result{t, err}
	}()
	select {
	case r := <-done:
		return r.token, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// renew says whether there is another token than the one that the service
// just rejected. Why there is none stays in the call.
func (a *Auth) renew(ctx context.Context, call *Call) bool {
	if a.Source == nil || call.token == "" {
		return false
	}
	if s, ok := a.Source.(invalidator); ok {
		if call.RenewErr = s.InvalidateToken(ctx, &oauth2.Token{AccessToken: call.token}); call.RenewErr != nil {
			return false
		}
	}
	token, err := a.token(ctx)
	if err != nil {
		call.RenewErr = err
		return false
	}
	return token.AccessToken != call.token
}

// mayCarry says whether credentials may go to u: it is under a base URL of the
// account, is no tempLink, and carries no signature of its own.
func mayCarry(hosts []*url.URL, u *url.URL) bool {
	if Signed(u) || strings.Contains(strings.ToLower(u.Path), "/templink/") {
		return false
	}
	for _, base := range hosts {
		if Under(base, u) {
			return true
		}
	}
	return false
}

// Under says whether u lies under base: same scheme, host and port, and a path
// that begins with base's.
func Under(base, u *url.URL) bool {
	return strings.EqualFold(base.Scheme, u.Scheme) &&
		strings.EqualFold(base.Hostname(), u.Hostname()) && port(base) == port(u) &&
		u.User == nil && strings.HasPrefix(u.EscapedPath(), base.EscapedPath()) &&
		!strings.Contains(u.Path, "/../") && !strings.HasSuffix(u.Path, "/..")
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

// Signed says whether u's query carries a signature, as a pre-signed S3 URL does.
func Signed(u *url.URL) bool {
	for key := range u.Query() {
		switch strings.ToLower(key) {
		case "x-amz-algorithm", "x-amz-signature", "x-amz-credential", "x-amz-security-token", "signature", "awsaccesskeyid":
			return true
		}
	}
	return false
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
