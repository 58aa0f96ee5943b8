package oauth

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const maxClean = 300

var (
	// amazonToken matches access tokens (Atza), refresh tokens (Atzr) and their kin.
	amazonToken = regexp.MustCompile(`Atz[a-z](\||%7[Cc])[^\s"'&<>]*`)
	// opaque matches what is too long for a word: keys in one encoding or another.
	opaque    = regexp.MustCompile(`[A-Za-z0-9+/=_|~-]{32,}`)
	errorCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)
)

// clean makes a stranger's words fit for an error or a page: no secret that is
// known, nothing that looks like one, one line, not long.
func clean(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, redacted)
			text = strings.ReplaceAll(text, url.QueryEscape(s), redacted)
		}
	}
	text = amazonToken.ReplaceAllString(text, redacted)
	text = opaque.ReplaceAllString(text, redacted)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > maxClean {
		text = string(runes[:maxClean]) + "…"
	}
	return strings.TrimSpace(text)
}

// cleanCode is an OAuth error code, or "" for anything else in its place.
func cleanCode(code string, secrets []string) string {
	if !errorCode.MatchString(code) || clean(code, secrets) != code {
		return ""
	}
	return code
}
