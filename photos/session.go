package photos

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/amazonsites"
)

var (
	// ErrSignInAgain means that the session has ended, or that there is none: nothing helps but to sign in at the
	// site, and to store the session's cookies. It is also an [acd.ErrUnauthorized].
	ErrSignInAgain error = &sentinel{"the session has ended: sign in again", acd.ErrUnauthorized}

	// ErrNoSession means that a store is empty: nobody is signed in. It is also an [ErrSignInAgain].
	ErrNoSession error = &sentinel{"nobody is signed in: the store holds no session", ErrSignInAgain}
)

// A sentinel is an error to compare with, that is another one too and does not repeat its text.
type sentinel struct {
	text string
	is   error
}

func (s *sentinel) Error() string { return "photos: " + s.text }
func (s *sentinel) Unwrap() error { return s.is }

// Session is the cookies of somebody who is signed in at one of Amazon's sites: those that calls need, and no
// others. It never changes; [ParseSession] makes one. However it is printed, logged or encoded, it shows its
// site and no cookie.
type Session struct {
	site amazonsites.Site
	// A function, because package fmt prints what is in unexported fields of another struct field by field, whatever
	// methods there are; of a function it prints no more than the address.
	cookies func() map[string]string
}

const (
	sessionID    = "session-id"
	sessionToken = "session-token"
)

// cookieNames are the names of the cookies that a session of a site may have, in the order in which they are sent.
func cookieNames(s amazonsites.Site) []string {
	return []string{sessionID, "ubid-" + s.Cookies, "x-" + s.Cookies, atName(s), sessionToken}
}

// neededNames are the names of those without which nobody is signed in.
func neededNames(s amazonsites.Site) []string {
	return []string{sessionID, "ubid-" + s.Cookies, atName(s)}
}

// atName is the name of the cookie that is the sign-in itself.
func atName(s amazonsites.Site) string { return "at-" + s.Cookies }

func newSession(site amazonsites.Site, values map[string]string) *Session {
	return &Session{site, func() map[string]string { return values }}
}

// Site is the name of the site that the session belongs to, such as "amazon.co.uk".
func (s *Session) Site() string { return s.site.Name }

// value returns a cookie's value, with the quotes that belong to it; "" if it is not there.
func (s *Session) value(name string) string { return s.cookies()[name] }

// at is the cookie that differs whenever somebody signs in.
func (s *Session) at() string { return s.value(atName(s.site)) }

// header is the value of the header Cookie.
func (s *Session) header() string {
	var b strings.Builder
	for _, name := range cookieNames(s.site) {
		if v := s.value(name); v != "" {
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(name + "=" + v)
		}
	}
	return b.String()
}

// with returns the session with other values for some cookies.
func (s *Session) with(changed map[string]string) *Session {
	values := maps.Clone(s.cookies())
	maps.Copy(values, changed)
	return newSession(s.site, values)
}

// same says whether two sessions, each of which may be nil, are of one site and have the same cookies.
func same(a, b *Session) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.site == b.site && maps.Equal(a.cookies(), b.cookies())
}

// encode writes what a store keeps: a JSON object of names and values, which [ParseSession] reads.
func (s *Session) encode() ([]byte, error) {
	text, err := json.MarshalIndent(s.cookies(), "", "  ")
	return append(text, '\n'), err
}

// String returns "photos.Session(SITE)".
func (s Session) String() string { return "photos.Session(" + s.site.Name + ")" }

// GoString returns [Session.String].
func (s Session) GoString() string { return s.String() }

// Format prints [Session.String] for every verb.
func (s Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns [Session.String].
func (s Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns [Session.String]. A session cannot be read from it.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
