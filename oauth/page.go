package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
)

// page is the content of the page that the browser shows at the end.
type page struct {
	OK          bool
	Title, Text string
	Next        string
	Style       template.CSS
}

func signedIn(app string) page {
	return page{OK: true, Title: "You are signed in", Text: "Your Amazon Drive is connected.",
		Next: "You can close this window and go back to " + app + "."}
}

func failed(why, app string) page {
	return page{Title: "Not signed in", Text: why, Next: "Go back to " + app + " to try again."}
}

const pageStyle = `
:root { color-scheme: light dark; --back: #f4f5f7; --card: #fff; --text: #1d2733; --dim: #5b6775; --ok: #1a7f4b; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --back: #14181d; --card: #1e242b; --text: #e8ecf1; --dim: #9aa7b5; --ok: #4cc38a; --bad: #ff8a80 } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { box-sizing: border-box; width: min(28rem, 92vw); padding: 2.5rem 2rem; background: var(--card); border-radius: 12px; box-shadow: 0 1px 3px #0002, 0 8px 24px #0001; text-align: center }
h1 { font-size: 1.4rem; margin: 1rem 0 .5rem }
p { margin: .25rem 0; overflow-wrap: anywhere }
.next { color: var(--dim) }
.mark { width: 48px; height: 48px; fill: none; stroke: var(--bad); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round }
.ok .mark { stroke: var(--ok) }
`

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<style>{{.Style}}</style>
</head>
<body>
<main{{if .OK}} class="ok"{{end}}>
<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="21"/>{{if .OK}}<path d="M15 25l6.5 6.5L34 18"/>{{else}}<path d="M24 13v14M24 34v.5"/>{{end}}</svg>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
<p class="next">{{.Next}}</p>
</main>
</body>
</html>
`))

// pagePolicy returns a policy under which the page loads nothing, runs nothing, sends no form and
// cannot be shown in a frame. The page's own style is allowed by its hash.
func pagePolicy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func showPage(w http.ResponseWriter, status int, p page) {
	p.Style = pageStyle
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, p)
}
