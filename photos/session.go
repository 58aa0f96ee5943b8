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
	// ErrSignInAgain means that the session has ended, or that there is none. A person must sign in
	// at the site and store the new cookies. It is also an [acd.ErrUnauthorized].
	ErrSignInAgain error = &sentinel{"the session has ended: sign in again", acd.ErrUnauthorized}

	// ErrNoSession means that a store is empty: nobody is signed in. It is also an [ErrSignInAgain].
	ErrNoSession error = &sentinel{"nobody is signed in: the store holds no session", ErrSignInAgain}
)

// A sentinel is an error to compare with. It is also the error in its field is, but does not repeat
// that error's text.
type sentinel struct {
	text string
	is   error
}

func (s *sentinel) Error() string { return "photos: " + s.text }
func (s *sentinel) Unwrap() error { return s.is }

// Session holds the cookies of a person who is signed in at one of Amazon's sites. It holds only
// the cookies that calls need. It is never changed. [ParseSession] makes one. If a Session is
// printed, logged or encoded in any way, the result shows its site and no cookie.
type Session struct {
	site amazonsites.Site
	// cookies is a function, because package fmt prints the unexported fields of a struct inside of
	// another struct without calling their methods. For a function it prints only the address.
	cookies func() map[string]string
}

const (
	sessionID    = "session-id"
	sessionToken = "session-token"
)

// cookieNames returns the names of the cookies that a session of a site may have, in the order in
// which they are sent.
func cookieNames(s amazonsites.Site) []string {
	return []string{sessionID, "ubid-" + s.Cookies, "x-" + s.Cookies, atName(s), sessionToken}
}

// neededNames returns the names of the cookies that every session of a site must have.
func neededNames(s amazonsites.Site) []string {
	return []string{sessionID, "ubid-" + s.Cookies, atName(s)}
}

// atName returns the name of the cookie that proves the sign-in.
func atName(s amazonsites.Site) string { return "at-" + s.Cookies }

func newSession(site amazonsites.Site, values map[string]string) *Session {
	return &Session{site, func() map[string]string { return values }}
}

// Site returns the name of the site that the session belongs to, such as "amazon.co.uk".
func (s *Session) Site() string { return s.site.Name }

// value returns a cookie's value, including its quotes if it has some, "" if there is no such
// cookie.
func (s *Session) value(name string) string { return s.cookies()[name] }

// at returns the value of the cookie that is different after every sign-in.
func (s *Session) at() string { return s.value(atName(s.site)) }

// header returns the value of the Cookie header.
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

// with returns a copy of the session in which some cookies have other values.
func (s *Session) with(changed map[string]string) *Session {
	values := maps.Clone(s.cookies())
	maps.Copy(values, changed)
	return newSession(s.site, values)
}

// same reports whether two sessions are of one site and have the same cookies. Each may be nil.
func same(a, b *Session) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.site == b.site && maps.Equal(a.cookies(), b.cookies())
}

// encode returns the text that a store keeps: a JSON object of names and values. [ParseSession] can
// read it.
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

// MarshalText returns [Session.String]. A session cannot be read from this text.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
