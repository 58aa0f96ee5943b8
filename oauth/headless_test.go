package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// headless signs in without a port and without a browser. paste turns the address to which the
// browser was sent into the lines that the person types.
func headless(t *testing.T, paste func(address *url.URL) string, opts ...mocks.AuthOption) (server *mocks.AuthServer, out string, err error) {
	t.Helper()
	server = mocks.NewAuthServer(append([]mocks.AuthOption{mocks.WithAuthApproval()}, opts...)...)
	cfg := mockConfig(server)
	in, keyboard := io.Pipe()
	defer in.Close()
	screen := &typist{t: t, server: server, keyboard: keyboard, paste: paste}
	opt := oauth.LoginOptions{Headless: true, Input: in, Output: screen, Store: oauth.NewMemoryStore(nil),
		OpenBrowser: func(string) error { t.Error("a browser was opened"); return nil }}
	tok, err := oauth.Login(t.Context(), cfg, opt)
	if err == nil && !server.Valid(tok.AccessToken) {
		t.Error("the token is not valid")
	}
	if err == nil {
		if stored, err := opt.Store.Load(t.Context()); err != nil || stored.AccessToken != tok.AccessToken {
			t.Errorf("the token is not in the store: %v", err)
		}
	}
	return server, screen.out.String(), err
}

// typist is a person who reads the link from the screen, signs in on another machine, and types the
// result.
type typist struct {
	t        *testing.T
	server   *mocks.AuthServer
	keyboard io.WriteCloser
	paste    func(address *url.URL) string
	out      syncBuffer
}

func (p *typist) Write(b []byte) (int, error) {
	if link := linkPattern.Find(b); link != nil {
		req, err := http.NewRequest(http.MethodGet, string(link), nil)
		if err != nil {
			return 0, err
		}
		resp, err := p.server.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		address, err := resp.Location()
		if err != nil {
			return 0, err
		}
		go func() {
			_, _ = io.WriteString(p.keyboard, p.paste(address))
			_ = p.keyboard.Close()
		}()
	}
	return p.out.Write(b)
}

func TestHeadless(t *testing.T) {
	for name, paste := range map[string]func(*url.URL) string{
		"the address":               func(u *url.URL) string { return u.String() + "\n" },
		"quoted, with spaces":       func(u *url.URL) string { return "  \"" + u.String() + "\"  \r\n" },
		"its query":                 func(u *url.URL) string { return u.RawQuery + "\n" },
		"the code":                  func(u *url.URL) string { return u.Query().Get("code") + "\n" },
		"without a last line break": func(u *url.URL) string { return u.String() },
		"after some that are not it": func(u *url.URL) string {
			return "\nhttp://127.0.0.1:53682/\n?code=x&state=y\ntwo words\n" + u.String() + "\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, out, err := headless(t, paste)
			if err != nil {
				t.Fatal(err)
			}
			if n := asked(server); n != 1 {
				t.Errorf("%d token requests, want 1", n)
			}
			if !strings.Contains(out, oauth.DefaultRedirectURL) {
				t.Errorf("the person is not told where the browser goes: %s", out)
			}
		})
	}
}

func TestHeadlessRefusals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		paste func(*url.URL) string
		want  error
		opts  []mocks.AuthOption
	}{
		{"wrong state", func(u *url.URL) string { return "http://127.0.0.1:53682/?state=x&code=" + u.Query().Get("code") }, oauth.ErrWrongState, nil},
		{"no code", func(u *url.URL) string { return "http://127.0.0.1:53682/?state=" + u.Query().Get("state") }, oauth.ErrNoCode, nil},
		{"nothing", func(*url.URL) string { return "" }, oauth.ErrNoCode, nil},
		{"denied", func(u *url.URL) string { return u.String() }, oauth.ErrAccessDenied, []mocks.AuthOption{mocks.WithAuthDenial()}},
		{"a wrong code", func(*url.URL) string { return "ANBzsjhYZmNCTeAszagk" }, oauth.ErrSignInAgain, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, out, err := headless(t, tt.paste, tt.opts...)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if strings.Contains(out, "ANBz") || err != nil && strings.Contains(err.Error(), "ANBz") {
				t.Error("the code was repeated")
			}
			if tt.want != oauth.ErrSignInAgain && asked(server) != 0 {
				t.Error("the token server was asked")
			}
		})
	}
}

func TestHeadlessEndsWithContext(t *testing.T) {
	in, keyboard := io.Pipe()
	defer keyboard.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	boom := errors.New("boom")
	cancel(boom)
	_, err := oauth.Login(ctx, oauth.Config{ClientID: "id"}, oauth.LoginOptions{Headless: true, Input: in, Output: io.Discard})
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want the context's cause", err)
	}
}
