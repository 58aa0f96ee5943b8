package mocks

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// token is one that the drive issued.
type token struct {
	scopes     []string
	firstParty bool
	expires    time.Time // zero: never
}

func (t *token) expired(now time.Time) bool { return !t.expires.IsZero() && !now.Before(t.expires) }

func (t *token) mayWrite() bool { return slices.Contains(t.scopes, "clouddrive:write") }

// mayRead says whether the token covers a content type.
func (t *token) mayRead(mime string) bool {
	for _, s := range t.scopes {
		ok := false
		switch s {
		case "clouddrive:read_all", "clouddrive:read":
			ok = true
		case "clouddrive:read_image", "photos::images:read":
			ok = strings.HasPrefix(mime, "image/")
		case "clouddrive:read_video", "photos::videos:read":
			ok = strings.HasPrefix(mime, "video/")
		case "clouddrive:read_document":
			ok = categoryOf(mime) == categoryDocument
		case "clouddrive:read_other":
			ok = categoryOf(mime) == categoryOther
		}
		if ok {
			return true
		}
	}
	return false
}

func (t *token) mayList() bool {
	return slices.ContainsFunc(t.scopes, func(s string) bool {
		return strings.HasPrefix(s, "clouddrive:read") || strings.HasPrefix(s, "photos::") && strings.HasSuffix(s, ":read")
	})
}

type tokens struct {
	mu      sync.Mutex
	known   map[string]*token
	current string
	issued  int
	used    time.Time // when a valid token was last seen
}

func (t *tokens) add(text string, scopes []string, firstParty bool, expires time.Time) {
	if t.known == nil {
		t.known = map[string]*token{}
	}
	t.known[text] = &token{scopes: slices.Clone(scopes), firstParty: firstParty, expires: expires}
}

// AddToken makes the drive accept one more token, until expires (zero: for ever). Without scopes it
// has those of the drive's own token.
func (d *Drive) AddToken(text string, expires time.Time, scopes ...string) {
	if len(scopes) == 0 {
		scopes = d.opt.scopes
	}
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	d.tokens.add(text, scopes, d.opt.firstParty, expires)
}

// ExpireTokens lets every token that the drive knows expire now. A [Drive.TokenSource] does not
// notice, as in real life, until its token is rejected and invalidated.
func (d *Drive) ExpireTokens() {
	now := d.now()
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	for _, t := range d.tokens.known {
		if !t.expired(now) {
			t.expires = now
		}
	}
}

// presented is the token of a request; not ok if it presents two.
func presented(h http.Header) (text string, ok bool) {
	bearer := ""
	if v := h.Get("Authorization"); v != "" {
		const scheme = "bearer "
		if len(v) < len(scheme) || !strings.EqualFold(v[:len(scheme)], scheme) {
			return "", true
		}
		bearer = strings.TrimSpace(v[len(scheme):])
	}
	other := h.Get("X-Amz-Access-Token")
	switch {
	case bearer == "":
		return other, true
	case other == "" || other == bearer:
		return bearer, true
	}
	return "", false
}

// authorize checks the token and that its scopes cover the call.
func (d *Drive) authorize(c *call) error {
	text, ok := presented(c.r.Header)
	if !ok {
		return errTwoTokens
	}
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	t := d.tokens.known[text]
	switch {
	case t == nil:
		return errNoToken
	case t.expired(c.now):
		return d.expiredToken(c)
	case c.route.write && !t.mayWrite() || !c.route.write && !t.mayList():
		return front(http.StatusForbidden, "Insufficient permissions granted for operation: "+c.route.right)
	}
	d.tokens.used = c.now
	c.token = t
	return nil
}

func (d *Drive) expiredToken(c *call) error {
	switch {
	case c.route.op == "Changes.Since":
		return bare(http.StatusUnauthorized)
	case c.route.upload && d.opt.wrapExpired:
		return errWrappedToken
	}
	return errTokenExpired
}

// stillAuthorized is asked at the end of an upload: a token may have been expired for an hour by
// then, unless another call has kept the session alive.
func (d *Drive) stillAuthorized(c *call) error {
	const grace = time.Hour
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	e := c.token.expires
	if e.IsZero() || d.now().Before(e.Add(grace)) || d.tokens.used.After(e) {
		return nil
	}
	return d.expiredToken(c)
}

// TokenSource is a client's view of the drive's tokens. It fetches a new one when its own has
// expired by its own account or was invalidated; it is safe for concurrent use. Its method
// InvalidateToken(context.Context, *oauth2.Token) error says that a token was rejected.
func (d *Drive) TokenSource() oauth2.TokenSource { return &tokenSource{d: d} }

type tokenSource struct {
	d       *Drive
	mu      sync.Mutex
	current *oauth2.Token
}

func (s *tokenSource) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.current; t != nil && (t.Expiry.IsZero() || s.d.now().Before(t.Expiry)) {
		return t, nil
	}
	s.current = s.d.currentToken()
	return s.current, nil
}

// TokenContext is Token; there is nothing to wait for.
func (s *tokenSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.Token()
}

// InvalidateToken drops the token if it is still the present one.
func (s *tokenSource) InvalidateToken(_ context.Context, rejected *oauth2.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && rejected != nil && s.current.AccessToken == rejected.AccessToken {
		s.current = nil
	}
	return nil
}

// currentToken is the newest token, a new one if that has expired.
func (d *Drive) currentToken() *oauth2.Token {
	now := d.now()
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	t := d.tokens.known[d.tokens.current]
	if t.expired(now) {
		lifetime := d.opt.tokenFor
		if lifetime == 0 {
			lifetime = time.Hour
		}
		d.tokens.issued++
		d.tokens.current = fmt.Sprintf("%s-%d", d.opt.token, d.tokens.issued+1)
		d.tokens.add(d.tokens.current, d.opt.scopes, d.opt.firstParty, now.Add(lifetime))
		t = d.tokens.known[d.tokens.current]
	}
	return &oauth2.Token{AccessToken: d.tokens.current, TokenType: "bearer", Expiry: t.expires}
}
