package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// showsNoCookie fails the test if a text has the value of a cookie.
func showsNoCookie(t *testing.T, header, text string) {
	t.Helper()
	for pair := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(pair, "=")
		if value = strings.Trim(value, `" `); len(value) > 5 && strings.Contains(text, value) {
			t.Errorf("the cookie %s is shown:\n%s", strings.TrimSpace(name), text)
		}
	}
}

// stored is the file of the session.
func (p *person) stored() string {
	p.t.Helper()
	text, err := os.ReadFile(p.sessionFile)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func TestSignInAndOut(t *testing.T) {
	for _, from := range []string{"-", "file"} {
		t.Run(from, func(t *testing.T) {
			p, _ := seeded(t, 20)
			session := p.drive.NewSession()
			args, typed := []string{"sign-in", "-cookies", "-"}, session.Header()
			if from == "file" {
				path := filepath.Join(t.TempDir(), "cookies.txt")
				if err := os.WriteFile(path, []byte("Cookie: "+typed+"\r\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				args[2], typed = path, ""
			}
			o := p.typing(typed, args...).ok()
			if !strings.Contains(o.out, "Signed in at amazon.co.uk.") || !strings.Contains(o.out, p.sessionFile) || strings.Contains(o.out, "Now delete "+args[2]) != (from == "file") {
				t.Errorf("%s", o.out)
			}
			showsNoCookie(t, session.Header(), o.out)
			if info, err := os.Stat(p.sessionFile); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
				t.Errorf("%v, %v", info.Mode(), err)
			}
			if o := p.run("search", "-vv"); o.status != 0 || strings.Count(o.out, "\n") < 10 {
				t.Errorf("%s%s", o.out, o.err)
			} else {
				showsNoCookie(t, session.Header(), o.out+o.err)
			}
			p.run("sign-out").ok()
			if p.stored() != "" {
				t.Error("the session is still there")
			}
			p.run("search").fails(3, "nobody is signed in")
			p.run("sign-out").ok() // once more does no harm
		})
	}
}

// What the service renews while the cookies are tried is what is stored: it may not take the old ones for long.
func TestCookiesThatAreRenewedDuringTheTrial(t *testing.T) {
	p, _ := seeded(t, 20, mocks.WithSessionRotation(1))
	session := p.signIn()
	var kept map[string]string
	if err := json.Unmarshal([]byte(p.stored()), &kept); err != nil {
		t.Fatal(err)
	}
	for _, c := range session.Cookies() {
		if was := c.Name == "at-acbuk" || c.Name == "session-token"; was && (kept[c.Name] == "" || kept[c.Name] == c.Value) {
			t.Errorf("the old %s is stored", c.Name)
		}
	}
	p.run("search").ok()
}

// Cookies that are none are not stored, and neither are those of a session that has ended: what was stored stays.
func TestSignInThatFails(t *testing.T) {
	p, _ := seeded(t, 20)
	ended := p.drive.NewSession()
	p.drive.ExpireSessions()
	p.typing(ended.Header(), "sign-in", "-cookies", "-").fails(3, "amazon.co.uk does not accept these cookies", "copy them once more")
	if p.stored() != "" {
		t.Error("a session that ended is stored")
	}
	p.signIn()
	before := p.stored()
	p.typing(ended.Header(), "sign-in", "-cookies", "-").fails(3, "does not accept")
	if p.stored() != before {
		t.Error("the session that was stored is gone")
	}
}

// Each wrong file of cookies is one line that says what to do.
func TestBadCookieFiles(t *testing.T) {
	const good = `session-id=257-SECRET1; ubid-acbuk=258-SECRET2; at-acbuk="Atza|SECRET3"; session-token=SECRET4`
	pretty, err := json.MarshalIndent(map[string]string{"session-id": "257-SECRET1", "ubid-acbuk": "258-SECRET2", "at-acbuk": "Atza|SECRET3"}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().AddDate(-1, 0, 0).Unix()
	copyIt := []string{"F12", "Copy as cURL"}
	for name, tc := range map[string]struct {
		text  string
		wants []string
	}{
		"empty":               {"", append(copyIt, "empty")},
		"blank":               {" \r\n\t\n", append(copyIt, "empty")},
		"a web page":          {"<!DOCTYPE html><html><body>SECRET5</body></html>", append(copyIt, "web page")},
		"another shop":        {"session-id=SECRET1; JSESSIONID=SECRET2; cart=SECRET3", copyIt},
		"a site without":      {"# Netscape HTTP Cookie File\n.example.com\tTRUE\t/\tTRUE\t0\tsession-id\tSECRET1\n", append(copyIt, "no cookie of a site that has Amazon Photos")},
		"expired":             {fmt.Sprintf(".amazon.co.uk\tTRUE\t/\tTRUE\t0\tsession-id\tSECRET1\n.amazon.co.uk\tTRUE\t/\tTRUE\t0\tubid-acbuk\tSECRET2\n.amazon.co.uk\tTRUE\t/\tTRUE\t%d\tat-acbuk\tSECRET3\n", old), []string{"at-acbuk has expired", "sign in at www.amazon.co.uk again"}},
		"half of JSON":        {string(pretty[:len(pretty)/2]), []string{"copy all of it"}},
		"half of a header":    {good[:len(good)/2], append(copyIt, "missing")},
		"half of a command":   {"curl 'https://www.amazon.co.uk/' -H 'cookie: " + good[:len(good)/2], []string{"copy all of it"}},
		"without at":          {"session-id=SECRET1; ubid-acbuk=SECRET2", append(copyIt, "at-acbuk", "document.cookie")},
		"of two sites":        {good + "; ubid-main=SECRET5; at-main=SECRET6", []string{"one site only"}},
		"mangled":             {strings.Replace(good, "SECRET3", "SECRET\u20263", 1), []string{"at-acbuk", "copy it again"}},
		"notes":               {"my SECRET notes\nand more", copyIt},
		"a list of no kind":   {`[1, "SECRET1"]`, copyIt},
		"too long":            {good + strings.Repeat(" ", 2<<20), []string{"1 MiB"}},
		"refused by the site": {good, []string{"does not accept"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			path := filepath.Join(t.TempDir(), "cookies")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, o := range []*outcome{p.run("sign-in", "-cookies", path), p.typing(tc.text, "sign-in", "-cookies", "-"), p.run("sign-in", "-vv", "-cookies", path)} {
				if strings.Contains(o.out+o.err, "SECRET") {
					t.Errorf("a cookie is shown:\n%s%s", o.out, o.err)
				}
				if lines := strings.Split(strings.TrimSpace(o.err), "\n"); len(lines) > 1 { // the log of -vv
					o.err = lines[len(lines)-1] + "\n"
				}
				status := 1
				if name == "refused by the site" {
					status = 3
				}
				o.fails(status, tc.wants...)
			}
			if p.stored() != "" {
				t.Error("something is stored")
			}
		})
	}
}

// Names with underscores, as some tools write them, are the same cookies.
func TestCookiesWithUnderscores(t *testing.T) {
	p, _ := seeded(t, 20)
	session := p.drive.NewSession()
	var underscored []string
	for _, c := range session.Cookies() {
		underscored = append(underscored, strings.ReplaceAll(c.Name, "-", "_")+"="+quoted(c.Quoted, c.Value))
	}
	p.typing(strings.Join(underscored, "; "), "sign-in", "-cookies", "-").ok()
	p.run("search").ok()
}

func quoted(is bool, text string) string {
	if is {
		return `"` + text + `"`
	}
	return text
}

// Cookies of another site go to that site only: here nobody answers there.
func TestSessionOfAnotherSite(t *testing.T) {
	p := newPerson(t)
	other := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
	session := other.NewSession()
	p.transport = other
	o := p.typing(session.Header(), "sign-in", "-cookies", "-").ok()
	if !strings.Contains(o.out, "Signed in at amazon.de.") {
		t.Errorf("%s", o.out)
	}
	asked := map[string]bool{}
	p.transport = nobody{asked}
	o = p.run("search")
	o.fails(1, "is there a network?")
	showsNoCookie(t, session.Header(), o.out+o.err)
	if len(asked) != 1 || !asked["www.amazon.de"] {
		t.Errorf("asked were %v", asked)
	}
	mocks.AssertNoLeaks(t, other)
}

// nobody is a network without anybody in it.
type nobody struct{ asked map[string]bool }

func (n nobody) RoundTrip(req *http.Request) (*http.Response, error) {
	n.asked[req.URL.Host] = true
	return nil, &net.DNSError{Err: "no such host", Name: req.URL.Host, IsNotFound: true}
}

// A file of sessions that others can read is refused with the command that helps.
func TestSessionFileThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are not those of Windows")
	}
	p, _ := seeded(t, 20)
	p.signIn()
	if err := os.Chmod(p.sessionFile, 0o644); err != nil {
		t.Fatal(err)
	}
	p.run("search").fails(1, "chmod 600 '"+p.sessionFile+"'")
}
