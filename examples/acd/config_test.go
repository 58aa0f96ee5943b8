package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

var idPattern = regexp.MustCompile(`name="id" value="([^"]+)"`)

// pressing returns a browser in which a person presses a button on the mock's sign-in page.
func pressing(button string) func(string) error {
	return func(address string) error {
		resp, err := http.Get(address)
		if err != nil {
			return err
		}
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		id := idPattern.FindSubmatch(page)
		if err != nil || id == nil {
			return fmt.Errorf("no page that asks for consent: %s", page)
		}
		next := *resp.Request.URL
		next.Path, next.RawQuery = "/ap/consent", ""
		resp, err = http.PostForm(next.String(), url.Values{"id": {string(id[1])}, "answer": {button}})
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
}

func TestAuthorizeAtTheMock(t *testing.T) {
	p := newPerson(t)
	p.browser = pressing("approve")
	o := p.run("authorize", "-mock")
	if o.status != 0 || !strings.Contains(o.out, "Signed in. The root folder is ") || strings.Contains(o.out, "Atz") {
		t.Errorf("status %d\n%s%s", o.status, o.out, o.err)
	}
	p.browser = pressing("deny")
	if o := p.run("authorize", "-mock"); o.status != 1 || !strings.Contains(o.err, oauth.ErrAccessDenied.Error()) {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// proxy is an authorization server with its own keys, and a drive that accepts its tokens.
type proxy struct {
	auth      *mocks.AuthServer
	drive     *mocks.Drive
	authURL   string
	tokenURL  string
	discovery string
}

func newProxy(t *testing.T, opts ...mocks.AuthOption) *proxy {
	t.Helper()
	drive, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	auth := mocks.NewAuthServer(append(opts, mocks.WithAuthClient("me", "hush"), mocks.WithAuthApproval(), mocks.WithAuthIssued(drive.AddToken))...)
	hs, ds := httptest.NewServer(auth), httptest.NewServer(drive)
	t.Cleanup(hs.Close)
	t.Cleanup(ds.Close)
	return &proxy{auth, drive, hs.URL + mocks.AuthPath, hs.URL + mocks.TokenPath, ds.URL + "/drive/v1/account/endpoint"}
}

// headless plays a person who signs in without a browser on this machine. It follows the printed
// link, and types the address to which the link led.
func headless(first string) (in io.Reader, screen io.Writer) {
	r, keyboard := io.Pipe()
	link := regexp.MustCompile(`(?m)^http://\S+ap/oa\S+$`)
	go func() { _, _ = io.WriteString(keyboard, first) }()
	return r, screenFunc(func(b []byte) (int, error) {
		if link := link.Find(b); link != nil {
			go func() {
				req, _ := http.NewRequest(http.MethodGet, string(link), nil)
				resp, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					keyboard.CloseWithError(err)
					return
				}
				resp.Body.Close()
				fmt.Fprintln(keyboard, resp.Header.Get("Location"))
			}()
		}
		return len(b), nil
	})
}

type screenFunc func([]byte) (int, error)

func (f screenFunc) Write(b []byte) (int, error) { return f(b) }

// The keys come from a file, the servers are not Amazon's, and there is no browser. The next run
// uses the stored token.
func TestAuthorizeAtAProxy(t *testing.T) {
	p, x := newPerson(t), newProxy(t)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.json")
	write(t, keys, `{"client_id":"me","client_secret":"hush"}`)
	store := filepath.Join(dir, "acd", "token.json")
	args := []string{"authorize", "-headless", "-store", store, "-keys", keys, "-auth-url", x.authURL, "-token-url", x.tokenURL, "-discovery", x.discovery}
	in, screen := headless("")
	var errs bytes.Buffer
	if status := p.program().Run(t.Context(), args, program.NewConsole(in, screen, &errs)); status != 0 {
		t.Fatal(errs.String())
	}
	p.run(args...).ok()
	if n := len(x.auth.Journal(mocks.AuthPath)); n != 1 {
		t.Errorf("%d sign-ins, want 1", n)
	}
}

func TestAuthorizeWithoutKeys(t *testing.T) {
	p := newPerson(t)
	if o := p.run("authorize"); o.status != 1 || !strings.Contains(o.err, "ACD_CLIENT_ID") || strings.Count(o.err, "\n") != 1 {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	write(t, keys, `{"client_id":"SECRET`)
	if o := p.run("authorize", "-keys", keys); o.status != 1 || strings.Contains(o.err, "SECRET") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// This test plays the whole dialogue: keys of a proxy, and a sign-in without a browser. Then the
// remote works, its token is refreshed, it is signed in to again, and it is removed.
func TestConfigMakesARemote(t *testing.T) {
	p, x := newPerson(t), newProxy(t)
	in, screen := headless("2\nme\nhush\n" + x.authURL + "\n" + x.tokenURL + "\n")
	var errs bytes.Buffer
	if status := p.program().Run(t.Context(), []string{"config", "mine", "-headless", "-discovery", x.discovery}, program.NewConsole(in, screen, &errs)); status != 0 {
		t.Fatal(errs.String())
	}
	conf, err := os.ReadFile(filepath.Join(p.dir, "acd.conf"))
	if err != nil || !strings.Contains(string(conf), "[mine]") {
		t.Errorf("%v\n%s", err, conf)
	}
	if info, err := os.Stat(filepath.Join(p.dir, "acd.conf")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the keys: %v, %v", info, err)
	}
	p.run("remotes").prints("mine:\n")
	size := []string{"size", "mine:", "-discovery", x.discovery}
	p.run(size...).ok()
	x.drive.ExpireTokens()
	p.run(size...).prints("Total objects: 7\nTotal size: 205 B (205 Byte)\n")
	x.auth.RevokeAll()
	x.drive.ExpireTokens()
	if o := p.run(size...); o.status != 3 || !strings.Contains(o.err, `"acd config mine" signs in`) {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	in, screen = headless("1\n")
	if status := p.program().Run(t.Context(), []string{"config", "mine", "-headless", "-discovery", x.discovery}, program.NewConsole(in, screen, &errs)); status != 0 {
		t.Fatal(errs.String())
	}
	p.run(size...).ok()
	p.answering("3\n", "config", "mine").ok()
	p.run("remotes").prints("")
}

// A remote of rclone works without changes, and rclone's file is not changed. If the server
// replaces the refresh token, a message says so.
func TestRemoteOfRclone(t *testing.T) {
	p, x := newPerson(t), newProxy(t, mocks.WithAuthRotation())
	conf := rcloneFile(t, x, x.auth.SignIn(), time.Now().Add(-time.Hour))
	p.run("remotes").prints("theirs: (rclone's)\n")
	o := p.run("size", "theirs:", "-discovery", x.discovery)
	if o.status != 0 || o.out != "Total objects: 7\nTotal size: 205 B (205 Byte)\n" || !strings.Contains(o.err, "rclone config reconnect theirs:") {
		t.Errorf("status %d\n%s%s", o.status, o.out, o.err)
	}
	p.run("size", "theirs:", "-discovery", x.discovery).ok() // uses the token in our own store
	if after, err := os.ReadFile(os.Getenv("RCLONE_CONFIG")); err != nil || string(after) != conf {
		t.Errorf("rclone's file has changed: %v", err)
	}
	// rclone signs in again, and our token becomes invalid.
	x.auth.RevokeAll()
	x.drive.ExpireTokens()
	rcloneFile(t, x, x.auth.SignIn(), time.Now().Add(time.Hour))
	if o := p.run("size", "theirs:", "-discovery", x.discovery); o.status != 3 || !strings.Contains(o.err, `"acd config theirs" takes over its token again`) {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	p.answering("3\n", "config", "theirs").ok()
	p.run("size", "theirs:", "-discovery", x.discovery).ok()
	p.run("remotes").prints("theirs:\n")
}

func rcloneFile(t *testing.T, x *proxy, token *oauth2.Token, expiry time.Time) string {
	t.Helper()
	token.Expiry = expiry
	text, err := oauth.MarshalToken(token)
	if err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf("[theirs]\ntype = amazon cloud drive\nclient_id = me\nclient_secret = hush\nauth_url = %s\ntoken_url = %s\ntoken = %s\n", x.authURL, x.tokenURL, bytes.TrimSpace(text))
	write(t, os.Getenv("RCLONE_CONFIG"), conf)
	return conf
}

// A flag comes before the environment, the environment before the remote, the remote before the
// default. The test uses one setting whose effect can be seen.
func TestOrderOfSettings(t *testing.T) {
	p, x := newPerson(t), newProxy(t)
	token := x.auth.SignIn()
	rcloneFile(t, x, token, time.Now().Add(time.Hour))
	if _, err := x.drive.WriteFile("enc/a＃b", nil); err != nil {
		t.Fatal(err)
	}
	conf, err := os.ReadFile(os.Getenv("RCLONE_CONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	ls := func(args ...string) string {
		return strings.TrimSpace(p.run(append([]string{"ls", "theirs:enc", "-discovery", x.discovery}, args...)...).ok().out)
	}
	if got := ls(); got != "0 a＃b" {
		t.Errorf("by default %q", got)
	}
	write(t, os.Getenv("RCLONE_CONFIG"), string(conf)+"encoding = Slash,Hash\n")
	if got := ls(); got != "0 a#b" {
		t.Errorf("by the remote %q", got)
	}
	t.Setenv("RCLONE_ACD_ENCODING", "Slash")
	if got := ls(); got != "0 a＃b" {
		t.Errorf("by rclone's variable %q", got)
	}
	t.Setenv("ACD_ENCODING", "Slash,Hash")
	if got := ls(); got != "0 a#b" {
		t.Errorf("by our variable %q", got)
	}
	if got := ls("-encoding", "Slash"); got != "0 a＃b" {
		t.Errorf("by the flag %q", got)
	}
}

// If the token is in a file, the refreshed token is stored there. A token in the environment cannot
// be replaced.
func TestTokenOfAFileAndOfTheEnvironment(t *testing.T) {
	p, x := newPerson(t), newProxy(t, mocks.WithAuthRotation())
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "token.json"), filepath.Join(dir, "secret")
	token := x.auth.SignIn()
	token.Expiry = time.Now().Add(-time.Hour)
	text, err := oauth.MarshalToken(token)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text))
	write(t, secret, "hush\n")
	for range 2 {
		p.run("size", ":acd:", "-token", file, "-client-id", "me", "-client-secret", secret, "-token-url", x.tokenURL, "-discovery", x.discovery).ok()
	}
	if after, err := os.ReadFile(file); err != nil || bytes.Equal(after, text) {
		t.Errorf("the file still holds the old token: %v", err)
	}
	text, err = oauth.MarshalToken(x.auth.SignIn())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ACD_TOKEN", string(text))
	p.run("size", ":acd:", "-discovery", x.discovery).ok()
}

func TestBadTokenIsExplained(t *testing.T) {
	x := newProxy(t)
	x.drive.ExpireTokens()
	p := newPerson(t)
	t.Setenv("ACD_TOKEN", `{"access_token":"old","token_type":"bearer"}`)
	if o := p.run("ls", ":acd:", "-discovery", x.discovery); o.status != 3 || !strings.Contains(o.err, "ACD_TOKEN") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// The sign-in of acd_cli is taken over. The files of acd_cli are not changed.
func TestConfigTakesOverACDCLI(t *testing.T) {
	p, x := newPerson(t), newProxy(t)
	dir := t.TempDir()
	t.Setenv("ACD_CLI_CACHE_PATH", dir)
	token := x.auth.SignIn()
	write(t, filepath.Join(dir, "client_data"), `{"CLIENT_ID":"me","CLIENT_SECRET":"hush"}`)
	data := fmt.Sprintf(`{"access_token":%q,"refresh_token":%q,"expires_in":3600,"exp_time":%d,"token_type":"bearer"}`, token.AccessToken, token.RefreshToken, time.Now().Add(-time.Hour).Unix())
	write(t, filepath.Join(dir, "oauth_data"), data)
	if o := p.answering("3\n", "config", "old").ok(); !strings.Contains(o.out, "acd_cli must sign in again") {
		t.Errorf("%s", o.out)
	}
	t.Setenv("ACD_TOKEN_URL", x.tokenURL)
	p.run("size", "old:", "-discovery", x.discovery).ok()
	if after, err := os.ReadFile(filepath.Join(dir, "oauth_data")); err != nil || string(after) != data {
		t.Errorf("acd_cli's file has changed: %v", err)
	}
}
