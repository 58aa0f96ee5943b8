package oauth

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that is hidden when it is printed: every verb of package fmt, log/slog and the
// JSON and text encodings print "[redacted]", or nothing if it is empty. It is read from JSON and
// text like any other string, so that a configuration can be loaded. The text "[redacted]" is
// refused on reading, because the configuration was then written without its secret.
// [Secret.Reveal] returns the text.
type Secret string

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" for the empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints [Secret.String] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue returns [Secret.String].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns [Secret.String].
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text unchanged. It returns an error for the text "[redacted]".
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return errors.New("oauth: this configuration was written without its secret")
	}
	*s = Secret(text)
	return nil
}
