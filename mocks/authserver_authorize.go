package mocks

import (
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// authRequest is what the application asked for.
type authRequest struct {
	redirect  string
	state     string
	scopes    []string
	challenge string
	method    string // of the challenge
}

type authCode struct {
	authRequest
	expires time.Time
	grant   *authGrant // once it is used
}

// authorize is the browser's visit. As long as it is not certain who asks and
// where the answer may go, nothing is sent there.
func (s *AuthServer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range q {
		if len(values) > 1 {
			authRefuse(w, "The parameter "+name+" is given more than once.")
			return
		}
	}
	if q.Get("client_id") != s.opt.clientID {
		authRefuse(w, "The application is not known.")
		return
	}
	if !s.registered(q.Get("redirect_uri")) {
		authRefuse(w, "The redirect address is not registered for this application.")
		return
	}
	ask := authRequest{
		redirect:  q.Get("redirect_uri"),
		state:     q.Get("state"),
		scopes:    strings.Fields(q.Get("scope")),
		challenge: q.Get("code_challenge"),
		method:    q.Get("code_challenge_method"),
	}
	if ask.challenge != "" && ask.method == "" {
		ask.method = "plain"
	}
	switch {
	case q.Get("response_type") != "code":
		ask.deny(w, r, "unsupported_response_type", "The response type must be code")
	case len(ask.scopes) == 0 || slices.ContainsFunc(ask.scopes, func(x string) bool { return !slices.Contains(s.opt.scopes, x) }):
		ask.deny(w, r, "invalid_scope", "An unknown scope was requested")
	case ask.challenge != "" && ask.method != "S256" && ask.method != "plain":
		ask.deny(w, r, "invalid_request", "The code challenge method is not known")
	case s.opt.consent == authDeny:
		ask.deny(w, r, "access_denied", "The person did not give access")
	case s.opt.consent == authApprove:
		s.approve(w, r, ask)
	default:
		s.askPerson(w, ask)
	}
}

// registered compares to the last character, but for the port of an address that
// was registered with port 0.
func (s *AuthServer) registered(address string) bool {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return false
	}
	anyPort := *u
	if u.Port() != "" {
		anyPort.Host = net.JoinHostPort(u.Hostname(), "0")
	}
	return slices.Contains(s.opt.redirects, address) || slices.Contains(s.opt.redirects, anyPort.String())
}

func (a authRequest) sendBack(w http.ResponseWriter, r *http.Request, answer url.Values) {
	if a.state != "" {
		answer.Set("state", a.state)
	}
	http.Redirect(w, r, a.redirect+"?"+answer.Encode(), http.StatusFound)
}

func (a authRequest) deny(w http.ResponseWriter, r *http.Request, code, description string) {
	a.sendBack(w, r, url.Values{"error": {code}, "error_description": {description}})
}

func (s *AuthServer) approve(w http.ResponseWriter, r *http.Request, a authRequest) {
	code := authText(20)
	s.mu.Lock()
	s.codes[code] = &authCode{authRequest: a, expires: s.opt.clock().Add(s.opt.codeFor)}
	s.mu.Unlock()
	a.sendBack(w, r, url.Values{"code": {code}, "scope": {strings.Join(a.scopes, " ")}})
}

func (s *AuthServer) askPerson(w http.ResponseWriter, a authRequest) {
	id := authText(26)
	s.mu.Lock()
	s.asked[id] = a
	s.mu.Unlock()
	authShow(w, http.StatusOK, authPage{Title: "Sign in (mock)", ID: id, Scopes: a.scopes})
}

// consent is the button that the person pressed.
func (s *AuthServer) consent(w http.ResponseWriter, r *http.Request) {
	id := r.PostForm.Get("id")
	s.mu.Lock()
	a, ok := s.asked[id]
	delete(s.asked, id)
	s.mu.Unlock()
	switch {
	case !ok:
		authRefuse(w, "This question has been answered, or was never asked.")
	case r.PostForm.Get("answer") == "approve":
		s.approve(w, r, a)
	default:
		a.deny(w, r, "access_denied", "The person did not give access")
	}
}

func authRefuse(w http.ResponseWriter, why string) {
	authShow(w, http.StatusBadRequest, authPage{Title: "We're sorry", Why: why})
}

type authPage struct {
	Title, Why, ID string
	Scopes         []string
}

var authTemplate = template.Must(template.New("auth").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<h1>{{.Title}}</h1>
{{if .Why}}<p>{{.Why}}</p>{{else}}
<p>An application wants to use your drive:</p>
<ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post" action="` + authConsentPath + `">
<input type="hidden" name="id" value="{{.ID}}">
<button id="approve" name="answer" value="approve">Allow</button>
<button id="deny" name="answer" value="deny">Cancel</button>
</form>{{end}}
</html>
`))

func authShow(w http.ResponseWriter, status int, p authPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_ = authTemplate.Execute(w, p)
}
