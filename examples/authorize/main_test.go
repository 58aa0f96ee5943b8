package main

import (
	"bytes"
	"errors"
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

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

var idPattern = regexp.MustCompile(`name="id" value="([^"]+)"`)

// person is a browser in which somebody presses a button of the mock's page.
func person(button string) func(string) error {
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

func TestMock(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), settings{mock: true}, terminal{out: &out, open: person("approve")}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "Signed in. The root folder is ") || strings.Contains(out.String(), "Atz") {
		t.Errorf("printed %q", out.String())
	}
	err := run(t.Context(), settings{mock: true}, terminal{out: io.Discard, open: person("deny")})
	if !errors.Is(err, oauth.ErrAccessDenied) {
		t.Errorf("got %v, want ErrAccessDenied", err)
	}
}

// TestProxy signs in headless at servers that are not Amazon's, with keys from a
// file, and uses the stored token the next time.
func TestProxy(t *testing.T) {
	drive := mocks.NewDrive()
	server := mocks.NewAuthServer(mocks.WithAuthClient("me", "hush"), mocks.WithAuthApproval(), mocks.WithAuthIssued(drive.AddToken))
	hs, ds := httptest.NewServer(server), httptest.NewServer(drive)
	defer hs.Close()
	defer ds.Close()
	dir := t.TempDir()
	s := settings{
		headless: true, store: filepath.Join(dir, "acd", "token.json"), keys: filepath.Join(dir, "keys.json"),
		authURL: hs.URL + mocks.AuthPath, tokenURL: hs.URL + mocks.TokenPath, discovery: ds.URL + "/drive/v1/account/endpoint",
	}
	if err := os.WriteFile(s.keys, []byte(`{"client_id":"me","client_secret":"hush"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	in, keyboard := io.Pipe()
	screen := screenFunc(func(b []byte) (int, error) {
		if link := regexp.MustCompile(`(?m)^http://\S+ap/oa\S+$`).Find(b); link != nil {
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
	if err := run(t.Context(), s, terminal{in: in, out: screen}); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), s, terminal{in: strings.NewReader(""), out: io.Discard}); err != nil {
		t.Errorf("the stored token does not work: %v", err)
	}
	if n := len(server.Journal(mocks.AuthPath)); n != 1 {
		t.Errorf("%d sign-ins, want 1", n)
	}
}

type screenFunc func([]byte) (int, error)

func (f screenFunc) Write(b []byte) (int, error) { return f(b) }

func TestWithoutKeys(t *testing.T) {
	t.Setenv("ACD_CLIENT_ID", "")
	s := settings{store: filepath.Join(t.TempDir(), "token.json")}
	if err := run(t.Context(), s, terminal{out: io.Discard}); !errors.Is(err, oauth.ErrNoClientID) {
		t.Errorf("got %v, want ErrNoClientID", err)
	}
	s.keys = filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(s.keys, []byte(`{"client_id":"SECRET`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), s, terminal{out: io.Discard}); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %v", err)
	}
}
