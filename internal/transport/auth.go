package transport

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// Auth decides which requests carry credentials; no other layer does. It removes all credentials
// from requests that must not carry any.
type Auth struct {
	// Source gives bearer tokens, and Authenticator gives any other credentials. At most one of the
	// two is set. If neither is set, a request carries only the cookies of the caller's client.
	Source        oauth2.TokenSource
	Authenticator Authenticator
	Next          http.RoundTripper
}

// An Authenticator signs requests. It has the same methods as the exported interface of package
// acd.
type Authenticator interface {
	Authorize(req *http.Request) error
	Answered(resp *http.Response) (again bool)
}

// These are the two interfaces that a token source may implement in addition to oauth2's. They have
// the same methods as the exported interfaces of package acd.
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
	req.Header.Del("Referer") // net/http puts the URL of the last hop into it, which may be a tempLink
	if call == nil {
		dropCredentials(req)
		return a.Next.RoundTrip(req)
	}
	call.noteSecrets(req)
	call.fresh, call.signed = false, nil
	if call.Op.NoToken || !mayCarry(call.Hosts, req.URL) {
		dropCredentials(req)
		return a.Next.RoundTrip(req)
	}
	if err := a.authorize(req, call); err != nil {
		closeBody(req)
		return nil, &PermanentError{&CredentialsError{err}}
	}
	resp, err := a.Next.RoundTrip(req)
	if err == nil && a.Authenticator != nil {
		for _, c := range resp.Cookies() {
			call.secrets.Add(c.Value)
		}
		call.fresh = a.Authenticator.Answered(headOf(resp, req))
	}
	return resp, err
}

func dropCredentials(req *http.Request) {
	for _, h := range credentialHeaders {
		req.Header.Del(h)
	}
}

// authorize adds credentials to req.
func (a *Auth) authorize(req *http.Request, call *Call) error {
	switch {
	case a.Source != nil:
		token, err := a.token(req.Context())
		if err != nil {
			return err
		}
		call.token = token.AccessToken
		call.secrets.Add(token.AccessToken)
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	case a.Authenticator != nil:
		dropCredentials(req)
		if err := authorizeBy(a.Authenticator, req); err != nil {
			return err
		}
		call.noteSecrets(req)
		call.signed = req
	}
	return nil
}

// authorizeBy copies only the credentials that the authenticator sets. Other changes to the request
// are ignored.
func authorizeBy(a Authenticator, req *http.Request) error {
	signed := req.Clone(req.Context())
	signed.Body = nil
	if err := a.Authorize(signed); err != nil {
		return err
	}
	for _, h := range credentialHeaders {
		if values := signed.Header.Values(h); len(values) > 0 {
			req.Header[h] = values
		}
	}
	return nil
}

// headOf returns a copy of a response without its body, with the request that was sent.
func headOf(resp *http.Response, req *http.Request) *http.Response {
	head := *resp
	head.Body = http.NoBody
	head.Request = req
	return &head
}

// noteSecrets remembers the secrets that a request carries: cookies, which the client's jar has
// added, credentials in headers, and a URL that alone gives the right to read.
func (c *Call) noteSecrets(req *http.Request) {
	for _, cookie := range req.Cookies() {
		c.secrets.Add(cookie.Value)
	}
	for _, h := range credentialHeaders {
		c.secrets.Add(req.Header.Values(h)...)
	}
	if c.Op.NoToken || c.Op.Secret || Signed(req.URL) {
		c.secrets.Add(req.URL.String(), req.URL.RequestURI(), req.URL.RawQuery, req.URL.EscapedPath(), path.Base(req.URL.Path))
	}
	for _, key := range shareKeys {
		if strings.Contains(req.URL.RawQuery, key) {
			c.secrets.Add(req.URL.Query()[key]...)
		}
	}
}

// shareKeys are the query parameters of public links that give the right to read.
var shareKeys = []string{"shareId", "groupShareToken"}

var credentialHeaders = []string{"Authorization", "Cookie", "X-Amz-Access-Token", "X-Amzn-Sessionid"}

// IsCredential reports whether a header is one of those that carry credentials.
func IsCredential(header string) bool {
	return slices.Contains(credentialHeaders, http.CanonicalHeaderKey(header))
}

// CredentialsError means that a request was not sent, because there are no credentials for it.
type CredentialsError struct{ Err error }

func (e *CredentialsError) Error() string { return "no credentials: " + e.Err.Error() }
func (e *CredentialsError) Unwrap() error { return e.Err }

// errNoToken means that a token source is broken: it must return a token or an error.
var errNoToken = errors.New("the token source returned neither a token nor an error")

func (a *Auth) token(ctx context.Context) (*oauth2.Token, error) {
	t, err := a.ask(ctx)
	if err == nil && t == nil {
		err = errNoToken
	}
	return t, err
}

// ask asks the source for a token. It returns when ctx ends, even if the source does not know
// contexts.
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

// renew reports whether there are other credentials than those that the service just rejected. If
// there are none, call.RenewErr holds the reason if it is known.
func (a *Auth) renew(ctx context.Context, call *Call) bool {
	if a.Authenticator != nil {
		if !call.fresh && call.signed != nil {
			call.RenewErr = authorizeBy(a.Authenticator, call.signed) // the authenticator may know why there are none
		}
		return call.fresh
	}
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

// mayCarry reports whether credentials may go to u. They may if u is under a base URL of the
// account, is no tempLink, and carries no signature.
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

// Under reports whether u is under base: same scheme, host and port, and a path that begins with
// the path of base.
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

// Signed reports whether u's query carries a signature, as a pre-signed S3 URL does.
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
