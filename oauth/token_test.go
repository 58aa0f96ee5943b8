package oauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/oauth"
)

var ignoreInner = cmpopts.IgnoreUnexported(oauth2.Token{})

func TestTokenIsRclonesBlob(t *testing.T) {
	const blob = `{"access_token":"Atza|a","token_type":"bearer","refresh_token":"Atzr|r","expiry":"2016-05-02T11:30:00.25Z"}`
	want := &oauth2.Token{AccessToken: "Atza|a", TokenType: "bearer", RefreshToken: "Atzr|r",
		Expiry: time.Date(2016, 5, 2, 11, 30, 0, 250e6, time.UTC)}
	got, err := oauth.ParseToken([]byte(blob))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, ignoreInner); d != "" {
		t.Error(d)
	}
	got.ExpiresIn = 3600 // rclone does not keep this field
	text, err := oauth.MarshalToken(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != blob {
		t.Errorf("got %s, want %s", text, blob)
	}
}

func TestParseToken(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		ok         bool
	}{
		{"wrapped by a terminal", "  {\"access_token\":\"Atza|a\r\nbc\",\n\"refresh_token\":\"r\"}\n", true},
		{"rclone's first versions", `{"AccessToken":"a","RefreshToken":"r","Expiry":"2015-01-01T00:00:00Z"}`, true},
		{"refresh token alone", `{"refresh_token":"r"}`, true},
		{"unknown fields", `{"access_token":"a","x":{"y":1}}`, true},
		{"empty", ``, false},
		{"empty object", `{}`, false},
		{"null", `null`, false},
		{"no JSON", `Atza|SECRET`, false},
		{"cut off", `{"access_token":"SECRET`, false},
		{"wrong type", `{"access_token":17,"refresh_token":"SECRET"}`, false},
		{"bad expiry", `{"access_token":"SECRET","expiry":"SECRET"}`, false},
		{"header injection", `{"access_token":"SECRET\r\nX-Evil: 1"}`, false},
		{"too long", `{"access_token":"` + strings.Repeat("SECRET", 10000) + `"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := oauth.ParseToken([]byte(tt.text))
			if (err == nil) != tt.ok {
				t.Fatalf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows the text: %v", err)
			}
			if err == nil && token.AccessToken == "" && token.RefreshToken == "" {
				t.Error("an empty token without an error")
			}
		})
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add([]byte(`{"access_token":"a","token_type":"bearer","refresh_token":"r","expiry":"2016-05-02T11:30:00.25Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		token, err := oauth.ParseToken(text)
		if err != nil {
			return
		}
		again, err := oauth.MarshalToken(token)
		if err != nil {
			return // the year cannot be written in JSON
		}
		got, err := oauth.ParseToken(again)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(token, got, ignoreInner); d != "" {
			t.Error(d)
		}
	})
}
