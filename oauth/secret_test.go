package oauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/oauth"
)

func TestSecretDoesNotShow(t *testing.T) {
	const text = "hunter2hunter2"
	cfg := oauth.Config{ClientID: "id", ClientSecret: text}
	for _, v := range []any{cfg.ClientSecret, &cfg.ClientSecret, cfg, &cfg, []oauth.Secret{text}, map[string]oauth.Secret{"k": text}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T %v"} {
			args := []any{v}
			if strings.HasPrefix(verb, "%T") {
				args = append(args, v)
			}
			if got := fmt.Sprintf(verb, args...); strings.Contains(got, text) || strings.Contains(got, "68756e74657232") {
				t.Errorf("%s of %T shows the secret: %s", verb, v, got)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		if strings.Contains(log.String(), text) {
			t.Errorf("slog of %T shows the secret: %s", v, log.String())
		}
		blob, err := json.Marshal(v)
		if err != nil || bytes.Contains(blob, []byte(text)) {
			t.Errorf("JSON of %T: %s, %v", v, blob, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, oauth.Secret(text)); got != "[redacted]" {
			t.Errorf("%s: got %q, want [redacted]", verb, got)
		}
	}
	if got := fmt.Sprint(oauth.Secret("")); got != "" {
		t.Errorf("the empty secret prints as %q", got)
	}
}

func TestConfigIsLoadable(t *testing.T) {
	var cfg oauth.Config
	if err := json.Unmarshal([]byte(`{"client_id":"id","client_secret":"s3cret"}`), &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.ClientID != "id" || cfg.ClientSecret.Reveal() != "s3cret" {
		t.Errorf("got id %q, secret of %d bytes", cfg.ClientID, len(cfg.ClientSecret))
	}
	written, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &cfg); err == nil {
		t.Errorf("a configuration without its secret was read: %s", written)
	}
}
