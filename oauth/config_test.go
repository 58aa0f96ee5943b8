package oauth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/oauth"
)

func TestConfigIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  oauth.Config
		want string // in the error; empty: no error
	}{
		{"defaults", oauth.Config{ClientID: "id"}, ""},
		{"proxy", oauth.Config{ClientID: "id", AuthURL: "https://proxy.example/auth", TokenURL: "https://proxy.example/token"}, ""},
		{"proxy on this machine", oauth.Config{ClientID: "id", AuthURL: "http://127.0.0.1:8080/auth", TokenURL: "http://localhost:8080/token"}, ""},
		{"no client id", oauth.Config{}, "Config.ClientID is empty"},
		{"plain http", oauth.Config{ClientID: "id", TokenURL: "http://proxy.example/token"}, "Config.TokenURL is neither https"},
		{"plain http to sign in", oauth.Config{ClientID: "id", AuthURL: "http://proxy.example/auth"}, "Config.AuthURL is neither https"},
		{"keys in the URL", oauth.Config{ClientID: "id", TokenURL: "https://id:SECRET@proxy.example/"}, "Config.TokenURL holds a user name"},
		{"no URL", oauth.Config{ClientID: "id", TokenURL: "SECRET"}, "Config.TokenURL is not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := oauth.NewTokenSource(t.Context(), tt.cfg, oauth.NewMemoryStore(nil))
			_, loginErr := oauth.Login(canceled(t), tt.cfg, quiet())
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			for _, err := range []error{err, loginErr} {
				if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("got %v, want %q and no secret", err, tt.want)
				}
			}
		})
	}
	_, err := oauth.NewTokenSource(t.Context(), oauth.Config{}, oauth.NewMemoryStore(nil))
	if !errors.Is(err, oauth.ErrNoClientID) || !strings.Contains(err.Error(), "Security Profile") {
		t.Errorf("got %v, want ErrNoClientID and where keys come from", err)
	}
}

func TestRedirectIsLoopbackOnly(t *testing.T) {
	for _, address := range []string{
		"https://127.0.0.1:1/", "http://0.0.0.0:1/", "http://192.168.1.2:1/", "http://example.com/", "http://127.0.0.1.example.com:1/",
		"http://localhost.example.com:1/", "http://user@127.0.0.1:1/", "http://127.0.0.1:1/?x=y", "http://[::1]:1/", "127.0.0.1:1", "urn:ietf:wg:oauth:2.0:oob",
	} {
		_, err := oauth.Login(t.Context(), oauth.Config{ClientID: "id", RedirectURL: address}, quiet())
		if err == nil || !strings.Contains(err.Error(), "Config.RedirectURL") {
			t.Errorf("%s: got %v, want an error that names Config.RedirectURL", address, err)
		}
	}
}
