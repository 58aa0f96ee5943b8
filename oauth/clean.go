package oauth

import (
	"regexp"
	"strings"
	"unicode"
)

const maxClean = 300

// clean makes a stranger's words fit for an error or a page: no secret that is
// known, nothing that looks like one of Amazon's tokens, one line, not long.
func clean(text string, secrets []string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, redacted)
		}
	}
	text = amazonToken.ReplaceAllString(text, redacted)
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

// amazonToken matches access tokens (Atza), refresh tokens (Atzr) and their kin.
var amazonToken = regexp.MustCompile(`Atz[a-z](\||%7[Cc])[^\s"'&<>]*`)
