// Package login is the core of an authorization server: the codes, refresh tokens and access
// tokens, whom they belong to, and how long they are valid. It contains no HTTP.
package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config is the configuration of an [Engine].
type Config struct {
	Redirects []string // registered addresses; an address with port 0 matches any port
	Scopes    []string // the scopes that a request may ask for
	Rotate    bool     // each refresh returns a new refresh token and uses up the old one
	Lifetime  time.Duration
	CodeFor   time.Duration
	Now       func() time.Time
	// Issued, if not nil, is called with each access token before the token is returned.
	Issued func(token string, expires time.Time, scopes ...string)
}

// Engine issues tokens. It is safe for concurrent use.
type Engine struct {
	Config

	mu      sync.Mutex
	codes   map[string]*code
	refresh map[string]*grant // by refresh token
	access  map[string]*access
	asked   map[string]Request // requests that the person has not answered yet, by id
}

// Request is the question that an application asks a person.
type Request struct {
	Redirect  string
	State     string
	Scopes    []string
	Challenge string // of PKCE; may be empty
	Method    string // of the challenge: S256 or plain
}

// Error is the refusal of a request, with an error code of RFC 6749.
type Error struct{ Code, Description string }

func (e *Error) Error() string { return e.Code + ": " + e.Description }

// Tokens are the result of exchanging a code or a refresh token.
type Tokens struct {
	Access  string
	Refresh string
	Expires time.Time // of the access token
}

// grant is the consent of one person. All tokens that follow from the consent share the grant.
type grant struct {
	scopes  []string
	current string // the valid refresh token; the earlier ones of this grant are used up
	revoked bool
}

type access struct {
	grant   *grant
	expires time.Time
}

type code struct {
	Request
	expires time.Time
	grant   *grant // nil until the code is used
}

// New makes an engine.
func New(c Config) *Engine {
	return &Engine{Config: c, codes: map[string]*code{}, refresh: map[string]*grant{}, access: map[string]*access{}, asked: map[string]Request{}}
}

// SignIn returns the tokens of a person who consents to all scopes.
func (e *Engine) SignIn() Tokens {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := &grant{scopes: e.Scopes}
	e.newRefresh(g)
	return e.tokens(g)
}

// Revoke ends the sign-in to which a refresh token belongs.
func (e *Engine) Revoke(refreshToken string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g := e.refresh[refreshToken]; g != nil {
		g.revoked = true
	}
}

// RevokeAll ends every sign-in.
func (e *Engine) RevokeAll() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for g := range maps.Values(e.refresh) {
		g.revoked = true
	}
}

// Valid reports whether an access token is valid now, and returns when it expires.
func (e *Engine) Valid(accessToken string) (expires time.Time, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.access[accessToken]
	if a == nil || a.grant.revoked || !e.Now().Before(a.expires) {
		return time.Time{}, false
	}
	return a.expires, true
}

// newRefresh gives a grant its next refresh token. The caller holds e.mu.
func (e *Engine) newRefresh(g *grant) {
	g.current = "Atzr|" + Text(400)
	e.refresh[g.current] = g
}

// tokens issues an access token. The caller holds e.mu.
func (e *Engine) tokens(g *grant) Tokens {
	t := Tokens{Access: "Atza|" + Text(400), Refresh: g.current, Expires: e.Now().Add(e.Lifetime)}
	e.access[t.Access] = &access{g, t.Expires}
	if e.Issued != nil {
		e.Issued(t.Access, t.Expires, slices.Clone(g.scopes)...)
	}
	return t
}

// Text returns n random characters.
func Text(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}

// Registered reports whether an address is equal to a registered one. If the registered address has
// port 0, the port does not matter.
func (e *Engine) Registered(address string) bool {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return false
	}
	anyPort := *u
	if u.Port() != "" {
		anyPort.Host = net.JoinHostPort(u.Hostname(), "0")
	}
	return slices.Contains(e.Redirects, address) || slices.Contains(e.Redirects, anyPort.String())
}

// Check returns why a request is refused without asking the person, or nil.
func (e *Engine) Check(r Request) *Error {
	known := func(scope string) bool { return slices.Contains(e.Scopes, scope) }
	switch {
	case len(r.Scopes) == 0 || slices.ContainsFunc(r.Scopes, func(s string) bool { return !known(s) }):
		return &Error{"invalid_scope", "An unknown scope was requested"}
	case r.Challenge != "" && r.Method != "S256" && r.Method != "plain":
		return &Error{"invalid_request", "The code challenge method is not known"}
	}
	return nil
}

// Ask keeps a request until the person has answered it, and returns an id for the request.
func (e *Engine) Ask(r Request) (id string) {
	id = Text(26)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked[id] = r
	return id
}

// Answered returns the request with that id and forgets it, so a request can be answered only once.
func (e *Engine) Answered(id string) (r Request, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, ok = e.asked[id]
	delete(e.asked, id)
	return r, ok
}

// Approve returns a new code for a request to which the person has consented.
func (e *Engine) Approve(r Request) string {
	text := Text(20)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.codes[text] = &code{Request: r, expires: e.Now().Add(e.CodeFor)}
	return text
}

// Redeem exchanges a code for tokens. If a code is used a second time, Redeem ends the sign-in that
// began with its first use.
func (e *Engine) Redeem(text, redirect, verifier string) (Tokens, *Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.codes[text]
	switch {
	case text == "":
		return Tokens{}, &Error{"invalid_request", "The code is missing"}
	case c == nil || !e.Now().Before(c.expires):
		return Tokens{}, &Error{"invalid_grant", "The authorization code is invalid or expired"}
	case c.grant != nil:
		c.grant.revoked = true
		return Tokens{}, &Error{"invalid_grant", "The authorization code has been used"}
	case redirect != c.Redirect:
		return Tokens{}, &Error{"invalid_grant", "The redirect address differs from the one of the request"}
	case !c.verified(verifier):
		return Tokens{}, &Error{"invalid_grant", "The code verifier does not match"}
	}
	c.grant = &grant{scopes: c.Scopes}
	e.newRefresh(c.grant)
	return e.tokens(c.grant), nil
}

// verified checks PKCE. A verifier for a request without a challenge is refused too: then somebody
// may have removed the challenge from the request.
func (r Request) verified(verifier string) bool {
	switch {
	case r.Challenge == "":
		return verifier == ""
	case len(verifier) < 43 || len(verifier) > 128:
		return false
	case r.Method == "plain":
		return verifier == r.Challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == r.Challenge
}

// Refresh exchanges a refresh token for tokens. If the token was used up before, somebody else has
// it too: Refresh then ends the whole sign-in.
func (e *Engine) Refresh(text string) (Tokens, *Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.refresh[text]
	switch {
	case text == "":
		return Tokens{}, &Error{"invalid_request", "The refresh token is missing"}
	case g == nil || g.revoked:
		return Tokens{}, &Error{"invalid_grant", "The refresh token is invalid or revoked"}
	case g.current != text:
		g.revoked = true
		return Tokens{}, &Error{"invalid_grant", "The refresh token has been used"}
	}
	if e.Rotate {
		e.newRefresh(g)
	}
	return e.tokens(g), nil
}
