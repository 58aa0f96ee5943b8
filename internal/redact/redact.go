// Package redact takes secrets out of text that came from outside before it enters an error or a log.
package redact

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[redacted]"

// shortest is the length below which a known secret is left alone: shorter ones would be found in ordinary words.
const shortest = 6

// pattern finds texts that are secrets whoever wrote them, and says what is put in their place.
type pattern struct {
	find    *regexp.Regexp
	replace string
}

// keys are the names of what carries a right: parts of signed URLs, of Login with Amazon's answers, and the cookies of a session.
const keys = `x-amz[a-z-]*|signature|awsaccesskeyid|key-pair-id|access[_-]?token|refresh[_-]?token|client[_-]?secret|` +
	`session[a-z-]*|(?:sess-)?at-[a-z]+|ubid-[a-z]+|x-[a-z]{2,4}|sst-[a-z]+|templink|token|authorization|cookie|password`

var patterns = []pattern{
	// Of a URL only the host is kept: the path of a tempLink is a secret as its query is.
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#"'<>@]*@)?([^\s/?#"'<>]*)[/?#][^\s"'<>]*`), "${1}${2}/" + Mark},
	{regexp.MustCompile(`(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#"'<>@]*@`), "${1}"},
	{regexp.MustCompile(`(?i)\bbearer\s+[^\s"',;]+`), "Bearer " + Mark},
	// Login with Amazon's tokens begin so.
	{regexp.MustCompile(`\bAt[a-z]{2}\|[^\s"',;&]+`), Mark},
	{regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`), Mark},
	{regexp.MustCompile(`(?i)\b(authorization|(?:set-)?cookie):\s*[^\r\n]+`), "${1}: " + Mark},
	{regexp.MustCompile(`(?i)\b(` + keys + `)=[^&;,\s"'<>]+`), "${1}=" + Mark},
	{regexp.MustCompile(`(?i)"(` + keys + `)"\s*:\s*"[^"]*"?`), `"${1}":"` + Mark + `"`},
}

// Text returns s without the given secrets and without what looks like a secret or a signed URL. A secret that was
// cut off at the end of s is found by its beginning.
func Text(s string, secrets []string) string {
	if s == "" { // as most of an answer's texts are, for which the patterns would still allocate
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

// cutOff takes the beginning of a secret off the end of s.
func cutOff(s, secret string) string {
	body := strings.TrimSuffix(s, "...")
	for n := min(len(secret)-1, len(body)); n >= shortest; n-- {
		if strings.HasSuffix(body, secret[:n]) {
			return body[:len(body)-n] + Mark + s[len(body):]
		}
	}
	return s
}

// Secrets is a set of secrets that a call carries. The zero value is empty.
type Secrets []string

// Add adds what a header, a token or a URL holds.
func (s *Secrets) Add(secrets ...string) {
	for _, secret := range secrets {
		if len(secret) >= shortest && !slices.Contains(*s, secret) {
			*s = append(*s, secret)
		}
	}
}
