package oauth

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const maxClean = 300

var (
	// amazonToken matches access tokens (Atza), refresh tokens (Atzr) and other Amazon tokens with
	// such a prefix.
	amazonToken = regexp.MustCompile(`Atz[a-z](\||%7[Cc])[^\s"'&<>]*`)
	// opaque matches text that is too long for a word and so may be an encoded key.
	opaque    = regexp.MustCompile(`[A-Za-z0-9+/=_|~-]{32,}`)
	errorCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)
)

// clean makes text that comes from a server or a browser safe for an error or a page: it removes
// all given secrets and everything that looks like one, puts all on one line, and cuts it to 300
// characters.
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

// cleanCode returns code if it is an OAuth error code without a secret, and otherwise "".
func cleanCode(code string, secrets []string) string {
	if !errorCode.MatchString(code) || clean(code, secrets) != code {
		return ""
	}
	return code
}
