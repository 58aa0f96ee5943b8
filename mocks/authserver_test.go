package mocks_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
)

const authRedirect = "http://127.0.0.1:53682/"

type authClient struct {
	t      *testing.T
	server *mocks.AuthServer
}

func (c authClient) send(req *http.Request) (status int, body string, h http.Header) {
	c.t.Helper()
	resp, err := c.server.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// authorize opens the sign-in page. The pairs in change replace parameters of the query.
func (c authClient) authorize(change ...string) (status int, body string, back url.Values) {
	c.t.Helper()
	q := url.Values{"client_id": {mocks.AuthClientID}, "redirect_uri": {authRedirect}, "response_type": {"code"},
		"scope": {"clouddrive:read_all"}, "state": {"st"}}
	for i := 0; i < len(change); i += 2 {
		q.Set(change[i], change[i+1])
	}
	req, err := http.NewRequest(http.MethodGet, "https://auth.test"+mocks.AuthPath+"?"+q.Encode(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	status, body, h := c.send(req)
	return status, body, c.back(h)
}

func (c authClient) back(h http.Header) url.Values {
	c.t.Helper()
	u, err := url.Parse(h.Get("Location"))
	if err != nil {
		c.t.Fatal(err)
	}
	return u.Query()
}

type authAnswer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int    `json:"expires_in"`
	Error        string `json:"error"`
}

// token sends a token request with this form. basic may be a client id and a secret for HTTP Basic.
func (c authClient) token(form url.Values, basic ...string) (status int, a authAnswer) {
	c.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "https://auth.test"+mocks.TokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if len(basic) == 2 {
		req.SetBasicAuth(basic[0], basic[1])
	}
	status, body, _ := c.send(req)
	_ = json.Unmarshal([]byte(body), &a)
	return status, a
}

func (c authClient) exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {authRedirect},
		"client_id": {mocks.AuthClientID}, "client_secret": {mocks.AuthClientSecret}}
}

func (c authClient) refresh(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token},
		"client_id": {mocks.AuthClientID}, "client_secret": {mocks.AuthClientSecret}}
}

func TestAuthConsent(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer()}
	answer := func(page, button string) (int, url.Values) {
		_, rest, _ := strings.Cut(page, `name="id" value="`)
		id, _, _ := strings.Cut(rest, `"`)
		req, err := http.NewRequest(http.MethodPost, "https://auth.test/ap/consent", strings.NewReader(url.Values{"id": {id}, "answer": {button}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		status, _, h := c.send(req)
		return status, c.back(h)
	}
	status, page, _ := c.authorize()
	if status != 200 || !strings.Contains(page, "clouddrive:read_all") {
		t.Fatalf("status %d: %s", status, page)
	}
	if status, back := answer(page, "approve"); status != 302 || back.Get("code") == "" || back.Get("state") != "st" {
		t.Errorf("approved: status %d, %v", status, back)
	}
	if status, _ := answer(page, "approve"); status != 400 {
		t.Errorf("the same page again: status %d, want 400", status)
	}
	_, page, _ = c.authorize()
	if status, back := answer(page, "deny"); status != 302 || back.Get("error") != "access_denied" || back.Has("code") {
		t.Errorf("denied: status %d, %v", status, back)
	}
}

func TestAuthRefusesToRedirect(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer(mocks.WithAuthApproval())}
	for _, change := range [][]string{
		{"client_id", "nobody"}, {"redirect_uri", "http://127.0.0.1:53682"}, {"redirect_uri", "http://127.0.0.1:53682/x"},
		{"redirect_uri", "http://127.0.0.1:1/"}, {"redirect_uri", "http://evil.example/"}, {"redirect_uri", ""},
	} {
		if status, _, back := c.authorize(change...); status != 400 || len(back) > 0 {
			t.Errorf("%v: status %d, %v, want 400 and no redirect", change, status, back)
		}
	}
	for code, change := range map[string][]string{
		"unsupported_response_type": {"response_type", "token"},
		"invalid_scope":             {"scope", "clouddrive:read_all clouddrive:nonsense"},
		"invalid_request":           {"code_challenge", "x", "code_challenge_method", "S1"},
	} {
		if _, _, back := c.authorize(change...); back.Get("error") != code || back.Get("state") != "st" {
			t.Errorf("%v: %v, want %s", change, back, code)
		}
	}
}

func TestAuthAnyPort(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer(mocks.WithAuthApproval(), mocks.WithAuthRedirects("http://127.0.0.1:0/cb"))}
	for address, want := range map[string]int{"http://127.0.0.1:4711/cb": 302, "http://127.0.0.1:4711/": 400, "http://localhost:4711/cb": 400} {
		if status, _, _ := c.authorize("redirect_uri", address); status != want {
			t.Errorf("%s: status %d, want %d", address, status, want)
		}
	}
}

func TestAuthPKCE(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer(mocks.WithAuthApproval())}
	verifier := oauth2.GenerateVerifier()
	s256 := []string{"code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256"}
	for _, tt := range []struct {
		name, verifier, want string
		ask                  []string
	}{
		{"S256", verifier, "", s256},
		{"plain", verifier, "", []string{"code_challenge", verifier}},
		{"none", "", "", nil},
		{"wrong", oauth2.GenerateVerifier(), "invalid_grant", s256},
		{"left out", "", "invalid_grant", s256},
		{"the challenge itself", s256[1], "invalid_grant", s256},
		{"without a challenge", verifier, "invalid_grant", nil},
	} {
		_, _, back := c.authorize(tt.ask...)
		form := c.exchange(back.Get("code"))
		if tt.verifier != "" {
			form.Set("code_verifier", tt.verifier)
		}
		if _, a := c.token(form); a.Error != tt.want || (tt.want == "") != c.server.Valid(a.AccessToken) {
			t.Errorf("%s: error %q, want %q", tt.name, a.Error, tt.want)
		}
	}
}

func TestAuthCodeIsForOneUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := authClient{t, mocks.NewAuthServer(mocks.WithAuthApproval())}
		_, _, back := c.authorize()
		_, first := c.token(c.exchange(back.Get("code")))
		if !c.server.Valid(first.AccessToken) || first.ExpiresIn != 3600 {
			t.Fatalf("got error %q", first.Error)
		}
		if _, a := c.token(c.exchange(back.Get("code"))); a.Error != "invalid_grant" {
			t.Errorf("a used code: error %q", a.Error)
		}
		if c.server.Valid(first.AccessToken) {
			t.Error("the tokens of a code that was used twice are still good")
		}
		_, _, back = c.authorize()
		time.Sleep(5 * time.Minute)
		if _, a := c.token(c.exchange(back.Get("code"))); a.Error != "invalid_grant" {
			t.Errorf("an old code: error %q", a.Error)
		}
	})
}

func TestAuthClientKeys(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer()}
	good := c.server.SignIn().RefreshToken
	bare := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {good}}
	wrong := c.refresh(good)
	wrong.Set("client_secret", "x")
	for _, tt := range []struct {
		name  string
		form  url.Values
		basic []string
		want  string
	}{
		{"form", c.refresh(good), nil, ""},
		{"Basic", bare, []string{mocks.AuthClientID, mocks.AuthClientSecret}, ""},
		{"both", c.refresh(good), []string{mocks.AuthClientID, mocks.AuthClientSecret}, "invalid_request"},
		{"none", bare, nil, "invalid_request"},
		{"wrong", wrong, nil, "invalid_client"},
		{"wrong Basic", bare, []string{mocks.AuthClientID, "x"}, "invalid_client"},
		{"unknown", c.refresh("Atzr|x"), nil, "invalid_grant"},
	} {
		if status, a := c.token(tt.form, tt.basic...); a.Error != tt.want || (status == 200) != (tt.want == "") {
			t.Errorf("%s: status %d, error %q, want %q", tt.name, status, a.Error, tt.want)
		}
	}
	c = authClient{t, mocks.NewAuthServer(mocks.WithAuthBasicOnly())}
	if status, _ := c.token(c.refresh(c.server.SignIn().RefreshToken)); status != 403 {
		t.Errorf("a proxy took keys from the form: status %d", status)
	}
}

func TestAuthRotation(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer(mocks.WithAuthRotation())}
	first := c.server.SignIn()
	_, second := c.token(c.refresh(first.RefreshToken))
	_, third := c.token(c.refresh(second.RefreshToken))
	if second.RefreshToken == first.RefreshToken || third.RefreshToken == second.RefreshToken || !c.server.Valid(third.AccessToken) {
		t.Fatal("the refresh token does not change")
	}
	if _, a := c.token(c.refresh(second.RefreshToken)); a.Error != "invalid_grant" {
		t.Errorf("a spent refresh token: error %q", a.Error)
	}
	if _, a := c.token(c.refresh(third.RefreshToken)); a.Error != "invalid_grant" || c.server.Valid(third.AccessToken) {
		t.Errorf("after a theft: error %q", a.Error)
	}

	c = authClient{t, mocks.NewAuthServer()}
	first = c.server.SignIn()
	for range 3 {
		if _, a := c.token(c.refresh(first.RefreshToken)); a.RefreshToken != first.RefreshToken {
			t.Errorf("without rotation: error %q", a.Error)
		}
	}
	c.server.Revoke(first.RefreshToken)
	if _, a := c.token(c.refresh(first.RefreshToken)); a.Error != "invalid_grant" || c.server.Valid(first.AccessToken) {
		t.Errorf("revoked: error %q", a.Error)
	}
}

func TestAuthFaults(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer(mocks.WithAuthRotation())}
	first := c.server.SignIn()
	busy := c.server.Inject(mocks.AuthFault{Path: mocks.TokenPath, Skip: 1, Status: 500, Body: "busy"})
	_, second := c.token(c.refresh(first.RefreshToken))
	if second.Error != "" || busy.Fired() != 0 {
		t.Fatalf("the skipped request failed: %q", second.Error)
	}
	if status, _ := c.token(c.refresh(second.RefreshToken)); status != 500 || busy.Fired() != 1 {
		t.Errorf("status %d, fired %d", status, busy.Fired())
	}
	lost := c.server.Inject(mocks.AuthFault{Path: mocks.TokenPath, Commit: true, Reset: true})
	req, err := http.NewRequest(http.MethodPost, "https://auth.test"+mocks.TokenPath, strings.NewReader(c.refresh(second.RefreshToken).Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := c.server.RoundTrip(req); err == nil || lost.Fired() != 1 {
		t.Errorf("got %v, fired %d, want a broken connection", err, lost.Fired())
	}
	if _, a := c.token(c.refresh(second.RefreshToken)); a.Error != "invalid_grant" {
		t.Errorf("the lost answer did nothing: error %q", a.Error)
	}
	if n := len(c.server.Journal(mocks.TokenPath)); n != 4 {
		t.Errorf("%d requests in the journal, want 4", n)
	}
}

func TestAuthRoutes(t *testing.T) {
	c := authClient{t, mocks.NewAuthServer()}
	for _, tt := range []struct {
		method, path, kind, body string
		want                     int
	}{
		{"GET", mocks.TokenPath, "", "", 405},
		{"POST", mocks.AuthPath, "", "", 405},
		{"GET", "/elsewhere", "", "", 404},
		{"POST", mocks.TokenPath, "application/json", "{}", 400},
		{"POST", mocks.TokenPath + "?client_id=x", "application/x-www-form-urlencoded", "grant_type=refresh_token", 400},
		{"POST", mocks.TokenPath, "application/x-www-form-urlencoded", strings.Repeat("x", 1<<20), 400},
		{"GET", mocks.TokenInfoPath + "?access_token=x", "", "", 400},
		{"GET", mocks.TokenInfoPath + "?access_token=" + url.QueryEscape(c.server.SignIn().AccessToken), "", "", 200},
	} {
		req, err := http.NewRequest(tt.method, "https://auth.test"+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", tt.kind)
		if status, _, _ := c.send(req); status != tt.want {
			t.Errorf("%s %.40s: status %d, want %d", tt.method, tt.path, status, tt.want)
		}
	}
}
