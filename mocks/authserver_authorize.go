package mocks

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/login"
)

// authorize serves the page on which the person signs in. It sends nothing to the redirect address
// until the client and that address are checked.
func (s *AuthServer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if why := s.untrusted(q); why != "" {
		authRefuse(w, why)
		return
	}
	ask := login.Request{
		Redirect:  q.Get("redirect_uri"),
		State:     q.Get("state"),
		Scopes:    strings.Fields(q.Get("scope")),
		Challenge: q.Get("code_challenge"),
		Method:    q.Get("code_challenge_method"),
	}
	if ask.Challenge != "" && ask.Method == "" {
		ask.Method = "plain"
	}
	refused := s.engine.Check(ask)
	switch {
	case q.Get("response_type") != "code":
		authDeny(w, r, ask, &login.Error{Code: "unsupported_response_type", Description: "The response type must be code"})
	case refused != nil:
		authDeny(w, r, ask, refused)
	case s.opt.consent == authDenied:
		authDeny(w, r, ask, errAuthDenied)
	case s.opt.consent == authApproved:
		s.approve(w, r, ask)
	default:
		authShow(w, http.StatusOK, authPage{Title: "Sign in (mock)", ID: s.engine.Ask(ask), Scopes: ask.Scopes})
	}
}

// untrusted returns why nothing may be sent to the redirect address of the request, or "" if it
// may.
func (s *AuthServer) untrusted(q url.Values) string {
	for name, values := range q {
		if len(values) > 1 {
			return "The parameter " + name + " is given more than once."
		}
	}
	switch {
	case q.Get("client_id") != s.opt.clientID:
		return "The application is not known."
	case !s.engine.Registered(q.Get("redirect_uri")):
		return "The redirect address is not registered for this application."
	}
	return ""
}

// authSendBack redirects the browser back to the application with an answer.
func authSendBack(w http.ResponseWriter, r *http.Request, ask login.Request, answer url.Values) {
	if ask.State != "" {
		answer.Set("state", ask.State)
	}
	http.Redirect(w, r, ask.Redirect+"?"+answer.Encode(), http.StatusFound)
}

var errAuthDenied = &login.Error{Code: "access_denied", Description: "The person did not give access"}

func authDeny(w http.ResponseWriter, r *http.Request, ask login.Request, why *login.Error) {
	authSendBack(w, r, ask, url.Values{"error": {why.Code}, "error_description": {why.Description}})
}

func (s *AuthServer) approve(w http.ResponseWriter, r *http.Request, ask login.Request) {
	authSendBack(w, r, ask, url.Values{"code": {s.engine.Approve(ask)}, "scope": {strings.Join(ask.Scopes, " ")}})
}

// consent handles the button that the person has pressed on the page.
func (s *AuthServer) consent(w http.ResponseWriter, r *http.Request) {
	ask, ok := s.engine.Answered(r.PostForm.Get("id"))
	switch {
	case !ok:
		authRefuse(w, "This question has been answered, or was never asked.")
	case r.PostForm.Get("answer") == "approve":
		s.approve(w, r, ask)
	default:
		authDeny(w, r, ask, errAuthDenied)
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
