package oauth

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// maxToken is a limit in bytes. It is far above the 2048 bytes that Amazon documents for one token.
const maxToken = 16 << 10

var errNotToken = errors.New("oauth: this is not a token: want one JSON object with access_token, token_type, refresh_token and expiry")

// ParseToken reads a token from the JSON object that rclone keeps in its configuration and prints
// after "rclone authorize":
//
//	{"access_token":"…","token_type":"bearer","refresh_token":"…","expiry":"2026-01-02T15:04:05Z"}
//
// ParseToken ignores line breaks, because a terminal may have added some. The error shows nothing
// of the text.
func ParseToken(text []byte) (*oauth2.Token, error) {
	var blob struct {
		AccessToken  string    `json:"access_token"`
		TokenType    string    `json:"token_type"`
		RefreshToken string    `json:"refresh_token"`
		Expiry       time.Time `json:"expiry"`
		// rclone's first versions used these names.
		OldAccessToken  string `json:"AccessToken"`
		OldRefreshToken string `json:"RefreshToken"`
	}
	clean := strings.NewReplacer("\r", "", "\n", "").Replace(string(text))
	if err := json.Unmarshal([]byte(clean), &blob); err != nil {
		return nil, errNotToken
	}
	t := &oauth2.Token{
		AccessToken:  blob.AccessToken,
		TokenType:    blob.TokenType,
		RefreshToken: blob.RefreshToken,
		Expiry:       blob.Expiry,
	}
	if t.AccessToken == "" && t.RefreshToken == "" {
		t.AccessToken, t.RefreshToken = blob.OldAccessToken, blob.OldRefreshToken
	}
	if err := checkToken(t); err != nil {
		return nil, err
	}
	return t, nil
}

// MarshalToken writes a token as the JSON object that [ParseToken] reads. The result is a secret.
func MarshalToken(t *oauth2.Token) ([]byte, error) {
	if t == nil {
		return nil, errNotToken
	}
	if err := checkToken(t); err != nil {
		return nil, err
	}
	return json.Marshal(saved(t))
}

// saved returns a copy of t with the fields that are kept. Other fields of the server's response
// are left out.
func saved(t *oauth2.Token) *oauth2.Token {
	return &oauth2.Token{
		AccessToken:  t.AccessToken,
		TokenType:    t.TokenType,
		RefreshToken: t.RefreshToken,
		Expiry:       t.Expiry.Round(0),
	}
}

// checkToken returns an error if t holds no token, or characters that cannot be sent in a header.
func checkToken(t *oauth2.Token) error {
	if t.AccessToken == "" && t.RefreshToken == "" {
		return errNotToken
	}
	for _, s := range []string{t.AccessToken, t.RefreshToken, t.TokenType} {
		if len(s) > maxToken || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return errors.New("oauth: a token is too long or holds characters that no token has")
		}
	}
	return nil
}
