package rcloneconf_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/oauth"
	"github.com/acd-sdk/acd/rcloneconf"
)

const blob = `{"access_token":"Atza|SECRET","token_type":"bearer","refresh_token":"Atzr|SECRET","expiry":"2030-01-02T03:04:05.6Z"}`

// conf is a file as rclone writes it. It holds other remotes before and after the remote "acd".
const conf = `# a comment
[drive]
type = drive
token = {"access_token":"other"}

[acd]
type = amazon cloud drive
client_id = amzn1.application-oa2-client.1234
client_secret = s;e#c"r\ET
auth_url = https://proxy.example/auth?x=y
token_url = https://proxy.example/token
token = ` + blob + `
checkpoint = CAESPAoI%(type)s=
upload_wait_per_gb = 2m30s
templink_threshold = 9.5Gi
encoding = Slash,Colon,InvalidUtf8,Dot

[acd.more]
type = amazon cloud drive
client_id = other

[my-acd]
type = acd
client_id = `

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rclone.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// clean removes rclone's environment variables for the test.
func clean(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "RCLONE_") {
			t.Setenv(name, "") // so that Setenv restores the variable after the test
			os.Unsetenv(name)
		}
	}
}

var full = &rcloneconf.Remote{
	Name: "acd",
	Config: oauth.Config{
		ClientID: "amzn1.application-oa2-client.1234", ClientSecret: `s;e#c"r\ET`,
		AuthURL: "https://proxy.example/auth?x=y", TokenURL: "https://proxy.example/token",
	},
	Token: &oauth2.Token{AccessToken: "Atza|SECRET", TokenType: "bearer", RefreshToken: "Atzr|SECRET",
		Expiry: time.Date(2030, 1, 2, 3, 4, 5, 600e6, time.UTC)},
	Checkpoint:        "CAESPAoI%(type)s=",
	UploadWaitPerGiB:  150 * time.Second,
	TempLinkThreshold: 9<<30 + 1<<29,
	Encoding:          encoding.Slash | encoding.Colon | encoding.InvalidUtf8 | encoding.Dot,
}

func diff(want, got *rcloneconf.Remote) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(oauth2.Token{}))
}

func TestLoad(t *testing.T) {
	clean(t)
	path := write(t, conf)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"acd", "acd:"} {
		got, err := rcloneconf.Load(path, name)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff(full, got); d != "" {
			t.Error(d)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != conf || !after.ModTime().Equal(before.ModTime()) {
		t.Error("the file was changed")
	}
}

func TestLoadDefaults(t *testing.T) {
	clean(t)
	path := write(t, conf)
	for name, id := range map[string]string{"acd.more": "other", "my-acd": ""} {
		got, err := rcloneconf.Load(path, name)
		if err != nil {
			t.Fatal(err)
		}
		want := &rcloneconf.Remote{
			Name: name, Config: oauth.Config{ClientID: id}, UploadWaitPerGiB: 3 * time.Minute,
			TempLinkThreshold: 9 << 30, Encoding: encoding.Default,
		}
		if d := diff(want, got); d != "" {
			t.Error(d)
		}
	}
}

func TestVariables(t *testing.T) {
	clean(t)
	path := write(t, conf)
	t.Setenv("RCLONE_ACD_CLIENT_ID", "general")
	t.Setenv("RCLONE_ACD_TEMPLINK_THRESHOLD", "1k")
	t.Setenv("RCLONE_ACD_UPLOAD_WAIT_PER_GB", "0")
	t.Setenv("RCLONE_ACD_CHECKPOINT", "")
	t.Setenv("RCLONE_CONFIG_ACD_CLIENT_ID", "particular")
	t.Setenv("RCLONE_CONFIG_ACD_CLIENT_SECRET", "hush")
	t.Setenv("RCLONE_CONFIG_ACD_TOKEN", `{"access_token":"env"}`)
	t.Setenv("RCLONE_CONFIG_MY_ACD_ENCODING", "Ctl")
	got, err := rcloneconf.Load(path, "acd")
	if err != nil {
		t.Fatal(err)
	}
	want := *full
	want.Config.ClientID, want.Config.ClientSecret = "particular", "hush"
	want.Token = &oauth2.Token{AccessToken: "env"}
	want.Checkpoint, want.TempLinkThreshold, want.UploadWaitPerGiB = "", 1024, 0
	if d := diff(&want, got); d != "" {
		t.Error(d)
	}
	if got, err = rcloneconf.Load(path, "my-acd"); err != nil {
		t.Fatal(err)
	}
	if got.Encoding != encoding.Ctl || got.Config.ClientID != "general" {
		t.Errorf("got %v and %q", got.Encoding, got.Config.ClientID)
	}
}

func TestVariablesAlone(t *testing.T) {
	clean(t)
	t.Setenv("RCLONE_CONFIG_NEW_TYPE", "amazon cloud drive")
	t.Setenv("RCLONE_CONFIG_NEW_CLIENT_ID", "id")
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), write(t, conf)} {
		got, err := rcloneconf.Load(path, "new")
		if err != nil || got.Config.ClientID != "id" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestWhereRcloneLooks(t *testing.T) {
	clean(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	put := func(client string, path ...string) string {
		t.Helper()
		file := filepath.Join(append([]string{home}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("[acd]\ntype = amazon cloud drive\nclient_id = "+client), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	want := func(client string) {
		t.Helper()
		got, err := rcloneconf.Load("", "acd")
		if err != nil || got.Config.ClientID != client {
			t.Errorf("got %+v, %v, want %q", got, err, client)
		}
	}
	if _, err := rcloneconf.Load("", "acd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	put("old", ".rclone.conf")
	want("old")
	put("new", ".config", "rclone", "rclone.conf")
	want("new")
	put("xdg", "xdg", "rclone", "rclone.conf")
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	want("xdg")
	t.Setenv("RCLONE_CONFIG", put("named", "here.conf"))
	want("named")
}

func TestLoadRefusals(t *testing.T) {
	clean(t)
	for _, tt := range []struct {
		name, text, remote string
		is                 error
		says               string
	}{
		{"encrypted", "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nSECRETSECRET", "acd", rcloneconf.ErrEncrypted, "rclone config show"},
		{"encrypted in a newer way", "RCLONE_ENCRYPT_V1:\nSECRET", "acd", rcloneconf.ErrEncrypted, "rclone config show"},
		{"no such remote", conf, "adc", rcloneconf.ErrNoRemote, `["acd" "acd.more" "my-acd"]`},
		{"another service's", conf, "drive", rcloneconf.ErrNoRemote, "acd"},
		{"nobody's", "[drive]\ntype=drive", "acd", rcloneconf.ErrNoRemote, "has none"},
		{"empty", "", "acd", rcloneconf.ErrNoRemote, ""},
		{"no INI file", "[acd]\ntype = acd\nSECRET", "acd", nil, "not an rclone configuration"},
		{"half a token", "[acd]\ntype = acd\ntoken = {\"access_token\":\"SECRET", "acd", nil, "token of"},
		{"no size", "[acd]\ntype = acd\ntemplink_threshold = 9 apples", "acd", nil, "templink_threshold of"},
		{"no duration", "[acd]\ntype = acd\nupload_wait_per_gb = soon", "acd", nil, "upload_wait_per_gb of"},
		{"no encoding", "[acd]\ntype = acd\nencoding = Slosh", "acd", nil, "encoding of"},
		{"too big", strings.Repeat("# SECRET\n", 1<<20), "acd", nil, "too big"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rcloneconf.Load(write(t, tt.text), tt.remote)
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error shows the file: %v", err)
			}
		})
	}
}

func TestRemoteDoesNotShowSecrets(t *testing.T) {
	clean(t)
	r, err := rcloneconf.Load(write(t, conf), "acd")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", r, r, r), fmt.Sprintf("%v %+v %#v", *r, *r, *r), string(blob)} {
		if strings.Contains(shown, "SECRET") || strings.Contains(shown, `s;e#c`) {
			t.Errorf("shows a secret: %s", shown)
		}
	}
}

func TestSizes(t *testing.T) {
	clean(t)
	for text, want := range map[string]int64{
		"0": 0, "1": 1 << 10, "1B": 1, "1b": 1, "1k": 1 << 10, "1K": 1 << 10, "1Ki": 1 << 10, "1KiB": 1 << 10, "1M": 1 << 20, "1Mi": 1 << 20,
		"9G": 9 << 30, "9Gi": 9 << 30, "9GiB": 9 << 30, "9g": 9 << 30, "1.5T": 3 << 39, "1P": 1 << 50, "1Ei": 1 << 60, ".5k": 512, "100": 100 << 10,
		"off": 0, "OFF": 0,
	} {
		got, err := rcloneconf.Load(write(t, "[acd]\ntype = acd\ntemplink_threshold = "+text), "acd")
		if err != nil || got.TempLinkThreshold != want {
			t.Errorf("%s: got %+v, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"-1", "1X", "1KB", "1Kib!", "k", "i", "1 k", "8E", "1e400", "NaN", "Inf", "0x10", "1iB", "1kk"} {
		if got, err := rcloneconf.Load(write(t, "[acd]\ntype = acd\ntemplink_threshold = "+text), "acd"); err == nil {
			t.Errorf("%s: got %d, want an error", text, got.TempLinkThreshold)
		}
	}
}

func TestDurations(t *testing.T) {
	clean(t)
	for text, want := range map[string]time.Duration{
		"0": 0, "3m0s": 3 * time.Minute, "3m": 3 * time.Minute, "1.5h": 90 * time.Minute, "90": 90 * time.Second, "0.5": 500 * time.Millisecond,
		"1d": 24 * time.Hour, "1.5d": 36 * time.Hour, "2w": 14 * 24 * time.Hour, "1M": 30 * 24 * time.Hour, "1y": 365 * 24 * time.Hour, "off": 0,
	} {
		got, err := rcloneconf.Load(write(t, "[acd]\ntype = acd\nupload_wait_per_gb = "+text), "acd")
		if err != nil || got.UploadWaitPerGiB != want {
			t.Errorf("%s: got %+v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"-1s", "-1d", "1x", "d", "1000y", "NaN", "Inf", "1dd"} {
		if got, err := rcloneconf.Load(write(t, "[acd]\ntype = acd\nupload_wait_per_gb = "+text), "acd"); err == nil {
			t.Errorf("%s: got %v, want an error", text, got.UploadWaitPerGiB)
		}
	}
}

func TestRemoteStore(t *testing.T) {
	clean(t)
	path := write(t, conf)
	r, err := rcloneconf.Load(path, "acd")
	if err != nil {
		t.Fatal(err)
	}
	own := oauth.NewFileStore(filepath.Join(t.TempDir(), "token.json"))
	store := r.Store(own)
	if got, err := store.Load(t.Context()); err != nil || got.AccessToken != "Atza|SECRET" {
		t.Errorf("the store does not begin with rclone's token: %v", err)
	}
	boom := errors.New("boom")
	if _, err := store.Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return nil, boom }); !errors.Is(err, boom) {
		t.Errorf("got %v, want boom", err)
	}
	_, err = store.Update(t.Context(), func(old *oauth2.Token) (*oauth2.Token, error) {
		if old == nil || old.RefreshToken != "Atzr|SECRET" {
			t.Error("the update does not begin with rclone's token")
		}
		return &oauth2.Token{AccessToken: "new", RefreshToken: "new"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]oauth.Store{"store": store, "own store": own} {
		if got, err := s.Load(t.Context()); err != nil || got.AccessToken != "new" {
			t.Errorf("%s: got %v, %v, want the new token", name, got, err)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != conf {
		t.Error("rclone's file was changed")
	}
	without := &rcloneconf.Remote{}
	if _, err := without.Store(oauth.NewMemoryStore(nil)).Load(t.Context()); !errors.Is(err, oauth.ErrNoToken) {
		t.Errorf("got %v, want ErrNoToken", err)
	}
}

// FuzzLoad: whatever the file holds, Load does not panic and returns no negative threshold or wait.
func FuzzLoad(f *testing.F) {
	f.Add(conf)
	f.Add("[acd]\ntype = acd\ntoken = `{`\nclient_id = \"\"\"x\ny\"\"\"\n")
	f.Add("\xef\xbb\xbf[acd]\r\ntype: acd\\\n[")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "rclone.conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := rcloneconf.Load(path, "acd")
		if err == nil && (r.TempLinkThreshold < 0 || r.UploadWaitPerGiB < 0) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestRemotesAreListed(t *testing.T) {
	clean(t)
	names, err := rcloneconf.Remotes(write(t, conf))
	if err != nil || !cmp.Equal(names, []string{"acd", "acd.more", "my-acd"}) {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := rcloneconf.Remotes(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
}
