package mocks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// token is a token that the drive accepts until it expires.
type token struct {
	scopes     []string
	firstParty bool
	expires    time.Time // zero: never
}

func (t *token) expired(now time.Time) bool { return !t.expires.IsZero() && !now.Before(t.expires) }

// mayWrite reports whether the scopes of the token allow a call that changes something. The scopes
// of Photos allow only uploads and changes of albums.
func (t *token) mayWrite(rt *route) bool {
	if slices.Contains(t.scopes, "clouddrive:write") {
		return true
	}
	switch rt.op {
	case OpContentUpload, OpContentUploadStart, OpContentUploadPart, OpContentUploadState, OpContentUploadComplete, OpContentUploadAbort:
		return slices.Contains(t.scopes, "amazonphotos::images:create") || slices.Contains(t.scopes, "amazonphotos::videos:create")
	case OpNodesCreateFolder:
		return slices.Contains(t.scopes, "amazonphotos::albums:create")
	case OpNodesUpdateAlbum, OpNodesUpdate:
		return slices.Contains(t.scopes, "amazonphotos::albums:update")
	}
	return false
}

// mayCreate reports whether the scopes of the token allow the upload of a content type.
func (t *token) mayCreate(mime string) bool {
	if slices.Contains(t.scopes, "clouddrive:write") {
		return true
	}
	for kind, scope := range map[string]string{"image/": "amazonphotos::images:create", "video/": "amazonphotos::videos:create"} {
		if strings.HasPrefix(mime, kind) && slices.Contains(t.scopes, scope) {
			return true
		}
	}
	return false
}

// mayChange reports whether the scopes of the token allow changes of nodes of a kind.
func (t *token) mayChange(k store.Kind) bool {
	return k == store.Album || slices.Contains(t.scopes, "clouddrive:write")
}

// mayRead reports whether the scopes of the token allow reading a content type.
func (t *token) mayRead(mime string) bool {
	for _, s := range t.scopes {
		ok := false
		switch s {
		case "clouddrive:read_all", "clouddrive:read":
			ok = true
		case "clouddrive:read_image", "amazonphotos::images:read":
			ok = strings.HasPrefix(mime, "image/")
		case "clouddrive:read_video", "amazonphotos::videos:read":
			ok = strings.HasPrefix(mime, "video/")
		case "clouddrive:read_document":
			ok = store.CategoryOf(mime) == store.CategoryDocument
		case "clouddrive:read_other":
			ok = store.CategoryOf(mime) == store.CategoryOther
		}
		if ok {
			return true
		}
	}
	return false
}

func (t *token) mayList() bool {
	return slices.ContainsFunc(t.scopes, func(s string) bool {
		return strings.HasPrefix(s, "clouddrive:read") || strings.HasPrefix(s, "amazonphotos::") && strings.HasSuffix(s, ":read")
	})
}

// tokens are the tokens that the drive knows, the expired ones included.
type tokens struct {
	scopes      []string // of a token that is issued without scopes
	firstParty  bool
	wrapExpired bool          // uploads report an expired token in a 400
	lifetime    time.Duration // of every token after the first
	prefix      string        // of the texts of the tokens after the first
	none        bool          // the drive accepts cookies instead of tokens

	mu      sync.Mutex
	known   map[string]*token
	current string
	issued  int
	used    time.Time // when a valid token was last used
}

func newTokens(o *options, expires time.Time) *tokens {
	t := &tokens{
		scopes: o.scopes, firstParty: o.firstParty, wrapExpired: o.wrapExpired, lifetime: o.tokenFor, prefix: o.token,
		known: map[string]*token{}, current: o.token,
	}
	if t.lifetime == 0 {
		t.lifetime = time.Hour
	}
	if t.none = o.photos.site != nil && !o.tokenGiven; !t.none {
		t.add(o.token, o.scopes, expires)
	}
	return t
}

// add makes the drive accept a token. The caller holds t.mu, unless no other goroutine has t yet.
func (t *tokens) add(text string, scopes []string, expires time.Time) *token {
	if len(scopes) == 0 {
		scopes = t.scopes
	}
	one := &token{scopes: slices.Clone(scopes), firstParty: t.firstParty, expires: expires}
	t.known[text] = one
	return one
}

// state returns what the journal records about the token of a request.
func (t *tokens) state(h http.Header, now time.Time) TokenState {
	text, ok := presented(h)
	if text == "" && ok {
		return NoToken
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch one := t.known[text]; {
	case one == nil:
		return UnknownToken
	case one.expired(now):
		return ExpiredToken
	}
	return ValidToken
}

// AddToken makes the drive accept one more token until expires; a zero time means forever. If no
// scopes are given, the token has the scopes of the drive's own token.
func (d *Drive) AddToken(text string, expires time.Time, scopes ...string) {
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	d.tokens.add(text, scopes, expires)
}

// ExpireTokens makes every token that the drive knows expire now. A [Drive.TokenSource] does not
// notice this, as in real life: it returns the expired token until that token is rejected and
// invalidated.
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

// revokeTokens makes the drive forget every token that it knows.
func (d *Drive) revokeTokens() {
	d.tokens.mu.Lock()
	defer d.tokens.mu.Unlock()
	clear(d.tokens.known)
}

// presented returns the token of a request; "" if there is none. It reports false if the request
// has two different tokens.
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

// authorize checks that the token of a call is valid and that its scopes allow the call.
func (t *tokens) authorize(c *call) error {
	text, ok := presented(c.r.Header)
	if !ok {
		return errTwoTokens
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.known[text]
	switch {
	case one == nil:
		return errNoToken
	case one.expired(c.now):
		return t.expired(c.route)
	case c.route.write && !one.mayWrite(c.route) || !c.route.write && !one.mayList():
		return c.forbidden()
	}
	t.used = c.now
	c.token = one
	return nil
}

// forbidden returns the error of a call that the scopes of the token do not allow.
func (c *call) forbidden() error {
	return front(http.StatusForbidden, "Insufficient permissions granted for operation: "+c.route.right)
}

// expired returns the error of a call with an expired token.
func (t *tokens) expired(rt *route) error {
	switch {
	case rt.op == "Changes.Since":
		return bare(http.StatusUnauthorized)
	case rt.upload && t.wrapExpired:
		return errWrappedToken
	}
	return errTokenExpired
}

// stillAuthorized checks the token at the end of an upload. It fails if the token expired an hour
// ago or longer, unless a call with a valid token was made after that: such a call keeps the
// session alive.
func (t *tokens) stillAuthorized(c *call) error {
	const grace = time.Hour
	t.mu.Lock()
	defer t.mu.Unlock()
	e := c.token.expires
	if e.IsZero() || c.d.now().Before(e.Add(grace)) || t.used.After(e) {
		return nil
	}
	return t.expired(c.route)
}

// TokenSource returns a source of the drive's tokens, as a client sees them. The source fetches a
// new token when its present one has passed its Expiry or was invalidated. It is safe for
// concurrent use. Its method InvalidateToken(context.Context, *oauth2.Token) error tells it that a
// token was rejected.
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
	if s.d.tokens.none {
		return nil, errNoTokens
	}
	s.current = s.d.tokens.newest(s.d.now())
	return s.current, nil
}

// errNoTokens tells the author of a test that this drive of Photos gives out no tokens.
var errNoTokens = errors.New("mocks: this drive takes the cookies of NewSession; with WithToken it takes a token, too")

// TokenContext returns the same as Token, unless ctx has ended. It never waits.
func (s *tokenSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.Token()
}

// InvalidateToken drops the present token, if that is the rejected one.
func (s *tokenSource) InvalidateToken(_ context.Context, rejected *oauth2.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && rejected != nil && s.current.AccessToken == rejected.AccessToken {
		s.current = nil
	}
	return nil
}

// newest returns the newest token. If that has expired or was forgotten, it issues a new one.
func (t *tokens) newest(now time.Time) *oauth2.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.known[t.current]
	if one == nil || one.expired(now) {
		t.issued++
		t.current = fmt.Sprintf("%s-%d", t.prefix, t.issued+1)
		one = t.add(t.current, nil, now.Add(t.lifetime))
	}
	return &oauth2.Token{AccessToken: t.current, TokenType: "bearer", Expiry: one.expires}
}
