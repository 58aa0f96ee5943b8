package oauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// walk signs in with a real browser and presses the named button on the page.
func walk(t *testing.T, button string) (b *chromium, server *mocks.AuthServer, tok *oauth2.Token, sent []string, err error) {
	t.Helper()
	b = startChromium(t)
	server = mocks.NewAuthServer(mocks.WithAuthRedirects("http://127.0.0.1:0/"))
	hs := httptest.NewServer(server)
	t.Cleanup(hs.Close)
	var mu sync.Mutex
	recorded := roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.URL.String())
		return http.DefaultTransport.RoundTrip(r)
	})
	begin := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		opts := quiet()
		opts.AppName = "the test"
		opts.OpenBrowser = func(address string) error { begin <- address; return nil }
		tok, err = oauth.Login(t.Context(), oauth.Config{
			ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret,
			AuthURL: hs.URL + mocks.AuthPath, TokenURL: hs.URL + mocks.TokenPath,
			RedirectURL: "http://127.0.0.1:0/", HTTPClient: &http.Client{Transport: recorded},
		}, opts)
	}()
	b.open(<-begin)
	if got := b.eval("document.title"); got != "Sign in (mock)" {
		t.Fatalf("the browser is on %q, want the page that asks for consent", got)
	}
	b.click(button)
	<-done
	for _, address := range sent {
		if address != hs.URL+mocks.TokenPath {
			t.Errorf("the program sent a request to %s", address)
		}
	}
	return b, server, tok, sent, err
}

func TestBrowserSignsIn(t *testing.T) {
	b, server, tok, sent, err := walk(t, "approve")
	if err != nil {
		t.Fatal(err)
	}
	if !server.Valid(tok.AccessToken) || len(sent) != 1 {
		t.Errorf("the token is not valid, or came of %d requests", len(sent))
	}
	if got := b.eval("document.querySelector('h1').textContent + '|' + document.querySelector('main').className"); got != "You are signed in|ok" {
		t.Errorf("the browser shows %q", got)
	}
	// The policy allows the page's own style, and nothing else.
	if got := b.eval("getComputedStyle(document.querySelector('main')).textAlign"); got != "center" {
		t.Errorf("the page has no style: %q", got)
	}
	checkTraffic(t, b, server, tok)
}

func TestBrowserIsDenied(t *testing.T) {
	b, server, _, sent, err := walk(t, "deny")
	if !errors.Is(err, oauth.ErrAccessDenied) || len(sent) != 0 {
		t.Errorf("got %v after %d requests, want ErrAccessDenied and none", err, len(sent))
	}
	if got := b.eval("document.querySelector('h1').textContent"); got != "Not signed in" {
		t.Errorf("the browser shows %q", got)
	}
	checkTraffic(t, b, server, nil)
}

// checkTraffic fails the test unless pages load from this machine only, no token, no client secret
// and no verifier reaches the browser, and code and state go only to the sign-in page and back.
func checkTraffic(t *testing.T, b *chromium, server *mocks.AuthServer, tok *oauth2.Token) {
	t.Helper()
	secrets := map[string]string{"client secret": mocks.AuthClientSecret, "token": "Atza|", "refresh token": "Atzr|"}
	if tok != nil {
		secrets["access token"], secrets["own refresh token"] = tok.AccessToken, tok.RefreshToken
	}
	for _, r := range server.Journal(mocks.TokenPath) {
		secrets["verifier"] = r.Form.Get("code_verifier")
	}
	if len(b.urls) < 3 {
		t.Errorf("pages asked for %q only: the check sees nothing", b.urls)
	}
	for _, address := range b.urls {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() != "127.0.0.1" && u.Scheme != "data" && u.Scheme != "about" {
			t.Errorf("a page asked for %s", address)
		}
	}
	hits := b.proxy.all()
	if len(hits) < 3 {
		t.Errorf("%d requests went through the proxy: the check sees nothing", len(hits))
	}
	for _, h := range hits {
		for name, secret := range secrets {
			if strings.Contains(h.request, secret) || strings.Contains(h.request, url.QueryEscape(secret)) || strings.Contains(h.answer, secret) {
				t.Errorf("the %s went through the browser, at %s", name, strings.SplitN(h.url, "?", 2)[0])
			}
		}
		local := strings.HasPrefix(h.url, "http://127.0.0.1:")
		if !local && (strings.Contains(h.request, "code=") || strings.Contains(h.request, "state=")) {
			t.Errorf("code or state went to %s", strings.SplitN(h.url, "?", 2)[0])
		}
	}
}
