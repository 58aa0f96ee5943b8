package mocks_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// A session is accepted only with the three cookies of this site: with hyphens in their names, and
// with the values and the quotes that the browser has.
func TestSessionCookies(t *testing.T) {
	b := newBrowser(t)
	jar := map[string]string{}
	for pair := range strings.SplitSeq(b.session.Header(), "; ") {
		name, value, _ := strings.Cut(pair, "=")
		jar[name] = value
	}
	three := fmt.Sprintf("session-id=%s; ubid-acbde=%s; at-acbde=%s", jar["session-id"], jar["ubid-acbde"], jar["at-acbde"])
	for name, tt := range map[string]struct {
		cookie string
		status int
	}{
		"all":                      {b.session.Header(), 200},
		"three":                    {three, 200},
		"without spaces":           {strings.ReplaceAll(three, "; ", ";"), 200},
		"none":                     {"", 401},
		"underscores":              {strings.NewReplacer("ubid-", "ubid_", "at-", "at_").Replace(three), 401},
		"another site's names":     {strings.ReplaceAll(three, "acbde", "main"), 401},
		"no at":                    {strings.Split(three, "; at-")[0], 401},
		"a changed at":             {three + "x", 401},
		"another session id":       {strings.Replace(three, jar["session-id"], "000-0000000-0000000", 1), 401},
		"x- as it is":              {three + "; x-acbde=" + jar["x-acbde"], 200},
		"x- without its quotes":    {three + "; x-acbde=" + strings.Trim(jar["x-acbde"], `"`), 401},
		"a cookie of another page": {three + "; i18n-prefs=EUR", 200},
	} {
		for _, address := range []string{wwwDE + "nodes", contentEU + "nodes/" + b.drive.RootID() + "/content"} {
			res := b.call("GET", address+"?"+v2, "", "Cookie", tt.cookie)
			if ok := res.status != 401; ok != (tt.status == 200) {
				t.Errorf("%s: %s: %d", name, address, res.status)
			}
			if res.status != 401 {
				continue
			}
			want := `{"Message":"No Auth Method Provided"}`
			if address[:15] != wwwDE[:15] {
				want = `"message":"No Auth Method Provided","code":""}`
			}
			if !strings.HasSuffix(res.body, want) {
				t.Errorf("%s: %s: %s", name, address, res.body)
			}
		}
	}
	if !strings.HasPrefix(jar["x-acbde"], `"`) {
		t.Errorf("no quotes to keep: %q", jar["x-acbde"])
	}
}

// The names of the cookies end with a text of the site, which differs from the end of its domain.
func TestSessionOfEachSite(t *testing.T) {
	for domain, cc := range map[string]string{
		"amazon.com": "main", "amazon.de": "acbde", "amazon.co.uk": "acbuk", "amazon.co.jp": "acbjp", "amazon.ca": "acbca", "amazon.it": "acbit", "amazon.fr": "acbfr",
	} {
		s := mocks.NewDrive(mocks.WithPhotos(domain)).NewSession()
		names := map[string]*http.Cookie{}
		for _, c := range s.Cookies() {
			names[c.Name] = c
		}
		if names["ubid-"+cc] == nil || names["at-"+cc] == nil || names["session-id"].Value != s.ID() {
			t.Errorf("%s: %s", domain, s.Header())
		}
		if at := names["at-"+cc]; !at.HttpOnly || !at.Secure || at.Domain != "."+domain {
			t.Errorf("%s: %v", domain, at)
		}
	}
	for _, wrong := range []func(){
		func() { mocks.WithPhotos("amazon.example") },
		func() { mocks.NewDrive().NewSession() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			wrong()
		}()
	}
}

// Cookies that net/http adds arrive in the form in which a browser sends them.
func TestSessionByNetHTTP(t *testing.T) {
	b := newBrowser(t)
	req := b.request("GET", wwwDE+"nodes?"+v2, nil)
	for _, c := range b.session.Cookies() {
		req.AddCookie(c)
	}
	if res := b.send(req); res.status != 200 || req.Header.Get("Cookie") != b.session.Header() {
		t.Errorf("%d: %q, want %q", res.status, req.Header.Get("Cookie"), b.session.Header())
	}
}

func TestSessionsEnd(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := newBrowser(t, mocks.WithClock(func() time.Time { return now }), mocks.WithSessionLifetime(time.Hour))
	root := wwwDE + "nodes/" + b.drive.RootID() + "?" + v2
	b.wants(200, "GET", root, "")
	now = now.Add(time.Hour)
	b.wants(401, "GET", root, "")
	other := b.drive.NewSession()
	b.wants(200, "GET", root, "", "Cookie", other.Header())
	b.drive.ExpireSessions()
	b.wants(401, "GET", root, "", "Cookie", other.Header())
	journal := b.drive.Journal()
	if got := []mocks.TokenState{journal[0].Token, journal[1].Token}; got[0] != mocks.ValidToken || got[1] != mocks.ExpiredToken {
		t.Errorf("%v", got)
	}
	b.session = b.drive.NewSession()
	b.drive.Inject(mocks.Fault{Op: mocks.OpNodesGet, Nth: 2, ExpireSessions: true})
	b.wants(200, "GET", root, "")
	b.wants(401, "GET", root, "")
}

// Rotated cookies replace the old ones. The old ones stay valid until the next rotation.
func TestSessionRotation(t *testing.T) {
	b := newBrowser(t, mocks.WithSessionRotation(2))
	root := wwwDE + "nodes/" + b.drive.RootID() + "?" + v2
	old := b.session.Header()
	if res := b.call("GET", root, ""); len(res.header["Set-Cookie"]) != 0 {
		t.Errorf("%v", res.header["Set-Cookie"])
	}
	res := b.call("GET", root, "")
	resp := http.Response{Header: res.header}
	fresh := map[string]string{}
	for _, c := range resp.Cookies() {
		fresh[c.Name] = c.Value
	}
	if len(fresh) != 2 || fresh["at-acbde"] == "" || fresh["session-token"] == "" {
		t.Fatalf("%v", res.header["Set-Cookie"])
	}
	var parts []string
	for pair := range strings.SplitSeq(old, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		if v := fresh[name]; v != "" {
			value = v
		}
		parts = append(parts, name+"="+value)
	}
	rotated := strings.Join(parts, "; ")
	b.wants(200, "GET", root, "", "Cookie", old)
	b.wants(200, "GET", root, "", "Cookie", rotated) // the second rotation
	b.wants(401, "GET", root, "", "Cookie", old)
	b.wants(200, "GET", root, "", "Cookie", rotated)
}

func TestSessionHeader(t *testing.T) {
	b := newBrowser(t, mocks.WithSessionHeader())
	b.wants(401, "GET", wwwDE+"nodes?"+v2, "")
	b.wants(401, "GET", wwwDE+"nodes?"+v2, "", "x-amzn-sessionid", "257-0000000-0000000")
	b.wants(200, "GET", wwwDE+"nodes?"+v2, "", "x-amzn-sessionid", b.session.ID())
	mocks.AssertNoLeaks(t, b.drive)
}

// A drive of Photos accepts a token only with WithToken.
func TestTokensOfPhotos(t *testing.T) {
	b := newBrowser(t)
	if _, err := b.drive.TokenSource().Token(); err == nil {
		t.Error("a token source without tokens gives one")
	}
	b.wants(401, "GET", wwwDE+"nodes?"+v2, "", "Cookie", "", "Authorization", "Bearer mock-token")
	b = newBrowser(t, mocks.WithToken("tok"))
	b.wants(200, "GET", wwwDE+"nodes?"+v2, "", "Cookie", "", "Authorization", "Bearer tok")
	b.wants(200, "GET", wwwDE+"nodes?"+v2, "")
}

func TestPhotosHosts(t *testing.T) {
	b := newBrowser(t)
	id := b.write("p.jpg", mocks.Photo{})
	for address, status := range map[string]int{
		wwwDE + "nodes/" + id + "?" + v2:                                            200,
		contentEU + "nodes/" + id + "/content":                                      200,
		contentEU + "nodes/" + id:                                                   200,
		"https://download-photos.amazon.de/v2/download/signed/" + id + "?ownerId=":  200,
		"https://thumbnails-photos.amazon.de/v1/thumbnail/" + id + "?viewBox=100":   200,
		"https://www.amazon.de/cdrs/drive/v2/photosGroups":                          200,
		"https://content-na.drive.amazonaws.com/cdproxy/nodes/" + id + "/content":   401,
		"https://www.amazon.com/drive/v1/nodes/" + id + "?" + v2:                    401,
		"https://thumbnails-photos.amazon.fr/v1/thumbnail/" + id + "?viewBox=100":   401,
		"https://www.amazon.de/cdproxy/nodes/" + id + "/content":                    404,
		"https://content-eu.drive.amazonaws.com/drive/v1/nodes/" + id + "?" + v2:    404,
		"https://photos.example/drive/v1/nodes/" + id + "?" + v2:                    404,
		"https://content-eu.drive.amazonaws.com/v1/thumbnail/" + id + "?viewBox=10": 404,
	} {
		if res := b.call("GET", address, ""); res.status != status {
			t.Errorf("%s: %d, want %d: %.100s", address, res.status, status, res.body)
		}
	}
}

func TestPhotosEndpoint(t *testing.T) {
	b := newBrowser(t)
	got := b.wants(200, "GET", wwwDE+"account/endpoint", "")
	for key, want := range map[string]string{
		"contentUrl": contentEU, "metadataUrl": wwwDE, "region": "EU", "countryAtSignup": "DE", "retailUrl": "https://www.amazon.de",
		"downloadServiceUrl": "https://download-photos.amazon.de/", "thumbnailServiceUrl": "https://thumbnails-photos.amazon.de/",
		"uploadServiceUrl": "https://upload-photos.amazon.de/",
	} {
		if got[key] != want {
			t.Errorf("%s: %v, want %s", key, got[key], want)
		}
	}
	b = newBrowser(t, mocks.WithoutEndpoint())
	b.wants(404, "GET", wwwDE+"account/endpoint", "")
	b.wants(200, "GET", wwwDE+"nodes?"+v2, "")
}

// Behind a listener all parts are on the listener's host, and account/endpoint names that host.
func TestPhotosBySocket(t *testing.T) {
	b := newBrowser(t)
	id := b.write("p.jpg", mocks.Photo{})
	server := httptest.NewServer(b.drive)
	defer server.Close()
	b.hc = server.Client()
	got := b.wants(200, "GET", server.URL+"/drive/v1/account/endpoint", "")
	b.wants(200, "GET", got["metadataUrl"].(string)+"nodes/"+id+"?"+v2, "")
	b.wants(200, "GET", got["contentUrl"].(string)+"nodes/"+id+"/content", "")
	b.wants(200, "GET", got["thumbnailServiceUrl"].(string)+"v1/thumbnail/"+id+"?viewBox=10", "")
	b.wants(200, "GET", got["downloadServiceUrl"].(string)+"v2/download/signed/"+id, "")
}

// tally collects what AssertNoLeaks reports.
type tally struct{ texts []string }

func (*tally) Helper() {}
func (l *tally) Errorf(format string, args ...any) {
	l.texts = append(l.texts, fmt.Sprintf(format, args...))
}

func TestCookiesDoNotLeak(t *testing.T) {
	for name, leak := range map[string]func(b *browser, at string){
		"query":      func(b *browser, at string) { b.call("GET", wwwDE+"nodes?"+v2+"&at="+at, "") },
		"path":       func(b *browser, at string) { b.call("GET", wwwDE+"nodes/"+at, "") },
		"header":     func(b *browser, at string) { b.call("GET", wwwDE+"nodes?"+v2, "", "Referer", "https://x/?t="+at) },
		"no TLS":     func(b *browser, _ string) { b.call("GET", "http://www.amazon.de/drive/v1/nodes?"+v2, "") },
		"other host": func(b *browser, _ string) { b.call("GET", "https://photos.example/x", "") },
		"other site": func(b *browser, _ string) { b.call("GET", "https://www.amazon.com/drive/v1/nodes", "") },
		"storage": func(b *browser, _ string) {
			b.call("GET", "https://mock-photos-eu.s3.amazonaws.com/s3/x", "")
		},
	} {
		b := newBrowser(t)
		b.wants(200, "GET", wwwDE+"nodes?"+v2, "")
		mocks.AssertNoLeaks(t, b.drive)
		at := strings.TrimPrefix(b.session.Cookies()[3].Value, "Atza|")
		leak(b, "Atza%7C"+at)
		var l tally
		mocks.AssertNoLeaks(&l, b.drive)
		if len(l.texts) != 1 || strings.Contains(fmt.Sprint(l.texts, b.drive.Journal()), at) {
			t.Errorf("%s: %q %v", name, l.texts, b.drive.Journal())
		}
	}
}

func TestPhotosScopes(t *testing.T) {
	b := newBrowser(t)
	album, err := b.drive.WriteAlbum(mocks.Album{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	photo, video := b.write("p.jpg", mocks.Photo{}), b.write("v.mp4", mocks.Photo{})
	b.drive.AddToken("all", time.Time{}, "amazonphotos::images:create", "amazonphotos::images:read", "amazonphotos::albums:create", "amazonphotos::albums:update")
	b.drive.AddToken("old", time.Time{}, "photos::images:read")
	bearer := func(status int, token, method, address, body string) {
		t.Helper()
		b.wants(status, method, address, body, "Cookie", "", "Authorization", "Bearer "+token)
	}
	bearer(200, "all", "GET", contentEU+"nodes/"+photo+"/content", "")
	bearer(403, "all", "GET", contentEU+"nodes/"+video+"/content", "")
	bearer(403, "old", "GET", contentEU+"nodes/"+photo+"/content", "")
	bearer(201, "all", "POST", wwwDE+"nodes?"+v2, `{"name":"new","kind":"VISUAL_COLLECTION"}`)
	bearer(403, "all", "POST", wwwDE+"nodes?"+v2, `{"name":"new","kind":"FOLDER"}`)
	bearer(200, "all", "PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"add","value":["`+photo+`"]}`)
	bearer(200, "all", "PATCH", wwwDE+"nodes/"+album+"?"+v2, `{"name":"b"}`)
	bearer(403, "all", "PATCH", wwwDE+"nodes/"+photo+"?"+v2, `{"name":"b"}`)
	bearer(403, "all", "PUT", wwwDE+"trash/"+photo+"?"+v2, "")
	bearer(201, "all", "POST", contentEU+"nodes?name=n.jpg&kind=FILE&"+v2, "new")
	bearer(403, "all", "POST", contentEU+"nodes?name=n.mp4&kind=FILE&"+v2, "newer")
}
