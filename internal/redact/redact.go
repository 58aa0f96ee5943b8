// Package redact removes secrets from text that came from outside, before the text enters an error
// or a log.
package redact

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Mark replaces a secret.
const Mark = "[redacted]"

// shortest is the length from which on a known secret is removed. Shorter secrets would be found in
// ordinary words.
const shortest = 6

// pattern matches texts that look like secrets, whatever their source is, and says what replaces
// them.
type pattern struct {
	find    *regexp.Regexp
	replace string
}

// keys are the names of values that give rights: parts of signed URLs, values in Login with
// Amazon's responses, and the cookies of a session.
const keys = `x-amz[a-z-]*|signature|awsaccesskeyid|key-pair-id|access[_-]?token|refresh[_-]?token|client[_-]?secret|` +
	`session[a-z-]*|(?:sess-)?at-[a-z]+|ubid-[a-z]+|x-[a-z]{2,4}|sst-[a-z]+|templink|token|authorization|cookie|password`

var patterns = []pattern{
	// Only the host of a URL is kept, because the path of a tempLink is as secret as its query.
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#"'<>@]*@)?([^\s/?#"'<>]*)[/?#][^\s"'<>]*`), "${1}${2}/" + Mark},
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#"'<>@]*@`), "${1}"},
	{regexp.MustCompile(`(?i)\bbearer\s+[^\s"',;]+`), "Bearer " + Mark},
	// The tokens of Login with Amazon begin like this.
	{regexp.MustCompile(`\bAt[a-z]{2}\|[^\s"',;&]+`), Mark},
	{regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`), Mark},
	{regexp.MustCompile(`(?i)\b(authorization|(?:set-)?cookie):\s*[^\r\n]+`), "${1}: " + Mark},
	{regexp.MustCompile(`(?i)\b(` + keys + `)=[^&;,\s"'<>]+`), "${1}=" + Mark},
	{regexp.MustCompile(`(?i)"(` + keys + `)"\s*:\s*"[^"]*"?`), `"${1}":"` + Mark + `"`},
}

// Text returns s without the given secrets, and without texts that look like a secret or a signed
// URL. If s ends in the middle of a given secret, Text removes that beginning of the secret, too.
func Text(s string, secrets []string) string {
	if s == "" { // most texts of a response are empty, and the patterns would allocate even for those
		return ""
	}
	for _, secret := range secrets {
		if len(secret) < shortest {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			s = strings.ReplaceAll(s, form, Mark)
		}
		s = cutOff(s, secret)
	}
	for _, p := range patterns {
		s = p.find.ReplaceAllString(s, p.replace)
	}
	return s
}

// cutOff removes the beginning of a secret from the end of s.
func cutOff(s, secret string) string {
	body := strings.TrimSuffix(s, "...")
	for n := min(len(secret)-1, len(body)); n >= shortest; n-- {
		if strings.HasSuffix(body, secret[:n]) {
			return body[:len(body)-n] + Mark + s[len(body):]
		}
	}
	return s
}

// Secrets is the set of the secrets that a call carries. The zero value is empty.
type Secrets []string

// Add adds secrets, for example from a header, a token or a URL. Too short ones are left out.
func (s *Secrets) Add(secrets ...string) {
	for _, secret := range secrets {
		if len(secret) >= shortest && !slices.Contains(*s, secret) {
			*s = append(*s, secret)
		}
	}
}
