package rcloneconf_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/oauth"
	"github.com/acd-sdk/acd/rcloneconf"
)

const (
	oauthData = `{
    "access_token": "Atza|SECRET",
    "exp_time": 1456000000.25,
    "expires_in": 3600,
    "refresh_token": "Atzr|SECRET",
    "token_type": "bearer"
}`
	clientData = `{"CLIENT_ID": "amzn1.application-oa2-client.1", "CLIENT_SECRET": "hush"}`
)

func acdcli(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		written := time.Unix(1456000000, 0)
		if err := os.Chtimes(filepath.Join(dir, name), written, written); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestACDCLI(t *testing.T) {
	dir := acdcli(t, map[string]string{"oauth_data": oauthData, "client_data": clientData})
	want := oauth.Config{ClientID: "amzn1.application-oa2-client.1", ClientSecret: "hush", RedirectURL: "http://localhost"}
	wantToken := &oauth2.Token{AccessToken: "Atza|SECRET", TokenType: "bearer", RefreshToken: "Atzr|SECRET", Expiry: time.Unix(1456000000, 250e6)}
	t.Setenv("ACD_CLI_CACHE_PATH", dir)
	for _, dir := range []string{dir, ""} {
		cfg, token, err := rcloneconf.LoadACDCLI(dir)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, cfg); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(wantToken, token, cmpopts.IgnoreUnexported(oauth2.Token{})); d != "" {
			t.Error(d)
		}
	}
}

func TestACDCLIFreshAnswer(t *testing.T) {
	dir := acdcli(t, map[string]string{"client_data": clientData,
		"oauth_data": `{"access_token":"a","expires_in":3600,"refresh_token":"r"}`})
	_, token, err := rcloneconf.LoadACDCLI(dir)
	if err != nil || !token.Expiry.Equal(time.Unix(1456003600, 0)) {
		t.Errorf("got %v, %v, want an hour after the file was written", token, err)
	}
}

func TestACDCLIRefusals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		is    error
	}{
		{"no files", nil, fs.ErrNotExist},
		{"no keys", map[string]string{"oauth_data": oauthData}, rcloneconf.ErrNoKeys},
		{"empty keys", map[string]string{"oauth_data": oauthData, "client_data": "{}"}, nil},
		{"no refresh token", map[string]string{"oauth_data": `{"access_token":"SECRET"}`, "client_data": clientData}, nil},
		{"half a file", map[string]string{"oauth_data": oauthData[:40], "client_data": clientData}, nil},
		{"a page", map[string]string{"oauth_data": "<html>SECRET", "client_data": clientData}, nil},
		{"wrong types", map[string]string{"oauth_data": `{"access_token":{"SECRET":1}}`, "client_data": clientData}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := rcloneconf.LoadACDCLI(acdcli(t, tt.files))
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("got %v, want %v", err, tt.is)
			}
		})
	}
}
