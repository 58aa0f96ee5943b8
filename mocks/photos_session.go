package mocks

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Session is the sign-in of a browser to Amazon Photos: the cookies that the browser holds.
type Session struct{ cookies []*http.Cookie }

// ID returns the value of the cookie session-id. Programs also send it as x-amzn-sessionid.
func (s *Session) ID() string { return s.cookies[0].Value }

// Cookies returns the cookies of the session, as a browser stores them.
func (s *Session) Cookies() []*http.Cookie {
	list := make([]*http.Cookie, 0, len(s.cookies))
	for _, c := range s.cookies {
		clone := *c
		list = append(list, &clone)
	}
	return list
}

// Header returns the Cookie header that the browser sends.
func (s *Session) Header() string {
	var parts []string
	for _, c := range s.cookies {
		parts = append(parts, c.Name+"="+rawValue(c))
	}
	return strings.Join(parts, "; ")
}

// rawValue returns the value of a cookie as it is sent, with its quotes.
func rawValue(c *http.Cookie) string {
	if c.Quoted {
		return `"` + c.Value + `"`
	}
	return c.Value
}

// NewSession signs a browser in to a drive of Amazon Photos. On any other drive NewSession panics:
// the call is a mistake in the test.
func (d *Drive) NewSession() *Session {
	if !d.photos() {
		panic("mocks: NewSession: the drive has no sessions without WithPhotos(site)")
	}
	s := &Session{cookies: d.opt.photos.site.cookies(d.now())}
	one := &signIn{now: map[string]string{}}
	if d.opt.photos.sessionFor > 0 {
		one.expires = d.now().Add(d.opt.photos.sessionFor)
	}
	d.signIns.mu.Lock()
	defer d.signIns.mu.Unlock()
	for _, c := range s.cookies {
		one.now[c.Name] = rawValue(c)
		if c.Name != "session-id-time" { // it is a date, the same in all sessions
			d.signIns.secrets = append(d.signIns.secrets, c.Value)
		}
	}
	one.before = one.now
	if d.signIns.known == nil {
		d.signIns.known = map[string]*signIn{}
	}
	d.signIns.known[s.ID()] = one
	return s
}

// cookies returns the cookies of a new sign-in. The first one is session-id.
func (s *site) cookies(now time.Time) []*http.Cookie {
	digits := func() string {
		b := make([]byte, 7)
		rand.Read(b)
		for i := range b {
			b[i] = '0' + b[i]%10
		}
		return string(b)
	}
	number := func(area string) string { return area + "-" + digits() + "-" + digits() }
	values := []struct {
		name, value      string
		quoted, httpOnly bool
	}{
		{"session-id", number("257"), false, false},
		{"session-id-time", "2082787201l", false, false},
		{"ubid-" + s.cookie, number("258"), false, false},
		{"at-" + s.cookie, "Atza|" + rand.Text() + rand.Text(), false, true},
		{"sess-at-" + s.cookie, rand.Text() + "=", true, true},
		{"x-" + s.cookie, rand.Text() + "@" + rand.Text(), true, false},
		{"session-token", rand.Text() + "/" + rand.Text() + "==", false, false},
	}
	var list []*http.Cookie
	for _, v := range values {
		list = append(list, &http.Cookie{ //nolint:gosec // flags as Amazon sets them: a browser reads some of them
			Name: v.name, Value: v.value, Quoted: v.quoted, Domain: "." + s.domain, Path: "/",
			Expires: now.AddDate(1, 0, 0), Secure: true, HttpOnly: v.httpOnly,
		})
	}
	return list
}

// ExpireSessions ends every session that the drive knows. An ended session never becomes valid
// again.
func (d *Drive) ExpireSessions() {
	now := d.now()
	d.signIns.mu.Lock()
	defer d.signIns.mu.Unlock()
	for _, one := range d.signIns.known {
		one.expires = now
	}
}

// signIns are the sessions that the drive knows.
type signIns struct {
	mu      sync.Mutex
	known   map[string]*signIn // by session-id
	secrets []string           // every value that a secret cookie has or had
}

// signIn is one session: the raw values of its cookies, now and before the last rotation.
type signIn struct {
	now, before map[string]string
	expires     time.Time // zero: never
	answers     int
}

func (s *signIn) expired(now time.Time) bool { return !s.expires.IsZero() && !now.Before(s.expires) }

// rawCookies returns the cookies of a request with their quotes. [http.Request.Cookies] would
// remove the quotes.
func rawCookies(h http.Header) map[string]string {
	all := map[string]string{}
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			all[name] = value
		}
	}
	return all
}

// find returns the session to which the cookies of a request belong, and what the journal records
// about it. The names must be exact, with hyphens and not underscores, and a value without its
// quotes is wrong.
func (s *signIns) find(of *site, h http.Header, now time.Time) (*signIn, TokenState) {
	sent := rawCookies(h)
	if len(sent) == 0 {
		return nil, NoToken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.known[sent["session-id"]]
	if one == nil {
		return nil, UnknownToken
	}
	for _, prefix := range []string{"ubid-", "at-"} {
		if name := prefix + of.cookie; !one.has(name, sent[name]) {
			return nil, UnknownToken
		}
	}
	for _, prefix := range []string{"x-", "sess-at-"} {
		name := prefix + of.cookie
		if value, there := sent[name]; there && !one.has(name, value) {
			return nil, UnknownToken
		}
	}
	if one.expired(now) {
		return nil, ExpiredToken
	}
	return one, ValidToken
}

func (s *signIn) has(name, value string) bool {
	return value != "" && (value == s.now[name] || value == s.before[name])
}

// signedIn checks the cookies of a call.
func (c *call) signedIn() error {
	o := &c.d.opt.photos
	one, state := c.d.signIns.find(o.site, c.r.Header, c.now)
	if state != ValidToken || c.elsewhere {
		return c.signedOut()
	}
	if o.needSessionID && c.r.Header.Get("X-Amzn-Sessionid") != rawCookies(c.r.Header)["session-id"] {
		return c.signedOut()
	}
	c.session = one
	c.token = &token{scopes: []string{"clouddrive:read_all", "clouddrive:write"}, firstParty: true}
	return nil
}

// signedOut returns the 401 of a call without a valid session, in the form of the host that was
// asked.
func (c *call) signedOut() error {
	f := *errNoToken
	f.shape = shapeService
	if c.route.part == partMetadata || c.route.part == partGroups {
		f.shape = shapeSite
	}
	return &f
}

// rotate replaces cookies of the session, if [WithSessionRotation] says so for this response.
func (c *call) rotate(a *answer) {
	every := c.d.opt.photos.rotateEvery
	if every <= 0 || c.session == nil || a.status == 0 || a.status >= 400 || c.route.part != partMetadata {
		return
	}
	all := &c.d.signIns
	all.mu.Lock()
	defer all.mu.Unlock()
	if c.session.answers++; c.session.answers%every != 0 {
		return
	}
	c.session.before = c.session.now
	c.session.now = maps.Clone(c.session.now)
	at := "at-" + c.d.opt.photos.site.cookie
	for _, cookie := range c.d.opt.photos.site.cookies(c.now) {
		if cookie.Name == at || cookie.Name == "session-token" {
			c.session.now[cookie.Name] = rawValue(cookie)
			all.secrets = append(all.secrets, cookie.Value)
			a.header["Set-Cookie"] = append(a.header["Set-Cookie"], cookie.String())
		}
	}
}

// secretIn reports whether a text contains the value of a cookie, also if the value is escaped as
// in a URL.
func (s *signIns) secretIn(text string) bool {
	if plain, err := url.QueryUnescape(text); err == nil {
		text += "\n" + plain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.secrets, func(v string) bool { return strings.Contains(text, v) })
}

// leak returns where a request carries the value of a cookie, except in Cookie and
// x-amzn-sessionid. It returns "" if there is no such place.
func (s *signIns) leak(r *http.Request) string {
	switch {
	case s.secretIn(r.URL.RawQuery):
		return "a cookie in the query"
	case s.secretIn(r.URL.Path):
		return "a cookie in the path"
	}
	for name, list := range r.Header {
		if name != "Cookie" && name != "X-Amzn-Sessionid" && s.secretIn(strings.Join(list, "\n")) {
			return fmt.Sprintf("a cookie in the header %s", name)
		}
	}
	return ""
}
