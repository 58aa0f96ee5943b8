package oauth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

func TestLogin(t *testing.T) {
	tok, p, err := signIn(t, func(p *person) {
		resp := p.visit(p.begin, true)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "You are signed in") || !strings.Contains(string(body), "the test") {
			p.t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := p.store.Load(t.Context())
	if err != nil || stored.AccessToken != tok.AccessToken || stored.RefreshToken == "" || !p.server.Valid(tok.AccessToken) {
		t.Errorf("the token is not in the store: %v", err)
	}
	// The request holds the PKCE challenge, the state and the scopes.
	asked := p.server.Journal(mocks.AuthPath)[0].Form
	if asked.Get("code_challenge_method") != "S256" || len(asked.Get("code_challenge")) != 43 || len(asked.Get("state")) < 22 ||
		asked.Get("scope") != "clouddrive:read_all clouddrive:write" || asked.Get("redirect_uri") != p.callback.String() {
		t.Errorf("asked with %v", asked)
	}
	exchange := p.server.Journal(mocks.TokenPath)
	if len(exchange) != 1 || len(exchange[0].Form.Get("code_verifier")) < 43 {
		t.Errorf("%d token requests, want one with a verifier", len(exchange))
	}
	if out := p.out.String(); !strings.Contains(out, p.cfg.AuthURL+"?") || strings.Contains(out, tok.AccessToken) || strings.Contains(out, exchange[0].Form.Get("code")) {
		t.Errorf("printed %q, want the link and nothing secret", out)
	}
	if strings.Contains(p.begin, asked.Get("state")) || strings.Contains(p.begin, asked.Get("code_challenge")) {
		t.Error("the browser's arguments show the sign-in to other users of the machine")
	}
}

func TestLoginTwiceIsAnotherState(t *testing.T) {
	_, p, _ := signIn(t, (*person).finish)
	_, q, _ := signIn(t, (*person).finish)
	a, b := p.server.Journal(mocks.AuthPath)[0].Form, q.server.Journal(mocks.AuthPath)[0].Form
	if a.Get("state") == b.Get("state") || a.Get("code_challenge") == b.Get("code_challenge") {
		t.Error("two sign-ins share a state or a challenge")
	}
}

func TestLoginWithoutBrowserPrintsTheLink(t *testing.T) {
	server := mocks.NewAuthServer(mocks.WithAuthRedirects("http://127.0.0.1:0/cb"), mocks.WithAuthApproval())
	hs := httptest.NewServer(server)
	defer hs.Close()
	var out syncBuffer
	done := make(chan error, 1)
	opened := make(chan struct{})
	go func() {
		_, err := oauth.Login(t.Context(), oauth.Config{
			ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret,
			AuthURL: hs.URL + mocks.AuthPath, TokenURL: hs.URL + mocks.TokenPath, RedirectURL: "http://127.0.0.1:0/cb",
		}, oauth.LoginOptions{Output: &out, OpenBrowser: func(string) error { close(opened); return errors.New("no display") }})
		done <- err
	}()
	<-opened
	resp, err := http.Get(linkPattern.FindString(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := <-done; err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("got %v, status %d", err, resp.StatusCode)
	}
}

func TestLoginRefusesAWrongState(t *testing.T) {
	for name, query := range map[string]string{
		"another": "code=stolen&state=nonsense", "none": "code=stolen", "empty": "code=stolen&state=",
		"an error without": "error=access_denied&error_description=<b>evil</b>", "nothing at all": "",
	} {
		t.Run(name, func(t *testing.T) {
			refuse := func(p *person) {
				resp := p.answer(query)
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "another sign-in") || strings.Contains(string(body), "evil") {
					p.t.Errorf("status %d: %s", resp.StatusCode, body)
				}
				if n := asked(p.server); n != 0 {
					p.t.Errorf("%d token requests for a stranger's code", n)
				}
			}
			if tok, _, err := signIn(t, func(p *person) { refuse(p); p.finish() }); err != nil || tok == nil {
				t.Errorf("a stranger's answer ended the sign-in: %v", err)
			}
			_, _, err := signIn(t, func(p *person) { refuse(p); p.cancel(errors.New("gave up")) })
			if !errors.Is(err, oauth.ErrWrongState) || !strings.Contains(err.Error(), "gave up") {
				t.Errorf("got %v, want ErrWrongState and the context's cause", err)
			}
		})
	}
}

func TestLoginNoCode(t *testing.T) {
	_, p, err := signIn(t, func(p *person) {
		if resp := p.answer("state=" + p.state()); resp.StatusCode != http.StatusForbidden {
			p.t.Errorf("status %d", resp.StatusCode)
		}
	})
	if !errors.Is(err, oauth.ErrNoCode) || asked(p.server) != 0 {
		t.Errorf("got %v, want ErrNoCode", err)
	}
}

func TestLoginAccessDenied(t *testing.T) {
	_, p, err := signIn(t, func(p *person) {
		resp := p.visit(p.link(), true)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "Not signed in") {
			p.t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	}, mocks.WithAuthDenial())
	e, ok := errors.AsType[*oauth.Error](err)
	if !errors.Is(err, oauth.ErrAccessDenied) || !ok || e.Code != "access_denied" || asked(p.server) != 0 {
		t.Errorf("got %v, want ErrAccessDenied", err)
	}
	if _, err := p.store.Load(t.Context()); !errors.Is(err, oauth.ErrNoToken) {
		t.Errorf("the store: %v", err)
	}
}

func TestLoginInvalidScope(t *testing.T) {
	_, _, err := signIn(t, func(p *person) { p.visit(p.link(), true) }, mocks.WithAuthScopes("profile"))
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != "invalid_scope" || errors.Is(err, oauth.ErrAccessDenied) {
		t.Errorf("got %v, want invalid_scope", err)
	}
}

func TestLoginErrorTextIsHarmless(t *testing.T) {
	_, _, err := signIn(t, func(p *person) {
		resp := p.answer("error=%3Cb%3Eboo&error_description=" + url.QueryEscape("<script>x</script>\x1b[31m\nAtza|SECRETSECRET") + "&state=" + p.state())
		body, _ := io.ReadAll(resp.Body)
		if strings.Contains(string(body), "<script") || strings.Contains(string(body), "<b>") {
			p.t.Errorf("markup: %s", body)
		}
	})
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %q", err)
	}
}

func TestLoginSecondCallback(t *testing.T) {
	// The store delays the first answer, so that the server still runs when the second answer
	// comes.
	store := &gated{oauth.NewMemoryStore(nil), make(chan struct{}), make(chan struct{})}
	p := &person{t: t, store: store}
	p.server = mocks.NewAuthServer(mocks.WithAuthRedirects("http://127.0.0.1:0/cb"), mocks.WithAuthApproval())
	tok, _, err := p.login(func(p *person) {
		location := p.visit(p.link(), false).Header.Get("Location")
		var wg sync.WaitGroup
		wg.Go(func() {
			<-store.entered
			if resp := p.visit(location, false); resp.StatusCode != http.StatusConflict {
				p.t.Errorf("the second answer has status %d, want 409", resp.StatusCode)
			}
			close(store.release)
		})
		if resp := p.visit(location, false); resp.StatusCode != http.StatusOK {
			p.t.Errorf("the first answer has status %d", resp.StatusCode)
		}
		wg.Wait()
	})
	if err != nil || tok == nil {
		t.Errorf("got %v", err)
	}
	if n := asked(p.server); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

// gated is a store that waits before it saves.
type gated struct {
	*oauth.MemoryStore
	entered, release chan struct{}
}

func (g *gated) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	return g.MemoryStore.Update(ctx, func(old *oauth2.Token) (*oauth2.Token, error) {
		t, err := change(old)
		if err == nil {
			close(g.entered)
			<-g.release
		}
		return t, err
	})
}

func TestLoginPortTaken(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	opts := quiet()
	opts.OpenBrowser = func(string) error { t.Error("a browser was opened"); return nil }
	_, err = oauth.Login(t.Context(), oauth.Config{ClientID: "id", RedirectURL: "http://" + ln.Addr().String() + "/"}, opts)
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), ln.Addr().String()) || !strings.Contains(err.Error(), "headless") {
		t.Errorf("got %v, want EADDRINUSE, the address, and what to do", err)
	}
}

// TestLoginStoreNotWritable: if the token could not be saved, Login fails before it asks the person
// to sign in.
func TestLoginStoreNotWritable(t *testing.T) {
	for name, open := range unwritable {
		t.Run(name, func(t *testing.T) {
			opts := quiet()
			opts.Store = open(t)
			opts.OpenBrowser = func(string) error { t.Error("a browser was opened"); return nil }
			_, err := oauth.Login(t.Context(), oauth.Config{ClientID: "id", RedirectURL: "http://127.0.0.1:0/"}, opts)
			if err == nil || !strings.Contains(err.Error(), "the token cannot be stored") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLoginSaveFails: if the token cannot be saved, the page does not show success.
func TestLoginSaveFails(t *testing.T) {
	p := &person{t: t, store: &flaky{MemoryStore: oauth.NewMemoryStore(nil), fail: 1}}
	p.server = mocks.NewAuthServer(mocks.WithAuthRedirects("http://127.0.0.1:0/cb"), mocks.WithAuthApproval())
	_, _, err := p.login(func(p *person) {
		resp := p.visit(p.link(), true)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode == http.StatusOK || !strings.Contains(string(body), "Not signed in") {
			p.t.Errorf("status %d: the page says all is well", resp.StatusCode)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

func TestLoginTokenServerRefuses(t *testing.T) {
	_, p, err := signIn(t, func(p *person) {
		if resp := p.visit(p.link(), true); resp.StatusCode != http.StatusForbidden {
			p.t.Errorf("status %d", resp.StatusCode)
		}
	}, mocks.WithAuthCodeLifetime(-1))
	if !errors.Is(err, oauth.ErrSignInAgain) || asked(p.server) != 1 {
		t.Errorf("got %v, want ErrSignInAgain", err)
	}
}

func TestLoginEndsWithContext(t *testing.T) {
	boom := errors.New("boom")
	_, _, err := signIn(t, func(p *person) { p.cancel(boom) })
	if !errors.Is(err, boom) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

func TestLoginServesNothingElse(t *testing.T) {
	_, _, err := signIn(t, func(p *person) {
		state := p.state()
		for _, tt := range []struct {
			method, host, path string
			want               int
		}{
			{"GET", "", "/favicon.ico", 404},
			{"GET", "", "/", 404},
			{"GET", "", "/cb/", 404},
			{"GET", "", "/begin/guess", 410},
			{"GET", "", "/begin/", 404},
			{"POST", "", "/cb?code=x&state=" + state, 405},
			{"HEAD", "", "/cb?code=x&state=" + state, 405},
			{"GET", "evil.example", "/cb?code=x&state=" + state, 421},
			{"GET", "evil.example:" + p.callback.Port(), "/cb?code=x&state=" + state, 421},
			{"GET", "127.0.0.1:1", "/cb?code=x&state=" + state, 421},
		} {
			req, err := http.NewRequest(tt.method, "http://"+p.callback.Host+tt.path, nil)
			if err != nil {
				p.t.Error(err)
				continue
			}
			req.Host = tt.host
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				p.t.Error(err)
				continue
			}
			resp.Body.Close()
			if resp.StatusCode != tt.want {
				p.t.Errorf("%s %s on %q: status %d, want %d", tt.method, tt.path, tt.host, resp.StatusCode, tt.want)
			}
		}
		// The address that the browser is opened with redirects once.
		if resp := p.visit(p.begin, false); resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != p.link() {
			p.t.Errorf("status %d to %q", resp.StatusCode, resp.Header.Get("Location"))
		}
		if resp := p.visit(p.begin, false); resp.StatusCode != http.StatusGone || resp.Header.Get("Location") != "" {
			p.t.Errorf("a second visit has status %d", resp.StatusCode)
		}
		p.finish()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLoginListensOnLoopbackOnly(t *testing.T) {
	_, p, _ := signIn(t, func(p *person) {
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			p.t.Error(err)
		}
		for _, a := range addrs {
			ipnet, ok := a.(*net.IPNet)
			if !ok || ipnet.IP.String() == "127.0.0.1" || ipnet.IP.IsLinkLocalUnicast() {
				continue
			}
			conn, err := net.Dial("tcp", net.JoinHostPort(ipnet.IP.String(), p.callback.Port()))
			if err == nil {
				conn.Close()
				p.t.Errorf("the sign-in can be reached on %s", ipnet.IP)
			}
		}
		p.finish()
	})
	if !strings.HasPrefix(p.begin, "http://127.0.0.1:") {
		t.Errorf("the browser was sent to %s", p.begin)
	}
}
