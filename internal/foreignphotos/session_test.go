package foreignphotos

import (
	"net/http"
	"strings"
	"testing"
)

// A request is accepted only if it has the session's own cookies, under names with hyphens, and the
// header that belongs to them.
func TestSessionIsNeeded(t *testing.T) {
	s, b := open(t)
	good := b.cookie
	for name, tc := range map[string]struct {
		cookie, header string
		status         int
	}{
		"all of it":               {good, s.Cookies()["session-id"], 200},
		"no cookies":              {"", "", 401},
		"no header":               {good, "", 401},
		"another header":          {good, "other", 401},
		"underscores":             {strings.NewReplacer("at-", "at_", "ubid-", "ubid_").Replace(good), s.Cookies()["session-id"], 401},
		"the cookies of .com":     {strings.ReplaceAll(good, "acbde", "main"), s.Cookies()["session-id"], 401},
		"an at cookie of another": {strings.ReplaceAll(good, "Atza|", "Atza|x"), s.Cookies()["session-id"], 401},
	} {
		r := b.request("GET", "https://www.amazon.de/drive/v1/nodes?resourceVersion=V2", "")
		r.Header.Set("Cookie", tc.cookie)
		r.Header.Set("x-amzn-sessionid", tc.header)
		piece := ""
		if tc.status == 401 {
			piece = `{"Message":"No Auth Method Provided"}`
		}
		t.Run(name, func(t *testing.T) { b.do(r).want(t, tc.status, piece) })
	}
	id := s.AddMedia("a.jpg", "bytes", nil)
	b.cookie = "session-id=x"
	b.do(b.request("GET", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+id+"/content?resourceVersion=V2", "")).
		want(t, 401, `"code":"","logref"`)
}

// The end of the cookies' names is not the TLD. The content host is that of the region.
func TestSitesHaveTheirOwnNames(t *testing.T) {
	for tld, want := range map[string][2]string{"com": {"at-main", "na"}, "ca": {"at-acbca", "na"}, "co.uk": {"at-acbuk", "eu"},
		"co.jp": {"at-acbjp", "fe"}} {
		s, b := open(t, WithSite(tld))
		if s.Cookies()[want[0]] == "" || s.Hosts().WWW != "www.amazon."+tld {
			t.Errorf("%s: %+v", tld, s.Hosts())
		}
		b.get("account/endpoint", "").want(t, 200, "https://content-"+want[1]+".drive.amazonaws.com/cdproxy/")
	}
}

func TestQuotesBelongToTheValue(t *testing.T) {
	_, b := open(t, WithQuotedCookies())
	b.get("nodes", "").want(t, 200, "")
	b.cookie = strings.ReplaceAll(b.cookie, `"`, "")
	b.get("nodes", "").want(t, 401, "")
}

func TestSessionHeaderMayBeOptional(t *testing.T) {
	s, b := open(t, WithoutSessionHeader())
	r := b.request("GET", "https://www.amazon.de/drive/v1/nodes?resourceVersion=V2", "")
	r.Header.Del("x-amzn-sessionid")
	b.do(r).want(t, 200, "")
	s.Check(t)
}

func TestSessionExpires(t *testing.T) {
	for name, tc := range map[string]struct {
		form   Expiry
		status int
		piece  string
	}{"401": {AsJSON, 401, "No Auth"}, "redirect": {AsRedirect, 302, ""}, "page": {AsHTML, 200, "<title>Sign in"}} {
		t.Run(name, func(t *testing.T) {
			s, b := open(t, WithAnonymousCookies())
			s.ExpireAfter(2, tc.form)
			b.get("nodes", "").want(t, 200, "count")
			b.get("nodes", "").want(t, 200, "count")
			a := b.get("nodes", "").want(t, tc.status, tc.piece)
			if to := a.header.Get("Location"); tc.form == AsRedirect {
				if !strings.HasPrefix(to, "https://www.amazon.de/ap/signin?") {
					t.Fatalf("leads to %q", to)
				}
				b.do(b.request("GET", to, "")).want(t, 200, `name="signIn"`)
			}
			if set := a.header.Values("Set-Cookie"); (len(set) == 2) != (tc.form != AsJSON) {
				t.Errorf("sets %v", set)
			}
			b.do(b.request("GET", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/x?resourceVersion=V2", "")).want(t, 401, "logref")
			s.SignIn()
			b.get("nodes", "").want(t, 401, "No Auth")
			b.cookie = s.CookieHeader()
			b.get("nodes", "").want(t, 200, "count")
		})
	}
}

func TestSessionRotates(t *testing.T) {
	s, b := open(t)
	old := b.cookie
	s.Rotate()
	set := b.get("nodes", "").want(t, 200, "").header.Values("Set-Cookie")
	if len(set) != 3 || !strings.Contains(strings.Join(set, "\n"), s.Cookies()["at-acbde"]+"; Domain=.amazon.de") {
		t.Fatalf("sets %d cookies", len(set))
	}
	b.cookie = s.CookieHeader()
	if a := b.get("nodes", "").want(t, 200, ""); a.header.Get("Set-Cookie") != "" {
		t.Error("new cookies are set again")
	}
	s.Retire()
	b.cookie = old
	b.get("nodes", "").want(t, 401, "")
}

// The test checks what is recorded about each request, and which faults are found.
func TestRecordFindsFaults(t *testing.T) {
	s, b := open(t, WithRedirection(ToSignedURL))
	id := s.AddMedia("a.jpg", "bytes", nil)
	b.get("nodes/"+id, "")
	to := b.get("nodes/"+id+"/contentRedirection", "").header.Get("Location")
	plain, _ := http.NewRequest("GET", to, nil)
	b.do(plain).want(t, 200, "bytes")
	if faults := s.Faults(); len(faults) > 0 {
		t.Fatalf("a good client is blamed: %q", faults)
	}
	got := s.Requests("GET www/nodes/*|GET signed/*")
	if len(got) != 2 || !got[0].V2 || !got[0].Secure || len(got[0].Cookies) != 4 || len(got[0].Credentials) != 2 || len(got[1].Credentials) != 0 {
		t.Fatalf("recorded %+v", got)
	}

	b.do(b.request("GET", to, ""))
	b.get("nodes", "resourceVersion=-")
	b.cookie = strings.ReplaceAll(b.cookie, "at-", "at_")
	b.get("nodes", "")
	for _, address := range []string{"https://elsewhere.invalid/", "http://www.amazon.de/"} {
		if _, err := s.RoundTrip(b.request("GET", address, "")); err == nil {
			t.Errorf("%s answers", address)
		}
	}
	faults := strings.Join(s.Faults(), "\n")
	for _, want := range []string{"prod-content", "no resourceVersion=V2", "underscore", "elsewhere.invalid", "without TLS"} {
		if !strings.Contains(faults, want) {
			t.Errorf("nothing about %q in\n%s", want, faults)
		}
	}
	if strings.Contains(faults, s.Cookies()["session-id"]) || strings.Contains(faults, "Atza") || strings.Contains(faults, "Signature") {
		t.Error("a fault holds a secret")
	}
}
