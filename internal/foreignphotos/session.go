package foreignphotos

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// session is the one sign-in of the account. Its cookies have the service's names with hyphens
// (docs/wire-photos.md, 1.1).
type session struct {
	site    site
	quoted  bool
	now     map[string]string   // the present cookies; quotes that belong to a value are in it
	old     map[string][]string // values that Rotate replaced and that are still accepted
	expired bool
	form    Expiry
	life    int // how many requests the session still accepts; below 0: no limit
}

// Expiry is how the service answers when a session has ended. The reference says that the real form
// is unknown (docs/wire-photos.md, 8).
type Expiry int

const (
	AsJSON     Expiry = iota // 401, the same as without any cookie (docs/wire-photos.md, 1.1)
	AsRedirect               // 302 to /ap/signin
	AsHTML                   // 200 with the sign-in page as the body
)

// WithQuotedCookies puts the value of the at cookie in quotes. The quotes are part of the value
// (docs/wire-photos.md, 1.1).
func WithQuotedCookies() Option { return func(o *settings) { o.quoted = true } }

// WithoutSessionHeader accepts requests without x-amzn-sessionid. Whether the real service needs
// this header is untested (docs/wire-photos.md, 3).
func WithoutSessionHeader() Option { return func(o *settings) { o.noSessionHeader = true } }

// WithAnonymousCookies makes the sign-in page of an expired session set the cookies of a visitor
// without an account: a new session-id, and an at cookie that is deleted. A client that stores
// these as if they were rotated cookies loses its own. The real shop may well do this, because it
// sets such cookies for every visitor.
func WithAnonymousCookies() Option { return func(o *settings) { o.anonymous = true } }

func newSession(t site, quoted bool) session {
	s := session{site: t, quoted: quoted, life: -1}
	s.signIn()
	return s
}

func (s *session) atName() string { return "at-" + s.site.cc }

func (s *session) signIn() {
	s.now, s.old, s.expired = map[string]string{}, map[string][]string{}, false
	s.now["ubid-"+s.site.cc] = newID()
	s.fresh()
}

// fresh gives new values to the cookies that the service rotates (docs/wire-photos.md, 1.1).
func (s *session) fresh() {
	at := "Atza|foreign-photos-" + newID()
	if s.quoted {
		at = `"` + at + `"`
	}
	s.now["session-id"], s.now["session-token"], s.now[s.atName()] = newID(), newID(), at
}

// CookieHeader returns the value of a Cookie header that signs in, as a browser would send it.
func (s *Service) CookieHeader() string {
	var parts []string
	for name, value := range s.Cookies() {
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// Cookies returns the present cookies by name: session-id, session-token, ubid-… and at-….
func (s *Service) Cookies() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	cookies := map[string]string{}
	for name, value := range s.session.now {
		cookies[name] = value
	}
	return cookies
}

// Expire ends the session. All its cookies are refused from now on, in the given form. The content
// host always answers 401, because people do not sign in there.
func (s *Service) Expire(form Expiry) { s.ExpireAfter(0, form) }

// ExpireAfter ends the session after n more requests, so that it ends in the middle of a run
// (docs/wire-photos.md, 5).
func (s *Service) ExpireAfter(n int, form Expiry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session.life, s.session.form = n, form
}

// SignIn starts a new session, as a user does in a browser. The earlier cookies are refused.
func (s *Service) SignIn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session.signIn()
	s.session.life = -1
}

// Rotate replaces the values of session-id, session-token and the at cookie (docs/wire-photos.md,
// 1.1). The old values are accepted until Retire. If a request to the www host has an old value,
// the response sets the new ones.
func (s *Service) Rotate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{"session-id", "session-token", s.session.atName()} {
		s.session.old[name] = append(s.session.old[name], s.session.now[name])
	}
	s.session.fresh()
}

// Retire makes the service refuse the values that Rotate replaced.
func (s *Service) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session.old = map[string][]string{}
}

// admit reports whether the request has the cookies of the live session. If not, admit has answered
// it.
func (s *Service) admit(role string, w http.ResponseWriter, r *http.Request) bool {
	header := r.Header.Get("x-amzn-sessionid")
	s.mu.Lock()
	known, stale := s.session.recognise(rawCookies(r.Header), header, s.wantsHeader(role))
	if known && s.session.life >= 0 {
		s.session.expired = s.session.life == 0
		s.session.life = max(0, s.session.life-1)
	}
	expired, form := known && s.session.expired, s.session.form
	fresh := s.session.setCookies()
	s.mu.Unlock()

	switch {
	case !known:
		unauthorized(role).write(w)
	case expired:
		s.sayExpired(role, form, w, r)
	default:
		if stale && role == roleWWW {
			w.Header()["Set-Cookie"] = fresh
		}
		return true
	}
	return false
}

// wantsHeader reports whether x-amzn-sessionid is required on a host. A web page loads its pictures
// from the other hosts. A page cannot set a header for pictures, so the header is not required
// there.
func (s *Service) wantsHeader(role string) bool {
	return !s.opt.noSessionHeader && (role == roleWWW || role == roleContent)
}

// recognise reports whether the cookies belong to this session, and whether one of them has been
// replaced. The header must equal the session-id cookie of the same request (docs/wire-photos.md,
// 3).
func (s *session) recognise(cookies []cookie, header string, headerNeeded bool) (known, stale bool) {
	got := map[string]string{}
	for _, c := range cookies {
		got[c.name] = c.value
	}
	if (headerNeeded || header != "") && header != got["session-id"] {
		return false, false
	}
	for _, name := range []string{"session-id", "ubid-" + s.site.cc, s.atName()} {
		switch value := got[name]; {
		case value == "":
			return false, false
		case value == s.now[name]:
		case slices.Contains(s.old[name], value):
			stale = true
		default:
			return false, false
		}
	}
	return true, stale
}

func (s *session) setCookies() []string {
	var lines []string
	for _, name := range []string{"session-id", "session-token", s.atName()} {
		line := name + "=" + s.now[name] + "; Domain=.amazon." + s.site.tld + "; Path=/; Secure; Max-Age=31536000"
		if name == s.atName() {
			line += "; HttpOnly"
		}
		lines = append(lines, line)
	}
	return lines
}

func (s *Service) sayExpired(role string, form Expiry, w http.ResponseWriter, r *http.Request) {
	if role == roleContent || form == AsJSON {
		unauthorized(role).write(w)
		return
	}
	if s.opt.anonymous {
		domain := "; Domain=.amazon." + s.site.tld + "; Path=/; Secure"
		w.Header()["Set-Cookie"] = []string{"session-id=" + newID() + domain, "at-" + s.site.cc + "=-" + domain + "; Max-Age=0"}
	}
	if form == AsHTML {
		SignInPage(w, r)
		return
	}
	back := url.Values{"openid.return_to": {"https://" + r.Host + r.URL.Path}}
	w.Header().Set("Location", "https://"+s.site.hosts().WWW+"/ap/signin?"+back.Encode())
	w.WriteHeader(http.StatusFound)
}

type cookie struct{ name, value string }

// rawCookies splits Cookie headers and keeps quotes. net/http would remove the quotes.
func rawCookies(h http.Header) []cookie {
	var cookies []cookie
	for _, line := range h["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
				cookies = append(cookies, cookie{name, value})
			}
		}
	}
	return cookies
}
